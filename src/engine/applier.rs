//! The one thread that folds events into the catalog and publishes the graph.
//!
//! Events come parsed through a bounded queue. The queue is only a shortcut: what does not fit is
//! left out and read from the log instead, so a slow applier never holds up or loses an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, channel};
use std::time::Duration;

use crate::graph::{Graph, GraphChange};
use crate::openlineage::{Event, parse_event};

use super::{Engine, EngineError, Shared, flusher};

/// Events in the queue at most.
pub(super) const QUEUE: usize = 1 << 16;
/// Bytes of events in the queue at most.
const QUEUE_BYTES: usize = 128 << 20;
/// Events folded in under one lock: readers wait no longer than that takes.
const BATCH: usize = 128;
/// How long the queue may be silent before the log is looked at.
const IDLE: Duration = Duration::from_millis(10);
/// How long events gather after the first: waking up for each one costs more than applying it.
const GATHER: Duration = Duration::from_millis(1);
/// The graph is compacted when its delta exceeds this and an eighth of the base.
const COMPACT_FROM: usize = 50_000;

/// An accepted event on its way to the catalog.
pub(super) struct Queued {
    pub seq: u64,
    pub event: Event,
    pub size: usize,
}

impl Engine {
    /// Hands an event to the applier, or leaves it to be read from the log when the queue is full.
    pub(super) fn enqueue(&self, queued: Queued) {
        let size = queued.size;
        let held = self.shared.queued_bytes.fetch_add(size, Ordering::Relaxed);
        if held + size > QUEUE_BYTES || self.queue.try_send(queued).is_err() {
            self.shared.queued_bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }
}

/// The graph and the changes that a compaction under way has not seen.
struct Live {
    graph: Graph,
    compacting: Option<Receiver<Graph>>,
    since: Vec<GraphChange>,
}

pub(super) struct Applier {
    shared: Arc<Shared>,
    queue: Receiver<Queued>,
    waiting: BTreeMap<u64, Event>,
    applied: u64,
    /// The queue held more than one batch when it was looked at last.
    busy: bool,
    live: Live,
}

pub(super) fn queue() -> (SyncSender<Queued>, Receiver<Queued>) {
    std::sync::mpsc::sync_channel(QUEUE)
}

impl Applier {
    pub fn new(shared: Arc<Shared>, queue: Receiver<Queued>) -> Self {
        let graph = Graph::clone(&shared.graph.load());
        Self {
            applied: graph.applied_seq,
            shared,
            queue,
            busy: false,
            waiting: BTreeMap::new(),
            live: Live {
                graph,
                compacting: None,
                since: Vec::new(),
            },
        }
    }

    /// Works until the engine stops and everything in the log is applied.
    ///
    /// # Errors
    /// When the log or the store fails: nothing can be applied any more.
    pub fn run(mut self) -> Result<(), EngineError> {
        loop {
            let quiet = self.take_in();
            self.apply_ready()?;
            let behind = self.shared.log.head() > self.applied;
            if behind && (quiet || self.waiting.len() > BATCH * 4) {
                self.catch_up()?;
            }
            self.take_in_readings()?;
            self.compact();
            flusher::hold_back(&self.shared)?;
            let stopping = self.shared.stopping.load(Ordering::SeqCst);
            if stopping && quiet && self.shared.log.head() <= self.applied {
                return Ok(());
            }
        }
    }

    /// Takes what the queue holds; returns true when it held nothing for a while.
    fn take_in(&mut self) -> bool {
        match self.queue.recv_timeout(IDLE) {
            Ok(queued) => {
                self.hold(queued);
                if !self.busy {
                    std::thread::sleep(GATHER);
                }
            }
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(IDLE);
                return true;
            }
        }
        while self.waiting.len() < BATCH {
            let Ok(queued) = self.queue.try_recv() else {
                self.busy = false;
                return false;
            };
            self.hold(queued);
        }
        self.busy = true;
        false
    }

    fn hold(&mut self, queued: Queued) {
        self.shared
            .queued_bytes
            .fetch_sub(queued.size, Ordering::Relaxed);
        if queued.seq > self.applied {
            self.waiting.insert(queued.seq, queued.event);
        }
    }

