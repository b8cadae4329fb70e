//! Failing, held and lost operations of the disk.

use std::io::ErrorKind;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::log::AppendFuture;

fn open_faulty(dir: &Path, options: LogOptions) -> (SegmentLog, FaultDisk) {
    let disk = FaultDisk::new();
    let (log, _) = SegmentLog::open_with(dir, options, Arc::new(disk.clone())).unwrap();
    (log, disk)
}

fn poll(future: &mut AppendFuture) -> Poll<Result<Vec<Appended>, LogError>> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn nothing_is_answered_or_visible_before_the_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    disk.hold_syncs();
    let mut first = log.append(vec![event(0)]);
    disk.wait_for_held_sync();
    let mut same = log.append(vec![event(0)]);
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut same).is_pending());
    assert_eq!((log.head(), read_all(&log, 1).len()), (0, 0));
    disk.release_syncs();
    assert_eq!(wait(first).unwrap(), [accepted(1)]);
    assert_eq!(wait(same).unwrap(), [duplicate(1)]);
    assert_eq!(log.head(), 1);
}

#[test]
fn a_duplicate_in_the_same_commit_waits_too() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    disk.hold_syncs();
    let first = log.append(vec![event(0)]);
    disk.wait_for_held_sync();
    // These two share the next commit.
    let second = log.append(vec![event(1)]);
    let same = log.append(vec![event(1)]);
    disk.fail_syncs(Some(ErrorKind::Other));
    disk.release_syncs();
    for answer in [wait(first), wait(second), wait(same)] {
        assert!(matches!(answer, Err(LogError::Failed(_))), "{answer:?}");
    }
}

#[test]
fn pending_commits_share_one_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    disk.hold_syncs();
    let first = log.append(vec![event(0)]);
    disk.wait_for_held_sync();
    let before = disk.syncs();
    let others: Vec<_> = (1..50).map(|n| log.append(vec![event(n)])).collect();
    disk.release_syncs();
    wait(first).unwrap();
    for future in others {
        wait(future).unwrap();
    }
    assert_eq!(disk.syncs() - before, 2);
    assert_eq!(log.stats().commits, 2);
    assert_holds(&log, 50);
}

#[test]
fn too_much_pending_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let options = LogOptions {
        max_pending_bytes: 1000,
        ..fast()
    };
    let (log, disk) = open_faulty(dir.path(), options);
    let mut big = event(0);
    big.payload = vec![b'x'; 5000].into();
    // Alone, a batch of any size is taken.
    append_one(&log, big).unwrap();

    disk.hold_syncs();
    let mut waiting = Vec::new();
    let refused = loop {
        let mut future = log.append(vec![event(100 + waiting.len() as u64)]);
        match poll(&mut future) {
            Poll::Pending => waiting.push(future),
            Poll::Ready(answer) => break answer,
        }
    };
    let Err(LogError::Busy { pending_bytes, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!((800..=1000).contains(&pending_bytes), "{pending_bytes}");
    assert_eq!(log.stats().pending_bytes, pending_bytes);
    disk.release_syncs();
    let count = waiting.len() as u64;
    for future in waiting {
        wait(future).unwrap();
    }
    assert_eq!(log.head(), 1 + count);
    assert_eq!(log.stats().pending_bytes, 0);
    append_one(&log, event(7)).unwrap();
}

#[test]
fn a_failed_sync_poisons_until_reopened() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    append_one(&log, event(0)).unwrap();
    disk.fail_syncs(Some(ErrorKind::Other));
    let failed = append_one(&log, event(1));
    assert!(matches!(failed, Err(LogError::Failed(_))), "{failed:?}");
    disk.fail_syncs(None);
    let later = append_one(&log, event(2));
    assert!(matches!(later, Err(LogError::Failed(_))), "{later:?}");
    assert!(log.stats().failed.unwrap().contains("sync"));
    // What is durable can still be read.
    assert_holds(&log, 1);
    assert!(log.close().is_err());

    let (log, _) = open_faulty(dir.path(), fast());
    let again = append(&log, vec![event(0), event(1), event(2)]).unwrap();
    assert_eq!(again.iter().map(|a| a.seq()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_holds(&log, 3);
}

#[test]
fn a_full_disk_is_rolled_back_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    append_one(&log, event(0)).unwrap();
    let len = log.stats().bytes;
    for room in [0, 1, 47, 60, 100] {
        disk.fail_writes_after(room, ErrorKind::StorageFull);
        let failed = append(&log, vec![event(1), event(2)]);
        let Err(LogError::NotWritten { source, .. }) = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(source.kind(), ErrorKind::StorageFull);
        // Known duplicates need no room.
        assert_eq!(append_one(&log, event(0)).unwrap(), duplicate(1));
        let on_disk = std::fs::metadata(dir.path().join(&names(dir.path(), ".seg")[0]));
        assert_eq!(on_disk.unwrap().len(), len);
    }
    disk.allow_writes();
    let again = append(&log, vec![event(1), event(2)]).unwrap();
    assert_eq!(again, [accepted(2), accepted(3)]);
    log.close().unwrap();
    let (log, recovery) = open(dir.path(), fast()).unwrap();
    assert_eq!((recovery.events, recovery.truncated), (3, None));
    assert_holds(&log, 3);
}

#[test]
fn a_failed_commit_fails_only_who_needs_it() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    append_one(&log, event(0)).unwrap();
    disk.hold_syncs();
    let held = log.append(vec![event(1)]);
    disk.wait_for_held_sync();
    // These three share the next commit, which finds the disk full.
    let fresh = log.append(vec![event(2)]);
    let known = log.append(vec![event(0)]);
    let mixed = log.append(vec![event(0), event(2)]);
    disk.fail_writes_after(0, ErrorKind::StorageFull);
    disk.release_syncs();
    assert_eq!(wait(held).unwrap(), [accepted(2)]);
    assert_eq!(wait(known).unwrap(), [duplicate(1)]);
    for answer in [wait(fresh), wait(mixed)] {
        assert!(matches!(answer, Err(LogError::NotWritten { .. })));
    }
    disk.allow_writes();
    assert_eq!(append_one(&log, event(2)).unwrap(), accepted(3));
}

