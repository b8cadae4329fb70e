//! Numbers of columns in their dataset: those that events name, and those that a canonical dataset
//! has because another of its names has them.
//!
//! A number is given once and stays, for what is stored refers to it. So a column that was lent and
//! is no more is hidden, from the graph and from readers, and not taken out.

use crate::graph::{ColumnRef, GraphChange};
use crate::openlineage::EventTime;

use super::columns::NOW;
use super::names::{DatasetId, StringId};
use super::state::{Entity, State, ordinal};

/// Datasets with more columns than this get a table of their names.
const WIDE: usize = 48;

impl State {
    /// The ordinal of a column that an event of that time names.
    pub fn column(&mut self, dataset: DatasetId, name: &str, time: EventTime) -> u32 {
        let name = self.string(name);
        let ordinal = match self.find_or_index(dataset, name) {
            Some(ordinal) => {
                let since = &mut self.datasets[dataset as usize].since[ordinal as usize - 1];
                if time < *since {
                    *since = time;
                    self.dirty_columns.insert(dataset);
                    self.touched.insert(Entity::DatasetFacts(dataset));
                }
                if !self.is_lent(dataset, ordinal) {
                    return ordinal;
                }
                self.own(dataset, ordinal);
                ordinal
            }
            None => self.push_column(dataset, name, time),
        };
        self.counts.columns += 1;
        self.dirty_columns.insert(dataset);
        self.touched.insert(Entity::Columns(dataset));
        let canonical = self.identity.canonical(dataset);
        if canonical != dataset {
            self.lend(canonical, name);
        }
        ordinal
    }

    fn is_lent(&self, dataset: DatasetId, ordinal: u32) -> bool {
        let lent = self.lent.get(&dataset);
        lent.is_some_and(|lent| lent.contains(&ordinal))
    }

    /// Whether readers see a column.
    pub fn is_hidden(&self, dataset: DatasetId, ordinal: u32) -> bool {
        let hidden = self.hidden.get(&dataset);
        hidden.is_some_and(|hidden| hidden.contains(&ordinal))
    }

    /// Makes a column that was lent the dataset's own.
    fn own(&mut self, dataset: DatasetId, ordinal: u32) {
        if let Some(lent) = self.lent.get_mut(&dataset) {
            lent.remove(&ordinal);
        }
        self.show(dataset, ordinal);
    }

    fn show(&mut self, dataset: DatasetId, ordinal: u32) {
        let hidden = self.hidden.get_mut(&dataset);
        if hidden.is_some_and(|hidden| hidden.remove(&ordinal)) {
            let column = ColumnRef { dataset, ordinal };
            self.changes.push(GraphChange::AddColumn(column));
        }
    }

    /// The ordinal of a column by its interned name, hidden or not.
    pub fn find_column(&self, dataset: DatasetId, name: StringId) -> Option<u32> {
        if let Some(table) = self.wide.get(&dataset) {
            return table.get(&name).copied();
        }
        let columns = &self.datasets.get(dataset as usize)?.columns;
        let at = columns.iter().position(|&held| held == name)?;
        Some(ordinal(at + 1))
    }

    /// As [`Self::find_column`], and makes the table of a wide dataset.
    fn find_or_index(&mut self, dataset: DatasetId, name: StringId) -> Option<u32> {
        let columns = &self.datasets[dataset as usize].columns;
        if columns.len() > WIDE {
            self.wide
                .entry(dataset)
                .or_insert_with(|| columns.iter().copied().zip(1..).collect());
        }
        self.find_column(dataset, name)
    }

    fn push_column(&mut self, dataset: DatasetId, name: StringId, since: EventTime) -> u32 {
        let hot = &mut self.datasets[dataset as usize];
        hot.since.push(since);
        let columns = &mut hot.columns;
        columns.push(name);
        let new = ordinal(columns.len());
        if let Some(table) = self.wide.get_mut(&dataset) {
            table.insert(name, new);
        }
        self.changes.push(GraphChange::AddColumn(ColumnRef {
            dataset,
            ordinal: new,
        }));
        new
    }

    /// Gives a canonical dataset a column that another of its names has.
    pub fn lend(&mut self, canonical: DatasetId, name: StringId) {
        let Some(ordinal) = self.find_or_index(canonical, name) else {
            let ordinal = self.push_column(canonical, name, NOW);
            self.lent.entry(canonical).or_default().insert(ordinal);
            self.dirty_columns.insert(canonical);
            return;
        };
        self.show(canonical, ordinal);
    }

    /// Hides every column that a dataset was lent.
    pub fn take_back(&mut self, dataset: DatasetId) {
        let Some(lent) = self.lent.get(&dataset) else {
            return;
        };
        let hidden = self.hidden.entry(dataset).or_default();
        for &ordinal in lent {
            if hidden.insert(ordinal) {
                let column = ColumnRef { dataset, ordinal };
                self.changes.push(GraphChange::RemoveColumn(column));
            }
        }
    }

    /// The names of the columns that events name of a dataset.
    pub fn own_columns(&self, dataset: DatasetId) -> impl Iterator<Item = (u32, StringId)> + '_ {
        let columns = self.datasets.get(dataset as usize);
        let columns = columns.map(|d| d.columns.as_slice()).unwrap_or_default();
        (1..)
            .zip(columns.iter().copied())
            .filter(move |&(ordinal, _)| !self.is_lent(dataset, ordinal))
    }

    /// The columns that readers see of a dataset, in order of their ordinals, each with the time of
    /// the first event that names it, by whichever name of the dataset.
    pub fn columns_since(&self, id: DatasetId) -> Vec<(u32, StringId, EventTime)> {
        let id = self.identity.canonical(id);
        let Some(hot) = self.datasets.get(id as usize) else {
            return Vec::new();
        };
        let mut columns: Vec<_> = (1..)
            .zip(hot.columns.iter().copied())
            .zip(hot.since.iter().copied())
            .map(|((ordinal, name), since)| (ordinal, name, since))
            .collect();
        for &member in self.identity.members(&id).iter().filter(|&&m| m != id) {
            for (ordinal, name) in self.own_columns(member) {
                let since = self.datasets[member as usize].since[ordinal as usize - 1];
                if let Some(at) = self.find_column(id, name) {
                    let held = &mut columns[at as usize - 1].2;
                    *held = since.min(*held);
                }
            }
        }
        columns.retain(|&(ordinal, ..)| !self.is_hidden(id, ordinal));
        columns
    }

    /// How many columns readers see of a dataset.
    pub fn visible_columns(&self, dataset: DatasetId) -> usize {
        let all = self.datasets.get(dataset as usize);
        let hidden = self.hidden.get(&dataset);
        let hidden = hidden.map_or(0, std::collections::HashSet::len);
        all.map_or(0, |d| d.columns.len()) - hidden
    }

    /// The column by which the graph knows one.
    pub fn canonical_column(&self, column: ColumnRef) -> ColumnRef {
        let dataset = self.identity.canonical(column.dataset);
        if dataset == column.dataset || column.ordinal == crate::graph::WHOLE_DATASET {
            return ColumnRef { dataset, ..column };
        }
        let own = &self.datasets[column.dataset as usize].columns;
        let name = own.get(column.ordinal as usize - 1);
        let lent = name.and_then(|&name| self.find_column(dataset, name));
        debug_assert!(lent.is_some(), "a column of a name is lent to its dataset");
        lent.map_or(column, |ordinal| ColumnRef { dataset, ordinal })
    }
}