    /// Applies what follows the last applied event without a gap.
    fn apply_ready(&mut self) -> Result<(), EngineError> {
        let mut ready = Vec::new();
        while let Some(event) = self.waiting.remove(&(self.applied + 1)) {
            self.applied += 1;
            ready.push((self.applied, event));
        }
        self.apply(&ready)
    }

    /// Reads from the log what the queue did not bring.
    fn catch_up(&mut self) -> Result<(), EngineError> {
        let mut batch = Vec::with_capacity(BATCH);
        for logged in self.shared.log.read_from(self.applied + 1)? {
            let logged = logged?;
            self.applied = logged.seq;
            match parse_event(&logged.payload) {
                Ok(event) => batch.push((logged.seq, event)),
                Err(error) => {
                    // It was valid when it was accepted, so this is a fault of ours: say so, go on.
                    self.shared.unreadable.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(seq = logged.seq, %error, "an event of the log does not parse");
                }
            }
            if batch.len() >= BATCH {
                self.apply(&batch)?;
                batch.clear();
                self.compact();
                flusher::hold_back(&self.shared)?;
                if self.waiting.contains_key(&(self.applied + 1)) {
                    break;
                }
            }
        }
        self.apply(&batch)?;
        let applied = self.applied;
        if self.live.graph.applied_seq < applied {
            // The last events were passed over: answers cover them all the same.
            self.shared.catalog.advance(applied);
            self.live.graph.applied_seq = applied;
            self.shared.graph.store(Arc::new(self.live.graph.clone()));
        }
        self.waiting.retain(|&seq, _| seq > applied);
        Ok(())
    }

    fn apply(&mut self, events: &[(u64, Event)]) -> Result<(), EngineError> {
        if events.is_empty() {
            return Ok(());
        }
        let (live, shared) = (&mut self.live, &self.shared);
        // Before the graph, so that whoever sees an event applied finds it counted.
        shared.emitters.applied(events);
        let parts = events.iter().map(|(seq, event)| (*seq, event));
        shared
            .catalog
            .apply_all(parts, |applied, changes, touched| {
                for change in &changes {
                    live.graph.apply(change);
                }
                live.graph.applied_seq = applied;
                if live.compacting.is_some() {
                    live.since.extend(changes);
                }
                // Before the graph, whose number tells search up to where it has been told.
                if !touched.is_empty() {
                    shared.contracts.touch(&touched);
                    shared.touched.lock().extend(touched);
                }
                shared.graph.store(Arc::new(live.graph.clone()));
            })?;
        Ok(())
    }

    /// Publishes what was read from SQL meanwhile.
    fn take_in_readings(&mut self) -> Result<(), EngineError> {
        let readings = std::mem::take(&mut *self.shared.readings.lock());
        if readings.is_empty() {
            return Ok(());
        }
        let (live, shared) = (&mut self.live, &self.shared);
        shared.catalog.take_in_readings(readings, |changes| {
            for change in &changes {
                live.graph.apply(change);
            }
            if live.compacting.is_some() {
                live.since.extend(changes);
            }
            shared.graph.store(Arc::new(live.graph.clone()));
        })?;
        Ok(())
    }

    /// Starts or ends a compaction in the background.
    fn compact(&mut self) {
        let live = &mut self.live;
        if let Some(done) = &live.compacting {
            let mut graph = match done.try_recv() {
                Ok(graph) => graph,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    tracing::error!("compacting the graph failed; it is tried again");
                    live.compacting = None;
                    live.since.clear();
                    return;
                }
            };
            live.since.drain(..).for_each(|change| graph.apply(&change));
            graph.applied_seq = live.graph.applied_seq;
            live.graph = graph;
            live.compacting = None;
            self.shared.graph.store(Arc::new(live.graph.clone()));
            return;
        }
        if live.graph.delta() < COMPACT_FROM.max(live.graph.base_bytes() / 64) {
            return;
        }
        let (sender, receiver) = channel();
        let graph = live.graph.clone();
        let started = std::thread::Builder::new()
            .name("compact-graph".into())
            .spawn(move || _ = sender.send(graph.compacted()));
        if started.is_ok() {
            live.compacting = Some(receiver);
        }
    }
}
