//! What opening accepts, cuts and refuses.

use std::path::PathBuf;

use super::*;
use crate::log::Truncated;
use crate::log::disk::{OpenMode, RealDisk};
use crate::log::scan::Walker;

/// Offsets of the groups of a segment, and its length.
fn group_offsets(path: &Path, first_seq: u64) -> Vec<u64> {
    let mut walker = Walker::open(&RealDisk, path, first_seq, OpenMode::Read).unwrap();
    let mut offsets = vec![walker.offset];
    while let Some(group) = walker.group().unwrap() {
        walker.advance(&group);
        offsets.push(walker.offset);
    }
    offsets
}

fn flip(path: &Path, at: usize, mask: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= mask;
    std::fs::write(path, bytes).unwrap();
}

fn only_segment(dir: &Path) -> PathBuf {
    let names = names(dir, ".seg");
    assert_eq!(names.len(), 1);
    dir.join(&names[0])
}

fn open_error(dir: &Path) -> LogError {
    match open(dir, tiny()) {
        Ok((_, recovery)) => panic!("opened: {recovery:?}"),
        Err(error) => error,
    }
}

#[test]
fn a_tail_torn_anywhere_is_cut() {
    let filled = tempfile::tempdir().unwrap();
    fill(filled.path(), fast(), 4);
    let offsets = group_offsets(&only_segment(filled.path()), 1);
    assert_eq!(offsets.len(), 5);
    let bytes = std::fs::read(only_segment(filled.path())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let segment = dir.path().join(&names(filled.path(), ".seg")[0]);
    let last = usize::try_from(offsets[3]).unwrap();
    for len in last..bytes.len() {
        std::fs::write(&segment, &bytes[..len]).unwrap();
        let (log, recovery) = open(dir.path(), fast()).unwrap();
        assert_holds(&log, 9);
        let cut = recovery.truncated.map(|t| (t.segment, t.offset, t.bytes));
        let expected = (len > last).then(|| (segment.clone(), offsets[3], (len - last) as u64));
        assert_eq!(cut, expected);
        // It goes on from there, and the lost events are new again.
        let again = append(&log, vec![event(9), event(8)]).unwrap();
        assert_eq!(again, [accepted(10), duplicate(9)]);
    }
}

#[test]
fn zeros_and_damage_in_the_last_group_are_a_torn_tail() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), fast(), 4);
    let segment = only_segment(dir.path());
    let offsets = group_offsets(&segment, 1);
    let whole = std::fs::read(&segment).unwrap();

    let zeros = [whole.clone(), vec![0; 5000]].concat();
    std::fs::write(&segment, zeros).unwrap();
    let (log, recovery) = open(dir.path(), fast()).unwrap();
    let Truncated { offset, bytes, .. } = recovery.truncated.unwrap();
    assert_eq!((offset, bytes), (offsets[4], 5000));
    assert_holds(&log, 12);
    drop(log);

    flip(&segment, whole.len() - 1, 1);
    let (log, recovery) = open(dir.path(), fast()).unwrap();
    assert_eq!(recovery.truncated.unwrap().offset, offsets[3]);
    assert_holds(&log, 9);
}

#[test]
fn a_torn_commit_of_many_groups_is_cut_at_its_first_bad_group() {
    let dir = tempfile::tempdir().unwrap();
    let options = LogOptions {
        group_bytes: 100,
        ..fast()
    };
    let (log, _) = open(dir.path(), options).unwrap();
    append(&log, (0..4).map(event).collect()).unwrap();
    append(&log, (4..24).map(event).collect()).unwrap();
    log.close().unwrap();
    let segment = only_segment(dir.path());
    let offsets = group_offsets(&segment, 1);
    assert!(offsets.len() > 8);
    // The pages of one commit may reach the disk in any order.
    flip(&segment, usize::try_from(offsets[5]).unwrap() + 60, 1);
    let (log, recovery) = open(dir.path(), options).unwrap();
    assert_eq!(recovery.truncated.unwrap().offset, offsets[5]);
    assert!((4..24).contains(&recovery.events));
    assert_holds(&log, recovery.events);
}

