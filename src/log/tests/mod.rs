//! Tests of the segment log, and the helpers that they share with the suite.

mod dedupe;
mod failures;
mod property;
mod recovery;
mod sample;

use std::path::Path;
use std::sync::Arc;

use super::faults::FaultDisk;
use super::format::u64_at;
use super::{
    Appended, EventHash, EventLog, LogError, LogOptions, LoggedEvent, NewEvent, Recovery,
    SegmentLog,
};

/// A hash with evenly spread bits, as content hashes have.
pub fn hash_of(n: u64) -> EventHash {
    let mut state = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&next().to_le_bytes());
    hash[8..].copy_from_slice(&next().to_le_bytes());
    hash
}

/// Event number `n`, with a payload that tells it from others.
pub fn event(n: u64) -> NewEvent {
    let hash = hash_of(n);
    let payload = format!("{{\"event\": {n},\n \"salt\": {}}}", u64_at(&hash, 0));
    NewEvent {
        hash,
        received_ms: 1_790_000_000_000 + i64::try_from(n).unwrap(),
        payload: payload.into(),
    }
}

pub fn accepted(seq: u64) -> Appended {
    Appended::Accepted { seq }
}

pub fn duplicate(seq: u64) -> Appended {
    Appended::Duplicate { seq }
}

/// Options with segments that no test fills.
pub fn fast() -> LogOptions {
    LogOptions::default()
}

/// Options with a rotation every few events and several groups in a commit.
pub fn tiny() -> LogOptions {
    LogOptions {
        segment_bytes: 600,
        group_bytes: 100,
        ..LogOptions::default()
    }
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub fn append(log: &impl EventLog, events: Vec<NewEvent>) -> Result<Vec<Appended>, LogError> {
    wait(log.append(events))
}

pub fn append_one(log: &impl EventLog, event: NewEvent) -> Result<Appended, LogError> {
    append(log, vec![event]).map(|appended| appended[0])
}

pub fn read_all(log: &impl EventLog, from: u64) -> Vec<LoggedEvent> {
    log.read_from(from)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Opens without real syncs.
pub fn open(dir: &Path, options: LogOptions) -> Result<(SegmentLog, Recovery), LogError> {
    SegmentLog::open_with(dir, options, Arc::new(FaultDisk::new()))
}

/// Writes events `0..batches * 3` in batches of three and closes the log.
pub fn fill(dir: &Path, options: LogOptions, batches: u64) {
    let (log, _) = open(dir, options).unwrap();
    for batch in 0..batches {
        let events = (batch * 3..batch * 3 + 3).map(event).collect();
        append(&log, events).unwrap();
    }
    log.close().unwrap();
}

/// The log has exactly the events `0..count`, in order.
pub fn assert_holds(log: &impl EventLog, count: u64) {
    let read = read_all(log, 1);
    assert_eq!(read.len() as u64, count);
    for (n, read) in (0..).zip(&read) {
        let new = event(n);
        assert_eq!(read.seq, n + 1);
        assert_eq!(
            (read.hash, read.received_ms, &read.payload),
            (new.hash, new.received_ms, &new.payload)
        );
    }
}

/// Names with that suffix in a folder, sorted.
pub fn names(dir: &Path, suffix: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(suffix))
        .collect();
    names.sort();
    names
}

pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
