//! The catalog as others hold it: one writer applies events, a flusher writes, many readers look.
//! Which lock is held, and for how long, is decided here and nowhere else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ahash::HashSet;
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::graph::{Graph, GraphChange};
use crate::openlineage::{Event, EventTime};
use crate::store::{Store, StoreError};

use super::keys;
use super::names::{DatasetId, JobId};
use super::past::Past;
use super::reading::{Reading, Statement};
use super::records::Meta;
use super::state::{CatalogOptions, Counts, Entity, Opened, State, decode};
use super::statement_view::StatementView;

/// The catalog: one writer applies events, many readers look.
pub struct Catalog {
    pub(super) state: RwLock<State>,
    /// One flush at a time.
    flushing: Mutex<()>,
    /// Graphs as of earlier times; only touched while the state is locked, so that none outlives
    /// what it was made from.
    pub(super) pasts: Mutex<Vec<Arc<Past>>>,
}

impl Catalog {
    /// Opens the catalog on a store and reads into memory what is needed to go on.
    ///
    /// # Errors
    /// When the store fails or a record does not decode. The cure is to rebuild from the log.
    pub fn open(
        store: Arc<dyn Store>,
        options: CatalogOptions,
    ) -> Result<(Self, Opened), StoreError> {
        let mut state = State::new(store, options);
        let opened = match state.records.get(keys::META)? {
            None => Opened::Fresh,
            Some(bytes) => match decode::<Meta>(&bytes) {
                Ok(meta)
                    if meta.layout == keys::LAYOUT
                        && meta.rules != state.options.rules.fingerprint() =>
                {
                    Opened::OtherRules
                }
                Ok(meta)
                    if meta.layout == keys::LAYOUT
                        && meta.edge_window != state.options.edge_window =>
                {
                    Opened::OtherWindow
                }
                Ok(meta) if meta.layout == keys::LAYOUT => {
                    state.load(&meta)?;
                    Opened::At(meta.applied_seq)
                }
                Ok(meta) => Opened::OtherLayout(meta.layout),
                // The layout stands first in every version of the record.
                Err(_) => Opened::OtherLayout(decode(&bytes).unwrap_or_default()),
            },
        };
        Ok((
            Self {
                state: RwLock::new(state),
                flushing: Mutex::new(()),
                pasts: Mutex::default(),
            },
            opened,
        ))
    }

    /// Folds in several events under one lock and publishes what they did to the graph. Applying
    /// an event again changes nothing.
    /// `publish` sees the changes and the entities touched before any reader can look.
    ///
    /// # Errors
    /// When the store fails. Nothing can be folded in or written from then on, since memory may
    /// hold half of an event; opening the store again goes on from what was written last.
    pub fn apply_all<'e>(
        &self,
        events: impl Iterator<Item = (u64, &'e Event)>,
        publish: impl FnOnce(u64, Vec<GraphChange>, HashSet<Entity>),
    ) -> Result<(), StoreError> {
        let mut state = self.state.write();
        state.sound()?;
        // Taken back when all went well: an error or a panic half-way leaves it.
        state.poisoned = Some("an event was folded in by half".to_owned());
        for (seq, event) in events {
            state.apply(seq, event)?;
        }
        state.await_rereading();
        state.poisoned = None;
        let since = std::mem::replace(&mut state.reaches_back, EventTime(i64::MAX));
        self.forget_pasts(since);
        let changes = std::mem::take(&mut state.changes);
        let touched = std::mem::take(&mut state.touched);
        publish(state.applied_seq, changes, touched);
        Ok(())
    }

