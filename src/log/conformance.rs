//! What every [`EventLog`] has to do, as one suite over any implementation.

use std::sync::Arc;

use super::tests::{accepted, append, append_one, duplicate, event, hash_of, read_all};
use super::{EventLog, MemoryLog, SegmentLog};

/// Runs the whole suite; `make` gives an empty log each time.
fn conforms<L: EventLog>(make: impl Fn() -> L) {
    empty_log_is_empty(&make());
    empty_batch_is_accepted(&make());
    seqs_are_dense_from_one(&make());
    events_come_back_verbatim(&make());
    reading_starts_anywhere(&make());
    reading_ends_at_the_head_of_the_call(&make());
    duplicates_point_to_the_first(&make());
    duplicates_within_a_batch(&make());
    concurrent_duplicates_have_one_winner(make());
    stats_count(&make());
}

#[test]
fn memory_log_conforms() {
    conforms(MemoryLog::new);
}

#[test]
fn segment_log_conforms() {
    conforms(|| open_temporary(super::tests::fast()));
}

#[test]
fn segment_log_conforms_with_tiny_segments() {
    conforms(|| open_temporary(super::tests::tiny()));
}

/// A log in a temporary folder of its own.
fn open_temporary(options: super::LogOptions) -> KeptLog {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(super::faults::FaultDisk::new());
    let (log, _) = SegmentLog::open_with(dir.path(), options, disk).unwrap();
    KeptLog { log, _dir: dir }
}

/// A log with its temporary folder, dropped in this order.
struct KeptLog {
    log: SegmentLog,
    _dir: tempfile::TempDir,
}

impl EventLog for KeptLog {
    fn append(&self, events: Vec<super::NewEvent>) -> super::AppendFuture {
        self.log.append(events)
    }
    fn read_from(&self, seq: u64) -> Result<super::EventIter, super::LogError> {
        self.log.read_from(seq)
    }
    fn get(&self, seq: u64) -> Result<Option<super::LoggedEvent>, super::LogError> {
        self.log.get(seq)
    }
    fn head(&self) -> u64 {
        self.log.head()
    }
    fn stats(&self) -> super::LogStats {
        self.log.stats()
    }
}

fn empty_log_is_empty(log: &impl EventLog) {
    assert_eq!(log.head(), 0);
    assert_eq!(read_all(log, 0), []);
    assert_eq!(log.get(0).unwrap(), None);
    assert_eq!(log.get(1).unwrap(), None);
    assert_eq!(log.stats().failed, None);
}

fn empty_batch_is_accepted(log: &impl EventLog) {
    assert_eq!(append(log, vec![]).unwrap(), []);
    assert_eq!(log.head(), 0);
}

fn seqs_are_dense_from_one(log: &impl EventLog) {
    let first = append(log, (0..5).map(event).collect()).unwrap();
    assert_eq!(first, (1..=5).map(accepted).collect::<Vec<_>>());
    assert_eq!(append_one(log, event(5)).unwrap(), accepted(6));
    assert_eq!(log.head(), 6);
    let seqs: Vec<_> = read_all(log, 1).iter().map(|e| e.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
}

fn events_come_back_verbatim(log: &impl EventLog) {
    let big = vec![b'x'; 70_000];
    let payloads: [&[u8]; 5] = [b"", b"{\n}\r\n", &[0, 255, 10], b"HWGR", &big];
    for (n, payload) in (0u64..).zip(payloads) {
        let mut new = event(n);
        new.payload = payload.to_vec().into();
        new.received_ms = -1 - i64::try_from(n).unwrap();
        append_one(log, new).unwrap();
    }
    for (n, (read, payload)) in (0u64..).zip(read_all(log, 1).into_iter().zip(payloads)) {
        assert_eq!((read.seq, read.hash), (n + 1, hash_of(n)));
        assert_eq!(read.received_ms, -1 - i64::try_from(n).unwrap());
        assert_eq!(read.payload, payload);
        assert_eq!(log.get(n + 1).unwrap(), Some(read));
    }
}

fn reading_starts_anywhere(log: &impl EventLog) {
    for batch in 0..10 {
        append(log, (batch * 7..batch * 7 + 7).map(event).collect()).unwrap();
    }
    let all = read_all(log, 0);
    assert_eq!(all.len(), 70);
    for from in 1..=70 {
        let at = usize::try_from(from).unwrap() - 1;
        assert_eq!(read_all(log, from), all[at..]);
        assert_eq!(log.get(from).unwrap().as_ref(), Some(&all[at]));
    }
    assert_eq!(read_all(log, 71), []);
    assert_eq!(read_all(log, u64::MAX), []);
    assert_eq!(log.get(71).unwrap(), None);
}

fn reading_ends_at_the_head_of_the_call(log: &impl EventLog) {
    append(log, (0..3).map(event).collect()).unwrap();
    let reading = log.read_from(1).unwrap();
    append(log, (3..6).map(event).collect()).unwrap();
    assert_eq!(reading.count(), 3);
    assert_eq!(read_all(log, 1).len(), 6);
}

fn duplicates_point_to_the_first(log: &impl EventLog) {
    append(log, (0..10).map(event).collect()).unwrap();
    // Another serialisation of the same event: same hash, other bytes.
    let mut again = event(3);
    again.payload = b"other".to_vec().into();
    assert_eq!(append_one(log, again).unwrap(), duplicate(4));
    let mixed = append(log, vec![event(10), event(0), event(11)]).unwrap();
    assert_eq!(mixed, [accepted(11), duplicate(1), accepted(12)]);
    assert_eq!(log.head(), 12);
    assert_eq!(log.get(4).unwrap().unwrap().payload, event(3).payload);
}

fn duplicates_within_a_batch(log: &impl EventLog) {
    let batch = vec![event(1), event(1), event(2), event(1)];
    let appended = append(log, batch).unwrap();
    let expected = [accepted(1), duplicate(1), accepted(2), duplicate(1)];
    assert_eq!(appended, expected);
    assert_eq!(log.head(), 2);
}

fn concurrent_duplicates_have_one_winner(log: impl EventLog) {
    let log = Arc::new(log);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                let one = |n| append_one(&*log, event(n)).unwrap();
                (0..50).map(one).collect::<Vec<_>>()
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    for n in 0..50 {
        let of_event: Vec<_> = answers.iter().map(|answer| answer[n]).collect();
        let seq = of_event[0].seq();
        assert!(of_event.iter().all(|appended| appended.seq() == seq));
        let winners = of_event.iter().filter(|a| **a == accepted(seq)).count();
        assert_eq!(winners, 1, "{of_event:?}");
    }
    assert_eq!(log.head(), 50);
    assert_eq!(read_all(&*log, 1).len(), 50);
}

fn stats_count(log: &impl EventLog) {
    append(log, vec![event(1), event(2), event(1)]).unwrap();
    let stats = log.stats();
    assert_eq!((stats.events, stats.duplicates), (2, 1));
    assert!(stats.bytes > 0);
    assert_eq!((stats.pending_bytes, stats.failed), (0, None));
}
