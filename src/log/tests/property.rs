//! Any history of appends, reopenings and torn tails leaves a prefix that holds
//! all that was acknowledged.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    /// Appends the events with these numbers; many repeat.
    Append(Vec<u64>),
    Reopen,
    /// Closes, then leaves bytes of a commit that was never finished.
    Tear(Vec<u8>),
    LoseSideFiles,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(0u64..120, 1..12).prop_map(Step::Append),
        2 => Just(Step::Reopen),
        2 => prop::collection::vec(any::<u8>(), 1..120).prop_map(Step::Tear),
        1 => Just(Step::LoseSideFiles),
    ]
}

/// What the log should hold.
#[derive(Default)]
struct Model {
    events: Vec<u64>,
    seqs: HashMap<u64, u64>,
}

impl Model {
    fn append(&mut self, n: u64) -> Appended {
        if let Some(&seq) = self.seqs.get(&n) {
            return duplicate(seq);
        }
        self.events.push(n);
        let seq = self.events.len() as u64;
        self.seqs.insert(n, seq);
        accepted(seq)
    }

    fn check(&self, log: &SegmentLog) {
        let read = read_all(log, 1);
        let payloads: Vec<_> = read.into_iter().map(|event| event.payload).collect();
        let expected: Vec<_> = self.events.iter().map(|n| event(*n).payload).collect();
        assert_eq!(payloads, expected);
        assert_eq!(log.head(), self.events.len() as u64);
    }
}

fn options(segment_bytes: u64, group_bytes: usize) -> LogOptions {
    LogOptions {
        segment_bytes,
        group_bytes,
        ..LogOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histories(
        steps in prop::collection::vec(step(), 1..40),
        segment_bytes in 200u64..3000,
        group_bytes in 1usize..400,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let options = options(segment_bytes, group_bytes);
        let mut log = open(dir.path(), options).unwrap().0;
        let mut model = Model::default();
        for step in steps {
            if let Step::Append(numbers) = step {
                let expected: Vec<_> = numbers.iter().map(|n| model.append(*n)).collect();
                let events = numbers.into_iter().map(event).collect();
                prop_assert_eq!(append(&log, events).unwrap(), expected);
                continue;
            }
            log.close().unwrap();
            if let Step::Tear(bytes) = &step {
                let last = dir.path().join(names(dir.path(), ".seg").last().unwrap());
                let whole = std::fs::read(&last).unwrap();
                std::fs::write(&last, [&whole[..], bytes].concat()).unwrap();
            }
            if let Step::LoseSideFiles = step {
                for name in names(dir.path(), ".idx") {
                    std::fs::remove_file(dir.path().join(name)).unwrap();
                }
            }
            let (reopened, recovery) = open(dir.path(), options).unwrap();
            prop_assert_eq!(recovery.truncated.is_some(), matches!(step, Step::Tear(_)));
            log = reopened;
            model.check(&log);
        }
        model.check(&log);
    }

    #[test]
    fn a_cut_anywhere_in_the_last_commit_leaves_a_prefix(
        batches in prop::collection::vec(1u64..20, 1..6),
        group_bytes in 1usize..400,
        cut in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let options = options(1 << 20, group_bytes);
        let (log, _) = open(dir.path(), options).unwrap();
        let segment = dir.path().join(&names(dir.path(), ".seg")[0]);
        let (mut count, mut before, mut len) = (0, 0, segment.metadata().unwrap().len());
        for batch in batches {
            (before, len) = (count, segment.metadata().unwrap().len());
            append(&log, (count..count + batch).map(event).collect()).unwrap();
            count += batch;
        }
        log.close().unwrap();
        let whole = std::fs::read(&segment).unwrap();
        let start = usize::try_from(len).unwrap();
        let cut = start + cut.index(whole.len() - start);
        std::fs::write(&segment, &whole[..cut]).unwrap();
        let (log, recovery) = open(dir.path(), options).unwrap();
        prop_assert!((before..count).contains(&recovery.events));
        assert_holds(&log, recovery.events);
    }

    #[test]
    fn a_flipped_bit_is_never_read_as_an_event(
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path(), tiny(), 12);
        let files = names(dir.path(), ".seg");
        let name = &files[at.index(files.len())];
        let path = dir.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, bytes).unwrap();
        // Refused at open, cut as a torn tail and told, or an error when read.
        let Ok((log, recovery)) = open(dir.path(), tiny()) else {
            return Ok(());
        };
        let read: Result<Vec<_>, _> = log.read_from(1).and_then(Iterator::collect);
        match read {
            Ok(events) => {
                prop_assert!(recovery.truncated.is_some());
                assert_holds(&log, events.len() as u64);
            }
            Err(error) => prop_assert!(error.to_string().contains(name.as_str()), "{}", error),
        }
    }
}