    /// Statements that wait to be read, some of them; [`Self::take_in_readings`] hears what came
    /// of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn statements_to_read(&self, limit: usize) -> Result<Vec<Statement>, StoreError> {
        if self.state.read().statements.waiting() == 0 {
            return Ok(Vec::new());
        }
        self.state.write().statements_to_read(limit)
    }

    /// Statements that were not read yet.
    pub fn statements_waiting(&self) -> usize {
        self.state.read().statements.waiting()
    }

    /// Takes in what was read from statements, and publishes what that did to the graph, as
    /// [`Self::apply_all`] does.
    ///
    /// # Errors
    /// When the store fails; nothing can be folded in from then on.
    pub fn take_in_readings(
        &self,
        readings: Vec<Reading>,
        publish: impl FnOnce(Vec<GraphChange>),
    ) -> Result<(), StoreError> {
        let mut state = self.state.write();
        state.sound()?;
        state.poisoned = Some("what was read from SQL was taken in by half".to_owned());
        state.take_in_readings(readings)?;
        state.poisoned = None;
        // Statements tell of any time.
        self.forget_pasts(EventTime(i64::MIN));
        publish(std::mem::take(&mut state.changes));
        Ok(())
    }

    /// The current statements of a job, and how far each could be read.
    pub fn statements_of(&self, job: JobId) -> Vec<StatementView> {
        let state = self.state.read();
        state.statement_views(state.statements_of_job(job).into_iter())
    }

    /// The current statements that made a dataset, and how far each could be read.
    pub fn statements_into(&self, dataset: DatasetId) -> Vec<StatementView> {
        let state = self.state.read();
        state.statement_views(state.statements_into(dataset).into_iter())
    }

    /// Takes note that everything up to `seq` has been seen, where the last events were passed over.
    pub fn advance(&self, seq: u64) {
        let mut state = self.state.write();
        state.applied_seq = state.applied_seq.max(seq);
    }

    /// Writes what changed to the store, in one batch with the offset. Readers and the writer go on
    /// meanwhile: they see what is being written.
    ///
    /// # Errors
    /// When the store fails. Nothing is written from then on, so that the offset in the store never
    /// covers more than the store holds.
    pub fn flush(&self) -> Result<(), StoreError> {
        let _one = self.flushing.lock();
        let (writing, discarded) = {
            let mut state = self.state.write();
            state.sound()?;
            state.stage()?;
            let discarded = std::mem::take(&mut state.discarded);
            (state.records.begin(), discarded)
        };
        drop(discarded);
        let Some(writing) = writing else {
            return Ok(());
        };
        // sled may panic where it should fail; either way the batch is not in the store.
        let written = catch_unwind(AssertUnwindSafe(|| writing.write()));
        let written = written
            .unwrap_or_else(|_| Err(StoreError::Failed("it panicked while writing".to_owned())));
        let mut state = self.state.write();
        match written {
            Ok(()) => {
                let done = state.records.end();
                drop(state);
                drop((writing, done));
                Ok(())
            }
            Err(error) => {
                state.poisoned = Some(format!("a write to the store failed: {error}"));
                Err(error)
            }
        }
    }

    /// The state with every changed record where scans see it.
    pub(super) fn staged(&self) -> Result<RwLockReadGuard<'_, State>, StoreError> {
        let mut state = self.state.write();
        if state.poisoned.is_none() {
            state.stage()?;
        }
        Ok(RwLockWriteGuard::downgrade(state))
    }

    /// Changed records that wait to be written.
    pub fn dirty(&self) -> usize {
        self.state.read().dirty()
    }

    /// The last event that was folded in.
    pub fn applied_seq(&self) -> u64 {
        self.state.read().applied_seq
    }

    /// How many of everything.
    pub fn counts(&self) -> Counts {
        self.state.read().counts()
    }

    /// Bytes that the store takes.
    pub fn store_bytes(&self) -> u64 {
        let store = Arc::clone(self.state.read().records.store());
        store.size_bytes()
    }

    /// The settings it was opened with.
    pub fn options(&self) -> CatalogOptions {
        self.state.read().options.clone()
    }

    /// Hands what was flushed to the operating system; for a clean stop.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sync(&self) -> Result<(), StoreError> {
        let store = Arc::clone(self.state.read().records.store());
        store.flush()
    }

    /// Builds the graph of everything that is current.
    ///
    /// # Errors
    /// When the store fails.
    pub fn build_graph(&self) -> Result<Graph, StoreError> {
        self.state.write().build_graph()
    }
}
