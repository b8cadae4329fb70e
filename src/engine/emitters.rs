//! Totals by producer: events, their times, and how many gave cause for each warning.
//!
//! Counted as events are applied, each once; kept in one small file of the data folder with the
//! number of the last event in it, so that a start reads on from there. When the file is missing,
//! of another layout or ahead of the log, the log is counted anew in the background. Duplicates
//! are not in the log, so they are counted since the start only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ahash::HashMap;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::openlineage::{Event, EventTime};

/// Raise it when the file or the meaning of a count changes: the log is then counted anew.
const LAYOUT: u32 = 1;
/// Producers counted apart; whoever comes after these is counted as [`OTHERS`].
const MAX_PRODUCERS: usize = 10_000;
/// Under this name are all producers beyond the first [`MAX_PRODUCERS`].
const OTHERS: &str = "(others)";
/// Bytes of a producer's name that tell it from others.
const MAX_NAME: usize = 512;

/// What one producer sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmitterTotal {
    /// Different events.
    pub events: u64,
    /// Earliest event time.
    pub first: EventTime,
    /// Latest event time.
    pub last: EventTime,
    /// How many events gave cause for a warning of each code.
    pub warnings: BTreeMap<String, u64>,
    /// Events sent again since the server was started.
    #[serde(skip)]
    pub duplicates: u64,
}

/// The totals of all producers.
#[derive(Debug, Clone, Default)]
pub struct EmitterTotals {
    /// The last event that is counted.
    pub seq: u64,
    /// False while older events are still being counted.
    pub complete: bool,
    /// Most events first, then by name.
    pub emitters: Vec<(String, EmitterTotal)>,
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    layout: u32,
    seq: u64,
    producers: HashMap<String, EmitterTotal>,
    /// Events from the first up to the second are being counted from the log.
    #[serde(skip)]
    missing: Option<(u64, u64)>,
    #[serde(skip)]
    changed: bool,
}

/// Counts; see the head of this module.
pub(crate) struct Emitters {
    file: PathBuf,
    state: Mutex<State>,
}

impl State {
    fn read(file: &Path, applied: u64, head: u64) -> Self {
        let read = std::fs::read(file).ok();
        let read = read.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let mut state = read
            .filter(|state| state.layout == LAYOUT && state.seq <= head)
            .unwrap_or_default();
        state.layout = LAYOUT;
        if state.seq < applied {
            state.missing = Some((state.seq + 1, applied));
            state.seq = applied;
        }
        state
    }

    fn of(&mut self, producer: &str) -> &mut EmitterTotal {
        let name = &producer[..producer.floor_char_boundary(MAX_NAME)];
        let full = self.producers.len() >= MAX_PRODUCERS;
        let name = if full && !self.producers.contains_key(name) {
            OTHERS
        } else {
            name
        };
        self.producers.entry(name.to_owned()).or_default()
    }

    fn add(&mut self, event: &Event) {
        self.changed = true;
        let total = self.of(&event.producer);
        if total.events == 0 {
            (total.first, total.last) = (event.time, event.time);
        }
        total.events += 1;
        total.first = total.first.min(event.time);
        total.last = total.last.max(event.time);
        for (at, warning) in event.warnings.iter().enumerate() {
            let code = warning.code;
            if code == "more_warnings" || event.warnings[..at].iter().any(|w| w.code == code) {
                continue;
            }
            match total.warnings.get_mut(code) {
                Some(count) => *count += 1,
                None => _ = total.warnings.insert(code.to_owned(), 1),
            }
        }
    }
}

impl Emitters {
    /// Reads the counts of a data folder whose catalog has seen `applied` of `head` events.
    pub fn open(file: PathBuf, applied: u64, head: u64) -> Self {
        let state = Mutex::new(State::read(&file, applied, head));
        Self { file, state }
    }

    /// Counts events that were applied, in order; those that are counted already are passed over.
    pub fn applied(&self, events: &[(u64, Event)]) {
        let mut state = self.state.lock();
        for (seq, event) in events {
            if *seq > state.seq {
                state.add(event);
                state.seq = *seq;
            }
        }
    }

    /// Counts an event that was there already.
    pub fn duplicate(&self, producer: &str) {
        self.state.lock().of(producer).duplicates += 1;
    }

    /// The events that have to be read from the log, from the first to the last.
    pub fn missing(&self) -> Option<(u64, u64)> {
        self.state.lock().missing
    }

    /// Counts such an event.
    pub fn found(&self, event: &Event) {
        self.state.lock().add(event);
    }

    /// All that were missing are counted.
    pub fn all_found(&self) {
        let mut state = self.state.lock();
        state.missing = None;
        state.changed = true;
    }

