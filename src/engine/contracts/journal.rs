//! When violations were opened and closed, as this server saw it.
//!
//! What is broken now is a function of the catalog, the policy and the present; when it was seen to
//! come and go is not, so it is written down: a line of JSON for each change, in a file of its own. It
//! is not rebuilt, and nothing else depends on it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use ahash::HashMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::contract::violation::ViolationId;
use crate::store::write_whole;

use super::Evaluated;

/// Version of the file.
const FORMAT: u32 = 1;
/// Closed violations that are remembered; beyond them the oldest are forgotten.
const MOST: usize = 100_000;

/// A time during which a violation was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// The violation.
    pub id: String,
    /// Its contract.
    pub contract: String,
    /// What was wrong, when it was opened.
    pub message: String,
    /// When it was seen first, by the clock of the server.
    pub opened_at: DateTime<Utc>,
    /// The last event that was looked at then.
    pub opened_seq: u64,
    /// When it was seen to be gone; none while it is there.
    pub closed_at: Option<DateTime<Utc>>,
    /// The last event that was looked at then.
    pub closed_seq: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    headwater_violations: u32,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Opened(Episode),
    Closed {
        id: String,
        at: DateTime<Utc>,
        seq: u64,
    },
}

/// What was written down.
#[derive(Default)]
pub struct Journal {
    path: Option<PathBuf>,
    file: Option<BufWriter<File>>,
    open: HashMap<String, Episode>,
    /// The oldest first, by when they were closed.
    closed: VecDeque<Episode>,
    /// The last event that was looked at for what is written.
    seq: u64,
    /// What went wrong with the file, told once.
    broken: bool,
}

impl Journal {
    /// Reads the file, if there is one. A line that cannot be read is passed over and told.
    pub fn open(path: PathBuf, told: &mut Vec<String>) -> Self {
        let mut journal = Self::default();
        match File::open(&path) {
            Ok(file) => journal.read(BufReader::new(file), &path.display().to_string(), told),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => told.push(format!(
                "when violations were opened and closed is not known: {}: {error}",
                path.display()
            )),
        }
        journal.path = Some(path);
        journal
    }

    fn read(&mut self, file: impl BufRead, name: &str, told: &mut Vec<String>) {
        let mut lines = file.lines().map_while(Result::ok);
        let header = lines.next().unwrap_or_default();
        let header: Option<Header> = serde_json::from_str(&header).ok();
        if header.is_none_or(|header| header.headwater_violations != FORMAT) {
            told.push(format!(
                "{name} is of another format: when violations were opened and closed before is not known"
            ));
            return;
        }
        let mut lost = 0;
        for line in lines {
            match serde_json::from_str(&line) {
                Ok(Line::Opened(episode)) => {
                    self.seq = self.seq.max(episode.opened_seq);
                    self.open.insert(episode.id.clone(), episode);
                }
                Ok(Line::Closed { id, at, seq }) => {
                    self.seq = self.seq.max(seq);
                    self.close(&id, at, seq);
                }
                Err(_) => lost += 1,
            }
        }
        if lost > 0 {
            told.push(format!("{lost} lines of {name} could not be read"));
        }
    }

    fn close(&mut self, id: &str, at: DateTime<Utc>, seq: u64) {
        let Some(mut episode) = self.open.remove(id) else {
            return;
        };
        (episode.closed_at, episode.closed_seq) = (Some(at), Some(seq));
        self.closed.push_back(episode);
        if self.closed.len() > MOST {
            self.closed.pop_front();
        }
    }

