//! Changes in the life of datasets as told by lifecycleStateChange facets, and whether one is
//! dropped: the latest drop of any of its names is later than whatever says that it is there.

use crate::openlineage::facets::lifecycle;
use crate::openlineage::{DatasetPart, EventTime};
use crate::project::naming::NameRule;
use crate::store::StoreError;

use super::apply::Context;
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{Change, ChangeKind, DatasetMeta};
use super::state::State;
use super::told::held;

/// The latest drop of a dataset, and the latest sign that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DropState {
    dropped: Option<EventTime>,
    alive: Option<EventTime>,
}

impl DropState {
    /// Since when it is dropped.
    pub fn since(self) -> Option<EventTime> {
        self.dropped.filter(|_| self.dropped > self.alive)
    }
}

impl DatasetMeta {
    /// Joins a change.
    pub fn join_change(&mut self, new: Change) {
        match self
            .changes
            .binary_search_by_key(&new.kind, |change| change.kind)
        {
            Ok(at) => self.changes[at].join(new),
            Err(at) => self.changes.insert(at, new),
        }
    }

    fn last(&self, kind: ChangeKind) -> Option<EventTime> {
        let change = self.changes.iter().find(|change| change.kind == kind);
        change.map(|change| change.last)
    }

    fn alive(&self) -> Option<EventTime> {
        self.written
            .max(self.last(ChangeKind::Create))
            .max(self.last(ChangeKind::Rename))
    }
}

impl State {
    /// Takes in what an event tells of the life of a dataset.
    pub fn told_life(
        &mut self,
        id: DatasetId,
        part: &DatasetPart,
        job: Option<JobId>,
        context: Context,
    ) -> Result<(), StoreError> {
        let told = held(&part.facets, "lifecycleStateChange");
        let told = told.and_then(|facet| lifecycle(&facet.value));
        let kind = told.as_ref().and_then(|told| ChangeKind::of(&told.change));
        let drops = kind == Some(ChangeKind::Drop);
        let writes = context.wrote && !drops;
        if kind.is_none() && !writes {
            return Ok(());
        }
        let anew = matches!(kind, Some(ChangeKind::Create | ChangeKind::Overwrite));
        if writes && (job.is_some() || anew) {
            self.told_write(id, context.time)?;
        }
        let Some(meta) = self.dataset_meta.edit(id) else {
            return Ok(());
        };
        if writes {
            meta.written = meta.written.max(Some(context.time));
        }
        if let Some(kind) = kind {
            meta.join_change(Change {
                kind,
                first: context.time,
                last: context.time,
                hash: context.hash,
                producer: context.producer,
                job,
            });
        }
        let alive = meta.alive();
        let previous = told.filter(|_| kind == Some(ChangeKind::Rename));
        if let Some(previous) = previous
            && let Some(name) = &previous.previous_name
        {
            let namespace = previous.previous_namespace.as_deref();
            self.told_rename(
                id,
                (namespace.unwrap_or(&part.namespace), name),
                job,
                context,
            );
        }
        let node = self.identity.spellings.node(id);
        if writes && self.identity.is_contested(node) {
            // An old name that is written again is a dataset of its own.
            self.identity.dirty.insert(node);
        }
        if drops && self.drops.insert(id) {
            self.records.put(keys::by_id(keys::DROPS, id), Vec::new());
        }
        if self.drops.is_empty() {
            return Ok(());
        }
        let drops = drops && !self.is_partition(id);
        let canonical = self.identity.canonical(id);
        if drops {
            let state = self.drop_states.entry(canonical).or_default();
            if state.dropped.is_none() {
                // The first drop: how its names lived so far has not been looked at.
                self.unsettled_drops.push(canonical);
            }
            state.dropped = state.dropped.max(Some(context.time));
        }
        if let Some(state) = self.drop_states.get_mut(&canonical) {
            state.alive = state.alive.max(alive);
        }
        Ok(())
    }

    /// Whether a name is a part of its dataset only: what is dropped with it is no more than that.
    fn is_partition(&self, id: DatasetId) -> bool {
        let (namespace, name) = self.dataset_names.name(id);
        let namespace = self.strings.text(namespace);
        let rules = &self.options.rules;
        rules.bare(namespace, name) != name && rules.rule(namespace, name) == NameRule::Partition
    }

    /// Works out from all names of a dataset whether it is dropped.
    pub fn settle_drop(&mut self, id: DatasetId) -> Result<(), StoreError> {
        self.drop_states.remove(&id);
        if self.drops.is_empty() {
            return Ok(());
        }
        let members = self.identity.members(&id).to_vec();
        if !members.iter().any(|member| self.drops.contains(member)) {
            return Ok(());
        }
        let mut state = DropState::default();
        for member in members {
            let Some(meta) = self.dataset_meta_of(member)? else {
                continue;
            };
            state.alive = state.alive.max(meta.alive());
            if !self.is_partition(member) {
                state.dropped = state.dropped.max(meta.last(ChangeKind::Drop));
            }
        }
        if state.dropped.is_some() {
            self.drop_states.insert(id, state);
        }
        Ok(())
    }

    /// Looks at datasets of which a drop was told for the first time.
    pub fn settle_drops(&mut self) -> Result<(), StoreError> {
        for id in std::mem::take(&mut self.unsettled_drops) {
            let canonical = self.identity.canonical(id);
            self.settle_drop(canonical)?;
        }
        Ok(())
    }

    /// Since when a dataset is dropped, by its canonical number.
    pub fn dropped_since(&self, id: DatasetId) -> Option<EventTime> {
        self.drop_states.get(&id)?.since()
    }
}
