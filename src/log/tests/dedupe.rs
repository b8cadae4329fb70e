//! Duplicates across rotation, reopening and lost side files.

use super::*;

fn all_are_duplicates(log: &SegmentLog, count: u64) {
    let answers = append(log, (0..count).map(event).collect()).unwrap();
    let expected: Vec<_> = (1..=count).map(duplicate).collect();
    assert_eq!(answers, expected);
    assert_eq!(log.head(), count);
}

#[test]
fn duplicates_are_found_in_sealed_segments() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), tiny()).unwrap();
    for n in 0..90 {
        assert_eq!(append_one(&log, event(n)).unwrap(), accepted(n + 1));
    }
    assert!(log.stats().segments > 5);
    all_are_duplicates(&log, 90);
    log.close().unwrap();

    let (log, recovery) = open(dir.path(), tiny()).unwrap();
    assert_eq!(recovery.events, 90);
    assert_eq!(recovery.rebuilt, [] as [std::path::PathBuf; 0]);
    all_are_duplicates(&log, 90);
    assert_holds(&log, 90);
    assert_eq!(append_one(&log, event(90)).unwrap(), accepted(91));
}

#[test]
fn closing_leaves_a_side_file_beside_each_sealed_segment() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let segments = names(dir.path(), ".seg");
    let indexes = names(dir.path(), ".idx");
    assert!(segments.len() > 3);
    assert_eq!(indexes.len(), segments.len() - 1);
    assert_eq!(names(dir.path(), ".tmp"), [] as [String; 0]);
}

#[test]
fn lost_and_damaged_side_files_are_rebuilt_at_open() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let indexes = names(dir.path(), ".idx");
    let path = |at: usize| dir.path().join(&indexes[at]);
    let whole = std::fs::read(path(0)).unwrap();
    std::fs::remove_file(path(0)).unwrap();
    std::fs::write(path(1), b"nonsense").unwrap();
    let mut flipped = std::fs::read(path(2)).unwrap();
    flipped[50] ^= 1;
    std::fs::write(path(2), flipped).unwrap();

    let (log, recovery) = open(dir.path(), tiny()).unwrap();
    assert_eq!(recovery.rebuilt, [path(0), path(1), path(2)]);
    all_are_duplicates(&log, 60);
    log.close().unwrap();
    assert_eq!(std::fs::read(path(0)).unwrap(), whole);
}

#[test]
fn a_side_file_damaged_while_open_is_rebuilt_on_use() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), tiny(), 20);
    let path = dir.path().join(&names(dir.path(), ".idx")[0]);
    let (log, _) = open(dir.path(), tiny()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    // In the last block of entries, which is not read at open.
    let at = damaged.len() - 10;
    damaged[at] ^= 1;
    std::fs::write(&path, damaged).unwrap();
    all_are_duplicates(&log, 60);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

#[test]
fn many_entries_spread_over_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let options = LogOptions {
        segment_bytes: 100_000,
        ..LogOptions::default()
    };
    let (log, _) = open(dir.path(), options).unwrap();
    for batch in 0..10 {
        let events = (batch * 1000..batch * 1000 + 1000).map(event).collect();
        append(&log, events).unwrap();
    }
    assert!(log.stats().segments > 2);
    log.close().unwrap();
    let (log, _) = open(dir.path(), options).unwrap();
    all_are_duplicates(&log, 10_000);
    let fresh = append(&log, (10_000..11_000).map(event).collect()).unwrap();
    assert_eq!(fresh, (10_001..=11_000).map(accepted).collect::<Vec<_>>());
}
