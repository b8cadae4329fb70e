//! The one thread that writes: group commit, rollback, rotation.
//!
//! Order is everything here: nothing is written before the commit ahead of it
//! was synced, and nothing is answered before its own commit was synced.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::dedupe::Dedupe;
use super::disk::{Disk, SegmentFile, create_whole, write_all_at};
use super::error::LogError;
use super::format::{Encoder, SEGMENT_HEADER, SegmentHeader, u32_at};
use super::queue::{Answer, Gather, Request};
use super::segment::{Mark, Marks, Segment, segment_path};
use super::shared::Shared;
use super::{Appended, NewEvent};

/// A segment is also full with that many events: it bounds the map of the
/// active segment to some 200 MB, whatever the events are like.
const MAX_SEGMENT_EVENTS: usize = 4_000_000;
/// A commit buffer that has grown beyond this is not kept.
const KEEP_BUFFER: usize = 16 << 20;
/// The writer waits for appenders to come back at most four times as long as the last commit took,
/// and at most that long. Measured with 64 appenders: where the sync is what takes time it is half as
/// many events again to twice as many a second; where the processors are, each commit less is a system
/// call, a sync and a round of wake-ups less. Waiting only as long as the commit took made 920 commits
/// of 20 events a second instead of 550 of 34, for 2 % fewer events and the same p99.
const GATHER_MAX: Duration = Duration::from_millis(1);

/// The segment that is written to.
pub(super) struct Active {
    pub segment: Arc<Segment>,
    pub file: Box<dyn SegmentFile>,
}

/// State of the writer thread.
pub(super) struct Writer {
    shared: Arc<Shared>,
    active: Active,
    dedupe: Dedupe,
    encoder: Encoder,
    buffer: Vec<u8>,
    next_seq: u64,
    gather: Gather,
}

/// Requests after the duplicates are told from the new events.
struct Staged {
    fresh: Vec<NewEvent>,
    answers: Vec<(oneshot::Sender<Answer>, Vec<Appended>)>,
    duplicates: u64,
}

/// Why a commit failed, and whether the log may go on.
enum CommitError {
    /// Nothing of the commit is left in the file.
    RolledBack(LogError),
    /// The state of the file is unknown.
    Fatal(String),
}

/// Leaves no appender waiting, whatever ends the thread.
struct OnExit(Arc<Shared>);

impl Drop for OnExit {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the writer thread panicked".into());
        }
        self.0.queue.abandon();
    }
}

impl Writer {
    pub fn new(shared: Arc<Shared>, active: Active, dedupe: Dedupe) -> Result<Self, LogError> {
        let encoder = Encoder::new(shared.options.zstd_level)
            .map_err(LogError::io("set up compression for", &shared.dir))?;
        let next_seq = shared.head() + 1;
        Ok(Self {
            shared,
            active,
            dedupe,
            encoder,
            buffer: Vec::new(),
            next_seq,
            gather: Gather::default(),
        })
    }

    /// Writes until the queue is closed and empty.
    pub fn run(mut self) {
        let on_exit = OnExit(Arc::clone(&self.shared));
        let max_bytes = self.shared.options.commit_bytes;
        while let Some(requests) = self.shared.queue.take(max_bytes, self.gather) {
            self.serve(requests);
        }
        self.dedupe.collect(true);
        drop(on_exit);
    }

    fn serve(&mut self, requests: Vec<Request>) {
        let bytes = requests.iter().map(|request| request.bytes).sum();
        let (count, start) = (requests.len(), Instant::now());
        let staged = self.stage(requests);
        let result = self.commit(&staged.fresh, staged.duplicates);
        let waiting = self.shared.queue.release(bytes);
        self.gather = Gather {
            requests: count + waiting,
            wait: (start.elapsed() * 4).min(GATHER_MAX),
        };
        self.answer(staged, result.as_ref().err());
        if self.shared.failure().is_none() {
            self.dedupe.collect(false);
            self.rotate_if_full();
        }
    }

    /// Gives each event its seq. New events enter the map at once, so that later
    /// ones of the same commit are recognised as their duplicates.
    fn stage(&mut self, requests: Vec<Request>) -> Staged {
        let mut staged = Staged {
            fresh: Vec::new(),
            answers: Vec::with_capacity(requests.len()),
            duplicates: 0,
        };
        let failure = self.shared.failure();
        for request in requests {
            if let Some(reason) = &failure {
                let _ = request.reply.send(Err(LogError::Failed(reason.clone())));
                continue;
            }
            match self.stage_events(request.events, &mut staged) {
                Ok(appended) => staged.answers.push((request.reply, appended)),
                // An appender that is gone needs no answer, here and elsewhere.
                Err(error) => drop(request.reply.send(Err(error))),
            }
        }
        staged
    }

    fn stage_events(
        &mut self,
        events: Vec<NewEvent>,
        staged: &mut Staged,
    ) -> Result<Vec<Appended>, LogError> {
        let mut appended = Vec::with_capacity(events.len());
        for event in events {
            if let Some(seq) = self.dedupe.find(&event.hash)? {
                staged.duplicates += 1;
                appended.push(Appended::Duplicate { seq });
                continue;
            }
            let seq = self.next_seq + staged.fresh.len() as u64;
            self.dedupe.insert(event.hash, seq);
            staged.fresh.push(event);
            appended.push(Appended::Accepted { seq });
        }
        Ok(appended)
    }