    /// Writes what has changed, unless something is missing: then the next start counts again.
    ///
    /// # Errors
    /// When the file cannot be written; the old one stays.
    pub fn save(&self) -> std::io::Result<()> {
        let bytes = {
            let mut state = self.state.lock();
            if !state.changed || state.missing.is_some() {
                return Ok(());
            }
            state.changed = false;
            serde_json::to_vec(&*state)?
        };
        let written = self.write(&bytes);
        self.state.lock().changed |= written.is_err();
        written
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let new = self.file.with_extension("new");
        let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, &self.file));
        if written.is_err() {
            let _ = std::fs::remove_file(&new);
        }
        written
    }

    /// How many producers are told apart, and whether all events are counted.
    pub fn count(&self) -> (usize, bool) {
        let state = self.state.lock();
        (state.producers.len(), state.missing.is_none())
    }

    /// The totals as of now.
    pub fn totals(&self) -> EmitterTotals {
        let state = self.state.lock();
        let emitters = state.producers.iter();
        let mut emitters: Vec<_> = emitters
            // Only ever sent again: the first is still on its way to being counted.
            .filter(|(_, total)| total.events > 0)
            .map(|(name, total)| (name.clone(), total.clone()))
            .collect();
        emitters.sort_unstable_by(|(a, x), (b, y)| y.events.cmp(&x.events).then(a.cmp(b)));
        EmitterTotals {
            seq: state.seq,
            complete: state.missing.is_none(),
            emitters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openlineage::parse_event;

    fn event(producer: &str, time: &str) -> Event {
        let event = serde_json::json!({"eventTime": time, "producer": producer,
            "dataset": {"namespace": "n", "name": "d"}});
        parse_event(event.to_string().as_bytes()).unwrap()
    }

    fn open(dir: &Path, applied: u64, head: u64) -> Emitters {
        Emitters::open(dir.join("emitters.json"), applied, head)
    }

    #[test]
    fn each_event_is_counted_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let emitters = open(dir.path(), 0, 0);
        let batch = [
            (1, event("a", "2026-01-02T00:00:00")),
            (2, event("a", "2026-01-01T00:00:00Z")),
            (3, event("b", "2026-01-01T00:00:00Z")),
        ];
        emitters.applied(&batch);
        emitters.applied(&batch[1..]);
        emitters.duplicate("a");
        emitters.save().unwrap();
        let before = emitters.totals();
        assert_eq!((before.seq, before.complete), (3, true));
        let (name, a) = &before.emitters[0];
        assert_eq!((name.as_str(), a.events, a.duplicates), ("a", 2, 1));
        assert_eq!(a.first.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(a.last.to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(
            (a.warnings["no_time_zone"], a.warnings["no_schema_url"]),
            (1, 2)
        );
        // The catalog may be behind the counts after a crash: nothing is counted twice.
        let again = open(dir.path(), 2, 3);
        again.applied(&batch[2..]);
        let mut after = again.totals();
        after.emitters[0].1.duplicates = 1;
        assert_eq!(after.emitters, before.emitters);
    }

    #[test]
    fn what_the_file_lacks_is_counted_from_the_log_and_not_written_before() {
        let dir = tempfile::tempdir().unwrap();
        let emitters = open(dir.path(), 5, 9);
        assert_eq!(emitters.missing(), Some((1, 5)));
        emitters.found(&event("a", "2026-01-01T00:00:00Z"));
        emitters.applied(&[(6, event("a", "2026-01-01T00:00:00Z"))]);
        emitters.save().unwrap();
        assert!(!emitters.totals().complete);
        assert_eq!(open(dir.path(), 6, 9).missing(), Some((1, 6)));
        emitters.all_found();
        emitters.save().unwrap();
        assert_eq!(open(dir.path(), 6, 9).missing(), None);
        // Ahead of the log, as after restoring an older backup: counted anew.
        assert_eq!(open(dir.path(), 5, 5).missing(), Some((1, 5)));
    }

    #[test]
    fn producers_beyond_the_limit_are_counted_together() {
        let dir = tempfile::tempdir().unwrap();
        let emitters = open(dir.path(), 0, 0);
        let long = "ü".repeat(MAX_NAME);
        emitters.found(&event(&long, "2026-01-01T00:00:00Z"));
        for n in 0..MAX_PRODUCERS + 5 {
            emitters.found(&event(&n.to_string(), "2026-01-01T00:00:00Z"));
        }
        let totals = emitters.totals().emitters;
        assert_eq!(totals.len(), MAX_PRODUCERS + 1);
        let others = totals.iter().find(|(name, _)| name == OTHERS).unwrap();
        assert_eq!(others.1.events, 6);
        assert!(totals.iter().all(|(name, _)| name.len() <= MAX_NAME));
    }
}
