//! Names for numbers: of many datasets, jobs and columns under one lock.

use crate::graph::ColumnRef;
use crate::openlineage::EventTime;

use super::handle::Catalog;
use super::names::{DatasetId, JobId};
use super::state::State;

/// Names by number, under one lock.
pub struct Namer<'s> {
    state: &'s State,
}

impl Catalog {
    /// Names of many datasets, jobs or columns under one lock.
    pub fn names<R>(&self, look: impl FnOnce(&Namer<'_>) -> R) -> R {
        look(&Namer {
            state: &self.state.read(),
        })
    }
}

impl Namer<'_> {
    /// Namespace and name of a dataset.
    pub fn dataset(&self, id: DatasetId) -> (&str, &str) {
        let (namespace, name) = self.state.dataset_names.name(id);
        (self.state.strings.text(namespace), name)
    }

    /// Namespace and name of a job.
    pub fn job(&self, id: JobId) -> (&str, &str) {
        let (namespace, name) = self.state.job_names.name(id);
        (self.state.strings.text(namespace), name)
    }

    /// The name of a column.
    pub fn column(&self, column: ColumnRef) -> &str {
        self.state.column_name(column.dataset, column.ordinal)
    }

    /// An interned text.
    pub fn text(&self, id: u32) -> &str {
        self.state.strings.text(id)
    }

    /// The layer of a dataset.
    pub fn layer(&self, id: DatasetId) -> Option<&str> {
        let layer = match self.state.group_layers.get(&id) {
            Some(told) => told.and_then(|(.., layer)| layer),
            None => self.state.datasets.get(id as usize)?.layer,
        };
        Some(self.state.strings.text(layer?))
    }

    /// Names of the columns that events name of a dataset by this one of its names.
    pub fn own_columns(&self, id: DatasetId) -> Vec<String> {
        let columns = self.state.own_columns(id);
        let name = |(_, column)| self.state.strings.text(column).to_owned();
        columns.map(name).collect()
    }

    /// Names of columns that a dataset had only while it had other names too.
    pub fn hidden_columns(&self, id: DatasetId) -> Vec<String> {
        let hidden = self.state.hidden.get(&id).into_iter().flatten();
        let name = |&ordinal| self.state.column_name(id, ordinal).to_owned();
        hidden.map(name).collect()
    }

    /// Since when a dataset is dropped.
    pub fn dropped_since(&self, id: DatasetId) -> Option<EventTime> {
        self.state.dropped_since(id)
    }

    /// Whether it is in doubt which names are a dataset, or which dataset a name is.
    pub fn is_ambiguous(&self, id: DatasetId) -> bool {
        let identity = &self.state.identity;
        let doubted = |id: &DatasetId| identity.flagged.contains(id) || identity.is_crowded(*id);
        identity.has_doubts() && identity.members(&id).iter().any(doubted)
    }

    /// The dataset that answers show for this one.
    pub fn canonical(&self, id: DatasetId) -> DatasetId {
        self.state.identity.canonical(id)
    }

    /// Numbers of all datasets and jobs: `0..datasets`, `0..jobs`.
    pub fn len(&self) -> (u32, u32) {
        (self.state.dataset_names.len(), self.state.job_names.len())
    }
}
