//! The bounded queue between appenders and the writer thread.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::error::LogError;
use super::{Appended, NewEvent};

/// Counted for each event beside its payload: headers and bookkeeping.
const EVENT_OVERHEAD: usize = 64;

/// The answer to one `append`.
pub(super) type Answer = Result<Vec<Appended>, LogError>;

/// One `append` that waits for its answer.
pub(super) struct Request {
    pub events: Vec<NewEvent>,
    pub reply: oneshot::Sender<Answer>,
    /// What it counts against the limit, in bytes.
    pub bytes: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Request>,
    /// Bytes of all requests without an answer, also those being written.
    pending_bytes: usize,
    closed: bool,
    /// The writer sleeps until that many requests wait; 0 when it does not sleep.
    wanted: usize,
}

/// What the writer waits for once it has something to write.
///
/// After a commit its appenders are answered together and most come back with the next event at
/// once. A writer that starts with whoever was there first splits them into two halves, each of
/// which waits for the sync of the other; waiting a moment for all makes one sync do for all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gather {
    /// Requests that are likely to come.
    pub requests: usize,
    /// How long to wait for them.
    pub wait: Duration,
}

/// Requests in the order of their arrival.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

impl Queue {
    /// Queues a batch. It is refused when it does not fit into `limit` bytes
    /// with what is pending; alone, a batch of any size is taken.
    pub fn push(
        &self,
        events: Vec<NewEvent>,
        limit: usize,
    ) -> Result<oneshot::Receiver<Answer>, LogError> {
        let bytes = events
            .iter()
            .map(|event| event.payload.len() + EVENT_OVERHEAD)
            .sum();
        let mut state = self.state.lock();
        if state.closed {
            return Err(LogError::Closed);
        }
        let pending_bytes = state.pending_bytes;
        if pending_bytes > 0 && pending_bytes.saturating_add(bytes) > limit {
            return Err(LogError::Busy {
                pending_bytes,
                limit,
            });
        }
        state.pending_bytes += bytes;
        let (reply, answer) = oneshot::channel();
        state.waiting.push_back(Request {
            events,
            reply,
            bytes,
        });
        let wake = state.wanted > 0 && state.waiting.len() >= state.wanted;
        drop(state);
        if wake {
            self.ready.notify_one();
        }
        Ok(answer)
    }

    /// Waits for requests and takes them up to `max_bytes`, at least one.
    /// `None` when the queue is closed and empty.
    pub fn take(&self, max_bytes: usize, gather: Gather) -> Option<Vec<Request>> {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state.wanted = 1;
            self.ready.wait(&mut state);
        }
        let until = Instant::now() + gather.wait;
        while state.waiting.len() < gather.requests && !state.closed {
            state.wanted = gather.requests;
            if self.ready.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        state.wanted = 0;
        let mut taken = Vec::new();
        let mut bytes = 0;
        while let Some(request) = state.waiting.front() {
            bytes += request.bytes;
            if bytes > max_bytes && !taken.is_empty() {
                break;
            }
            taken.extend(state.waiting.pop_front());
        }
        Some(taken)
    }

    /// Gives back the bytes of requests that are about to be answered. Returns how many wait.
    pub fn release(&self, bytes: usize) -> usize {
        let mut state = self.state.lock();
        state.pending_bytes = state.pending_bytes.saturating_sub(bytes);
        state.waiting.len()
    }

    pub fn pending_bytes(&self) -> usize {
        self.state.lock().pending_bytes
    }

    /// No more requests; those in the queue can still be taken.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_all();
    }

    /// Closes the queue and drops what is in it: the appenders get
    /// [`LogError::Closed`].
    pub fn abandon(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.pending_bytes = 0;
        state.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn push(queue: &Queue) {
        queue.push(Vec::new(), usize::MAX).unwrap();
    }

    fn taken(queue: &Queue, requests: usize, wait: Duration) -> usize {
        let taken = queue.take(usize::MAX, Gather { requests, wait });
        taken.map_or(0, |requests| requests.len())
    }

    #[test]
    fn the_writer_waits_for_those_who_are_likely_to_come_and_no_longer() {
        let queue = Queue::default();
        push(&queue);
        let start = Instant::now();
        assert_eq!(taken(&queue, 2, Duration::from_millis(20)), 1);
        assert!(start.elapsed() >= Duration::from_millis(20));
        assert_eq!(taken_from_threads(&queue, 3), 3);
        // Alone, nobody is waited for.
        push(&queue);
        assert_eq!(taken(&queue, 1, LONG), 1);
        assert!(start.elapsed() < LONG);
    }

    fn taken_from_threads(queue: &Queue, count: usize) -> usize {
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| taken(queue, count, LONG));
            for _ in 0..count {
                scope.spawn(|| push(queue));
            }
            writer.join().unwrap()
        })
    }

    #[test]
    fn closing_ends_the_wait() {
        let queue = Queue::default();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| taken(&queue, 2, LONG));
            push(&queue);
            queue.close();
            assert_eq!(writer.join().unwrap(), 1);
        });
        assert_eq!(taken(&queue, 2, LONG), 0);
    }
}
