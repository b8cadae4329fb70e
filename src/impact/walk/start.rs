//! Where a change begins: what it is about, or who reads or writes that.

use std::cmp::Reverse;

use super::{By, Level, Mode, Node, Walker};
use crate::impact::net::When;
use crate::impact::{Change, Kind};

impl Walker<'_> {
    pub(super) fn start(&mut self, change: &Change) {
        let level = match self.mode {
            Mode::Value => Level::Value,
            Mode::Break | Mode::Retype => Level::Breaks,
        };
        if change.kind.is_of_job() {
            for &flow in self.net.of_job.get(&change.of).into_iter().flatten() {
                for &output in &self.net.flows[flow as usize].outputs {
                    self.push(
                        Node::Dataset(output),
                        level,
                        1,
                        None,
                        By {
                            flow: Some(flow),
                            ..By::change()
                        },
                    );
                }
            }
            return;
        }
        let Some(dataset) = self.net.find(&change.of) else {
            return;
        };
        match &change.kind {
            Kind::ColumnRemoved(column)
            | Kind::ColumnRenamed(column, _)
            | Kind::ColumnRetyped(column, ..)
            | Kind::ColumnNullable(column)
            | Kind::ColumnRederived(column) => match self.net.find_column(dataset, column) {
                Some(column) => self.push(Node::Column(column), level, 0, None, By::change()),
                // No edge names it; who reads the dataset without telling columns may read it.
                None => self.readers_without_columns(dataset, level, 0, None),
            },
            Kind::RowsChanged
            | Kind::Materialization(..)
            | Kind::DatasetRemoved
            | Kind::DatasetRenamed(_) => {
                self.push(Node::Dataset(dataset), level, 0, None, By::change())
            }
            Kind::ColumnRequired(_) => self.writers(dataset),
            Kind::ColumnsReordered => {
                self.readers_without_columns(dataset, Level::Breaks, 0, None);
                self.stop_here();
            }
            Kind::AccessNarrowed(..) | Kind::ContractDropped => {
                let level = if change.kind == Kind::ContractDropped {
                    Level::Value
                } else {
                    Level::MayBreak
                };
                self.readers_outside(dataset, level);
                self.stop_here();
            }
            Kind::ColumnAdded(_) | Kind::DatasetAdded | Kind::JobRemoved | Kind::JobChanged => {}
        }
    }

    /// Takes what waits as found, without going on from there.
    fn stop_here(&mut self) {
        while let Some(Reverse((.., at))) = self.queue.pop() {
            self.take(self.waiting[at]);
        }
    }

    /// Who writes a dataset, and is not changed along with it.
    fn writers(&mut self, dataset: u32) {
        for &id in &self.net.written_by[dataset as usize] {
            let flow = &self.net.flows[id as usize];
            if flow.when == When::Observed
                && !self.touched.adapted.contains(&id)
                && let Some(who) = flow.who
            {
                let by = By::flow(id);
                self.push(Node::Who(who), Level::MayBreak, 1, None, by);
            }
        }
        self.stop_here();
    }

    /// Who reads a dataset and is not part of the code.
    fn readers_outside(&mut self, dataset: u32, level: Level) {
        for &id in &self.net.read_by[dataset as usize] {
            let flow = &self.net.flows[id as usize];
            if flow.when != When::Observed || flow.links_only {
                continue;
            }
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, 1, None, by);
            }
            for &output in &flow.outputs {
                self.push(Node::Dataset(output), level, 1, None, by);
            }
        }
    }
}