    /// Takes note of what is there now.
    pub fn note(&mut self, found: &Evaluated, now: DateTime<Utc>) {
        // While a catalog is built anew from the log it has less than was seen before.
        if found.seq < self.seq {
            return;
        }
        self.seq = found.seq;
        let mut lines = Vec::new();
        let gone: Vec<String> = self
            .open
            .keys()
            .filter(|id| {
                let id: Result<ViolationId, ()> = id.parse();
                id.is_ok_and(|id| found.violation(id).is_none())
            })
            .cloned()
            .collect();
        for id in gone {
            self.close(&id, now, found.seq);
            let seq = found.seq;
            lines.push(Line::Closed { id, at: now, seq });
        }
        for one in &found.violations {
            let id = one.id.to_string();
            if self.open.contains_key(&id) {
                continue;
            }
            let contract = found.world.policy.contracts.get(one.contract);
            let episode = Episode {
                id: id.clone(),
                contract: contract.map(|one| one.name.clone()).unwrap_or_default(),
                message: found.world.message(one),
                opened_at: now,
                opened_seq: found.seq,
                closed_at: None,
                closed_seq: None,
            };
            self.open.insert(id, episode.clone());
            lines.push(Line::Opened(episode));
        }
        if lines.is_empty() {
            return;
        }
        match self.write(&lines) {
            Ok(()) => self.broken = false,
            Err(error) if !self.broken => {
                self.broken = true;
                self.file = None;
                tracing::error!(%error, "when violations are opened and closed is not written down; it is tried again with the next change");
            }
            Err(_) => self.file = None,
        }
    }

    fn write(&mut self, lines: &[Line]) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        if self.file.is_none() {
            // Whole and without what is forgotten; the lines are in it.
            let mut text = Vec::new();
            let header = Header {
                headwater_violations: FORMAT,
            };
            push(&mut text, &header)?;
            for episode in self.closed.iter().chain(self.open.values()) {
                push(&mut text, &Line::Opened(episode.clone()))?;
                if let (Some(at), Some(seq)) = (episode.closed_at, episode.closed_seq) {
                    let id = episode.id.clone();
                    push(&mut text, &Line::Closed { id, at, seq })?;
                }
            }
            write_whole(path, &text)?;
            self.file = Some(BufWriter::new(OpenOptions::new().append(true).open(path)?));
            return Ok(());
        }
        let mut text = Vec::new();
        for line in lines {
            push(&mut text, line)?;
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(&text)?;
        file.flush()
    }

    /// Episodes of one violation or of all, the latest first: those that are open, then the closed
    /// ones by when they were closed.
    pub fn episodes(&self, id: Option<&str>) -> Vec<&Episode> {
        // In order of time whatever order the map has.
        let open: BTreeMap<_, _> = self
            .open
            .values()
            .map(|one| ((one.opened_at, &one.id), one))
            .collect();
        let open = open.into_values().rev();
        let all = open.chain(self.closed.iter().rev());
        all.filter(|one| id.is_none_or(|id| one.id == id)).collect()
    }
}

fn push(text: &mut Vec<u8>, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(id: &str, day: u32, closed: Option<u32>) -> Episode {
        let time = |day| {
            format!("2026-01-{day:02}T00:00:00Z")
                .parse()
                .unwrap_or_default()
        };
        Episode {
            id: id.into(),
            contract: "c".into(),
            message: "m".into(),
            opened_at: time(day),
            opened_seq: u64::from(day),
            closed_at: closed.map(time),
            closed_seq: closed.map(u64::from),
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("violations.ndjson");
        let mut told = Vec::new();
        let mut journal = Journal::open(path.clone(), &mut told);
        journal.closed.push_back(episode("a", 1, Some(2)));
        journal.open.insert("b".into(), episode("b", 3, None));
        journal.write(&[]).unwrap();
        let reopened = episode("a", 5, None);
        journal.open.insert("a".into(), reopened.clone());
        journal.write(&[Line::Opened(reopened)]).unwrap();
        drop(journal);
        // The last line was cut off.
        let mut text = std::fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"closed\":{\"id\":\"b");
        std::fs::write(&path, text).unwrap();
        let journal = Journal::open(path.clone(), &mut told);
        let all: Vec<&str> = journal.episodes(None).iter().map(|one| &*one.id).collect();
        assert_eq!(all, ["a", "b", "a"]);
        let of_a = journal.episodes(Some("a"));
        assert_eq!(
            (of_a[0].closed_seq, of_a[1].closed_seq),
            (None, Some(2)),
            "{of_a:?}"
        );
        assert_eq!(told.len(), 1, "{told:?}");
        std::fs::write(&path, "{\"headwater_violations\": 9}\n").unwrap();
        let journal = Journal::open(path, &mut told);
        assert!(journal.episodes(None).is_empty());
        assert!(told[1].contains("another format"), "{told:?}");
    }
}