#[test]
fn a_roll_back_that_fails_poisons() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    append_one(&log, event(0)).unwrap();
    disk.fail_writes_after(50, ErrorKind::StorageFull);
    disk.fail_set_len(Some(ErrorKind::Other));
    let failed = append_one(&log, event(1));
    assert!(matches!(failed, Err(LogError::Failed(_))), "{failed:?}");
    drop(log);
    let (log, recovery) = open(dir.path(), fast()).unwrap();
    assert_eq!(recovery.truncated.unwrap().bytes, 50);
    assert_holds(&log, 1);
}

#[test]
fn short_writes_are_continued() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), tiny());
    disk.short_writes(7);
    for n in 0..30 {
        append_one(&log, event(n)).unwrap();
    }
    assert_holds(&log, 30);
    log.close().unwrap();
    assert_holds(&open(dir.path(), tiny()).unwrap().0, 30);
}

#[test]
fn a_segment_that_cannot_be_created_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), tiny());
    let mut n = 0;
    while log.stats().bytes < 600 {
        append_one(&log, event(n)).unwrap();
        n += 1;
        // Room for the next commit, not for the next segment.
        disk.fail_writes_after(400, ErrorKind::StorageFull);
        if log.stats().bytes < 400 {
            disk.allow_writes();
        }
    }
    disk.allow_writes();
    for n in n..n + 20 {
        append_one(&log, event(n)).unwrap();
    }
    assert!(log.stats().segments > 1);
    assert_eq!(log.stats().failed, None);
    log.close().unwrap();
    assert_holds(&open(dir.path(), tiny()).unwrap().0, n + 20);
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..6 {
        let (log, disk) = open_faulty(dir.path(), tiny());
        assert_holds(&log, acknowledged);
        for _ in 0..7 + round {
            append_one(&log, event(acknowledged)).unwrap();
            acknowledged += 1;
        }
        // A commit that was written and never synced.
        disk.fail_syncs(Some(ErrorKind::Other));
        append_one(&log, event(acknowledged)).unwrap_err();
        drop(log);
        disk.power_cut().unwrap();
    }
    assert_holds(&open(dir.path(), tiny()).unwrap().0, acknowledged);
}

#[test]
fn what_a_failed_sync_left_in_the_cache_is_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), tiny());
    append_one(&log, event(0)).unwrap();
    disk.fail_syncs(Some(ErrorKind::Other));
    append(&log, (1..6).map(event).collect()).unwrap_err();
    drop(log);
    disk.fail_syncs(None);
    // The events read well now, so they are answered as duplicates: they have
    // to be durable.
    let shared = Arc::new(disk.clone());
    let (log, _) = SegmentLog::open_with(dir.path(), tiny(), shared).unwrap();
    assert_eq!(append_one(&log, event(5)).unwrap(), duplicate(6));
    log.close().unwrap();
    disk.power_cut().unwrap();
    assert_holds(&open(dir.path(), tiny()).unwrap().0, 6);
}

#[test]
fn a_disk_that_skips_syncs_does_lose_events() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), fast());
    append_one(&log, event(0)).unwrap();
    disk.skip_syncs();
    append_one(&log, event(1)).unwrap();
    log.close().unwrap();
    disk.power_cut().unwrap();
    assert_holds(&open(dir.path(), fast()).unwrap().0, 1);
}

#[test]
fn closing_writes_what_is_queued() {
    let dir = tempfile::tempdir().unwrap();
    let (log, disk) = open_faulty(dir.path(), tiny());
    disk.hold_syncs();
    let futures: Vec<_> = (0..40).map(|n| log.append(vec![event(n)])).collect();
    disk.wait_for_held_sync();
    let closing = std::thread::spawn(move || log.close());
    disk.release_syncs();
    closing.join().unwrap().unwrap();
    for (seq, future) in (1..).zip(futures) {
        assert_eq!(wait(future).unwrap(), [accepted(seq)]);
    }
    assert_holds(&open(dir.path(), tiny()).unwrap().0, 40);
}