#[test]
fn damage_before_a_later_commit_is_refused_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), fast(), 4);
    let segment = only_segment(dir.path());
    let offsets = group_offsets(&segment, 1);
    let before = std::fs::read(&segment).unwrap();
    for group in 0..3 {
        for at in offsets[group]..offsets[group + 1] {
            flip(&segment, usize::try_from(at).unwrap(), 0x10);
            match open_error(dir.path()) {
                LogError::Corrupt {
                    segment: named,
                    offset,
                    ..
                } => assert_eq!((&named, offset), (&segment, offsets[group])),
                other => panic!("{other}"),
            }
            flip(&segment, usize::try_from(at).unwrap(), 0x10);
        }
    }
    // Refusing changes nothing.
    assert_eq!(std::fs::read(&segment).unwrap(), before);
    let text = {
        flip(&segment, 100, 1);
        open_error(dir.path()).to_string()
    };
    assert!(text.contains("00000000000000000001.seg"), "{text}");
    assert!(text.contains("offset 28"), "{text}");
    assert!(text.contains("restore"), "{text}");
}

#[test]
fn damage_in_a_sealed_segment_is_detected_when_read() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let segment = dir.path().join(&names(dir.path(), ".seg")[0]);
    let offsets = group_offsets(&segment, 1);
    for at in offsets[1]..offsets[2] {
        flip(&segment, usize::try_from(at).unwrap(), 4);
        let (log, _) = open(dir.path(), tiny()).unwrap();
        let read: Vec<_> = log.read_from(1).unwrap().collect();
        let (last, good) = read.split_last().unwrap();
        assert!(!good.is_empty() && good.iter().all(Result::is_ok));
        let Err(LogError::Corrupt {
            segment: named,
            offset,
            ..
        }) = last
        else {
            panic!("{last:?}");
        };
        assert_eq!((named, *offset), (&segment, offsets[1]));
        flip(&segment, usize::try_from(at).unwrap(), 4);
    }
}

#[test]
fn damage_in_a_sealed_segment_without_side_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let segment = dir.path().join(&names(dir.path(), ".seg")[1]);
    std::fs::remove_file(segment.with_extension("idx")).unwrap();
    let len = usize::try_from(segment.metadata().unwrap().len()).unwrap();
    flip(&segment, len - 1, 1);
    let error = open_error(dir.path());
    assert!(
        matches!(&error, LogError::Corrupt { segment: s, .. } if *s == segment),
        "{error}"
    );
}

#[test]
fn a_cut_sealed_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let names = names(dir.path(), ".seg");
    let segment = dir.path().join(&names[0]);
    let bytes = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(open_error(dir.path()), LogError::Corrupt { .. }));
    // Cut between two groups: the next segment does not continue it.
    let offsets = group_offsets_of(&bytes, dir.path());
    std::fs::write(&segment, &bytes[..offsets[1]]).unwrap();
    let error = open_error(dir.path());
    assert!(matches!(error, LogError::MissingSegment { .. }), "{error}");
}

fn group_offsets_of(bytes: &[u8], dir: &Path) -> Vec<usize> {
    let path = dir.join("copy");
    std::fs::write(&path, bytes).unwrap();
    let offsets = group_offsets(&path, 1);
    offsets
        .iter()
        .map(|at| usize::try_from(*at).unwrap())
        .collect()
}

