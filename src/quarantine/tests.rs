use chrono::Utc;

use super::{FORMAT, Head, Kept, Quarantine, QuarantineLimits};

fn head(n: u8, bytes: usize) -> Head {
    Head {
        headwater_quarantine: FORMAT,
        id: format!("{n:032x}"),
        received_at: Utc::now(),
        event_time: "2026-01-01T00:00:00Z".into(),
        producer: "p".into(),
        subject: ("n".into(), "j".into()),
        reasons: Vec::new(),
        bytes: bytes as u64,
    }
}

fn open(dir: &std::path::Path, events: usize) -> (Quarantine, Vec<String>) {
    let mut told = Vec::new();
    let limits = QuarantineLimits { events, bytes: 100 };
    let quarantine = Quarantine::open(dir.join("q"), limits, &mut told);
    (quarantine.unwrap_or_else(|error| panic!("{error}")), told)
}

#[test]
fn what_is_kept_is_there_after_a_restart_until_it_is_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    let (quarantine, told) = open(dir.path(), 9);
    assert!(told.is_empty());
    for n in 1..=3 {
        assert_eq!(quarantine.keep(head(n, 2), b"{}").unwrap(), Kept::Yes);
    }
    // The same once more is the same.
    assert_eq!(quarantine.keep(head(2, 2), b"{}").unwrap(), Kept::Yes);
    drop(quarantine);
    let (quarantine, told) = open(dir.path(), 9);
    assert!(
        told[0].starts_with("3 events are in quarantine"),
        "{told:?}"
    );
    assert_eq!(quarantine.size(), (3, 6));
    let (page, more) = quarantine.page(None, 2);
    assert!(more);
    let (rest, more) = quarantine.page(Some(&page[1].id), 2);
    assert_eq!((rest.len(), more), (1, false));
    let id = &page[0].id;
    assert_eq!(&quarantine.event(id).unwrap().unwrap().1[..], b"{}");
    assert!(quarantine.take_out(id, true).unwrap());
    assert!(!quarantine.take_out(id, true).unwrap());
    assert!(quarantine.event(id).unwrap().is_none());
    assert!(quarantine.take_out(&page[1].id, false).unwrap());
    drop(quarantine);
    let (quarantine, _) = open(dir.path(), 9);
    assert_eq!(quarantine.size(), (1, 2));
    assert!(quarantine.was_released(id));
    assert!(!quarantine.was_released(&page[1].id));
}

#[test]
fn a_full_quarantine_says_so_and_a_damaged_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (quarantine, _) = open(dir.path(), 1);
    let kept = quarantine.keep(head(1, 101), &[b' '; 101]).unwrap();
    assert!(matches!(kept, Kept::No(reason) if reason.contains("quarantine.bytes")));
    assert_eq!(quarantine.keep(head(1, 2), b"{}").unwrap(), Kept::Yes);
    let kept = quarantine.keep(head(2, 2), b"{}").unwrap();
    assert!(matches!(kept, Kept::No(reason) if reason.contains("has 1 events")));
    let path = dir
        .path()
        .join("q")
        .join(format!("{}.event", head(1, 2).id));
    std::fs::write(&path, b"{}").unwrap();
    let (_, told) = open(dir.path(), 9);
    assert!(told[0].contains("cannot be read"), "{told:?}");
    assert!(path.exists());
    // No path is made of an id.
    assert!(quarantine.event("../../etc/passwd").unwrap().is_none());
}