    fn answer(&self, staged: Staged, error: Option<&LogError>) {
        let head = self.shared.head();
        for (reply, appended) in staged.answers {
            let durable = appended.iter().all(|event| event.seq() <= head);
            let answer = match error {
                Some(error) if !durable => Err(error.clone()),
                _ => Ok(appended),
            };
            let _ = reply.send(answer);
        }
    }

    /// Makes `fresh` durable, or takes every trace of it back.
    fn commit(&mut self, fresh: &[NewEvent], duplicates: u64) -> Result<(), LogError> {
        self.shared
            .duplicates
            .fetch_add(duplicates, Ordering::Relaxed);
        if fresh.is_empty() {
            return Ok(());
        }
        let Err(error) = self.write(fresh) else {
            self.next_seq += fresh.len() as u64;
            self.shared.head.store(self.next_seq - 1, Ordering::Release);
            self.shared.commits.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        for event in fresh {
            self.dedupe.remove(&event.hash);
        }
        match error {
            CommitError::RolledBack(error) => Err(error),
            CommitError::Fatal(reason) => {
                self.shared.fail(reason.clone());
                Err(LogError::Failed(reason))
            }
        }
    }

    fn write(&mut self, fresh: &[NewEvent]) -> Result<(), CommitError> {
        let start = self.active.segment.len();
        let path = self.active.segment.path.clone();
        let not_written = |source: io::Error| LogError::NotWritten {
            path: path.clone(),
            source: Arc::new(source),
        };
        let groups = self
            .encode(fresh, start)
            .map_err(|error| CommitError::RolledBack(not_written(error)))?;
        if let Err(error) = write_all_at(&*self.active.file, &self.buffer, start) {
            self.roll_back(start, &error)?;
            return Err(CommitError::RolledBack(not_written(error)));
        }
        self.active.file.sync_data().map_err(|error| {
            CommitError::Fatal(format!("could not sync {}: {error}", path.display()))
        })?;
        let end = start + self.buffer.len() as u64;
        self.active.segment.extend(&groups, end);
        if self.buffer.capacity() > KEEP_BUFFER {
            self.buffer = Vec::new();
        }
        Ok(())
    }

    /// Encodes a commit into the buffer, split into groups of about
    /// `group_bytes` of payload. Returns where each group will be.
    fn encode(&mut self, fresh: &[NewEvent], start: u64) -> io::Result<Vec<Mark>> {
        self.buffer.clear();
        let salt = self.active.segment.header.salt;
        let mut groups = Vec::new();
        let mut rest = fresh;
        let mut seq = self.next_seq;
        while !rest.is_empty() {
            let (group, after) = rest.split_at(group_size(rest, self.shared.options.group_bytes));
            groups.push(Mark {
                seq,
                offset: start + self.buffer.len() as u64,
            });
            self.encoder
                .encode(&mut self.buffer, salt, seq, self.next_seq, group)?;
            seq += group.len() as u64;
            rest = after;
        }
        Ok(groups)
    }

    /// Cuts off what a failed write has left. When that fails too, the file is
    /// in an unknown state.
    fn roll_back(&self, len: u64, cause: &io::Error) -> Result<(), CommitError> {
        let file = &*self.active.file;
        file.set_len(len)
            .and_then(|()| file.sync_data())
            .map_err(|error| {
                CommitError::Fatal(format!(
                    "could not write {} ({cause}), nor roll the write back ({error})",
                    self.active.segment.path.display()
                ))
            })
    }

    /// Starts a new segment. When it cannot be created the old one is used on,
    /// and the next commit tries again.
    fn rotate_if_full(&mut self) {
        let full = self.active.segment.len() >= self.shared.options.segment_bytes
            || self.dedupe.active_len() >= MAX_SEGMENT_EVENTS;
        if !full || self.dedupe.active_len() == 0 {
            return;
        }
        let shared = &self.shared;
        let Ok(active) = create_segment(&*shared.disk, &shared.dir, self.next_seq) else {
            return;
        };
        if let Err(error) = shared.disk.sync_dir(&shared.dir) {
            // Its entry may be durable or not: appending to either segment
            // could leave a hole.
            return shared.fail(format!("could not sync {}: {error}", shared.dir.display()));
        }
        shared.segments.write().push(Arc::clone(&active.segment));
        let sealed = std::mem::replace(&mut self.active, active);
        self.dedupe.seal(sealed.segment, self.next_seq);
    }
}

/// Number of events of the next group: as many as fit, at least one.
fn group_size(events: &[NewEvent], limit: usize) -> usize {
    let mut bytes = 0;
    let fitting = events.iter().take_while(|event| {
        bytes += event.payload.len();
        bytes <= limit
    });
    fitting.count().max(1)
}

/// Creates an empty segment. The folder is not synced yet.
pub(super) fn create_segment(
    disk: &dyn Disk,
    dir: &Path,
    first_seq: u64,
) -> Result<Active, LogError> {
    let path = segment_path(dir, first_seq);
    let header = SegmentHeader {
        first_seq,
        salt: random_salt(),
    };
    let file =
        create_whole(disk, &path, &header.encode()).map_err(LogError::io("create", &path))?;
    let len = SEGMENT_HEADER as u64;
    Ok(Active {
        segment: Arc::new(Segment::new(path, header, len, Marks::default())),
        file,
    })
}

/// The standard library seeds its hash maps from the system's random source.
fn random_salt() -> u32 {
    use std::hash::{BuildHasher, Hasher};
    let random = std::hash::RandomState::new().build_hasher().finish();
    u32_at(&random.to_le_bytes(), 0)
}