#[test]
fn a_missing_segment_is_refused_by_name() {
    let filled = tempfile::tempdir().unwrap();
    fill(filled.path(), tiny(), 20);
    let names = names(filled.path(), ".seg");
    for name in &names {
        for with_index in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            copy_dir(filled.path(), dir.path());
            std::fs::remove_file(dir.path().join(name)).unwrap();
            let index = dir.path().join(name).with_extension("idx");
            if with_index && index.exists() {
                std::fs::remove_file(index).unwrap();
            }
            match open_error(dir.path()) {
                LogError::MissingSegment { expected, .. } => {
                    assert_eq!(expected, dir.path().join(name));
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn an_unknown_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), fast(), 1);
    let segment = only_segment(dir.path());
    flip(&segment, 8, 1 ^ 9);
    let error = open_error(dir.path());
    assert!(matches!(
        error,
        LogError::UnknownVersion {
            found: 9,
            supported: 1,
            ..
        }
    ));
    assert!(error.to_string().contains("version 9"), "{error}");
}

#[test]
fn a_damaged_segment_header_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), fast(), 1);
    let segment = only_segment(dir.path());
    for at in (0..8).chain(12..28) {
        flip(&segment, at, 1);
        let error = open_error(dir.path());
        assert!(
            matches!(error, LogError::Corrupt { offset: 0, .. }),
            "{at}: {error}"
        );
        flip(&segment, at, 1);
    }
    let renamed = segment.with_file_name("00000000000000000002.seg");
    std::fs::rename(&segment, &renamed).unwrap();
    assert!(matches!(
        open_error(dir.path()),
        LogError::MissingSegment { .. }
    ));
}

#[test]
fn leftovers_of_a_crash_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 5);
    std::fs::write(dir.path().join("00000000000000000099.seg.tmp"), b"HWLOG").unwrap();
    assert_holds(&open(dir.path(), tiny()).unwrap().0, 15);
    assert_eq!(names(dir.path(), ".tmp"), [] as [String; 0]);
}

#[test]
fn an_event_cannot_pass_for_a_group() {
    // The header of a real group of a later commit, posted within the last event
    // of a torn tail, must not make recovery think that a later commit follows.
    let other = tempfile::tempdir().unwrap();
    fill(other.path(), fast(), 9);
    let donor = only_segment(other.path());
    let start = usize::try_from(group_offsets(&donor, 1)[7]).unwrap();
    let header = std::fs::read(&donor).unwrap()[start..start + 48].to_vec();
    // Noise, so that compression leaves the bytes as they are.
    let noise = (0..200).flat_map(hash_of);
    let forged: Vec<u8> = header.iter().copied().chain(noise).collect();

    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), fast()).unwrap();
    append_one(&log, event(0)).unwrap();
    let mut hostile = event(1);
    hostile.payload = forged.into();
    append_one(&log, hostile).unwrap();
    log.close().unwrap();
    let segment = only_segment(dir.path());
    let bytes = std::fs::read(&segment).unwrap();
    assert!(bytes.windows(48).any(|window| window == header));
    let last = group_offsets(&segment, 1)[1];
    flip(&segment, usize::try_from(last).unwrap(), 1);
    let (log, recovery) = open(dir.path(), fast()).unwrap();
    assert_eq!(recovery.truncated.unwrap().offset, last);
    assert_holds(&log, 1);
}

#[test]
fn a_folder_is_opened_once() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), fast()).unwrap();
    let error = open_error(dir.path());
    assert!(matches!(error, LogError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("LOCK"), "{error}");
    log.close().unwrap();
    open(dir.path(), fast()).unwrap();
}

#[test]
fn an_iterator_outlives_the_log() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 10);
    let (log, _) = open(dir.path(), tiny()).unwrap();
    let reading = log.read_from(5).unwrap();
    log.close().unwrap();
    let read: Vec<_> = reading.map(|read| read.unwrap().seq).collect();
    assert_eq!(read, (5..=30).collect::<Vec<_>>());
}

#[test]
fn the_real_disk_syncs_and_reopens() {
    let dir = tempfile::tempdir().unwrap();
    let nested = dir.path().join("a/b");
    let (log, recovery) = SegmentLog::open(&nested, tiny()).unwrap();
    assert_eq!((recovery.events, recovery.segments), (0, 1));
    append(&log, (0..30).map(event).collect()).unwrap();
    append(&log, (30..60).map(event).collect()).unwrap();
    drop(log);
    let (log, recovery) = SegmentLog::open(&nested, tiny()).unwrap();
    assert_eq!((recovery.events, recovery.truncated), (60, None));
    assert_eq!(recovery.segments, log.stats().segments);
    assert_holds(&log, 60);
}
