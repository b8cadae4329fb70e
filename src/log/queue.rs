//! The bounded queue between appenders and the writer thread.

use std::collections::VecDeque;

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
        drop(state);
        self.ready.notify_one();
        Ok(answer)
    }

    /// Waits for requests and takes them up to `max_bytes`, at least one.
    /// `None` when the queue is closed and empty.
    pub fn take(&self, max_bytes: usize) -> Option<Vec<Request>> {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            self.ready.wait(&mut state);
        }
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

    /// Gives back the bytes of requests that are about to be answered.
    pub fn release(&self, bytes: usize) {
        let mut state = self.state.lock();
        state.pending_bytes = state.pending_bytes.saturating_sub(bytes);
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
