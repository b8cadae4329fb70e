//! How a change goes on from what it has reached: by which flows, and how surely.

use ahash::HashSet;

use super::{By, Level, Mode, Node, Reached, Walker};
use crate::impact::net::{Edge, Flow, When};

impl Walker<'_> {
    /// What the reader by a flow comes to, when what it reads is at a level; `None` when it is not
    /// affected by it.
    fn step(&self, flow: u32, level: Level) -> Option<Level> {
        let held = &self.net.flows[flow as usize];
        let level = if held.tests {
            self.tested(held, level)?
        } else {
            level
        };
        let adapted = level != Level::Value && self.touched.adapted.contains(&flow);
        let takes_it = self.mode == Mode::Retype && self.is_built(held);
        match held.when {
            // What is handled is followed within the code alone.
            When::Observed | When::Head if level == Level::Handled => None,
            When::Observed if adapted => Some(Level::Handled),
            When::Head if takes_it => Some(Level::Value),
            When::Observed | When::Head => Some(level),
            When::Base if level == Level::Value => None,
            When::Base => Some(Level::Handled),
        }
    }

    /// A test minds no other values. Another type it may not be able to take, unless what it tests
    /// was built with it.
    fn tested(&self, flow: &Flow, level: Level) -> Option<Level> {
        if level == Level::Value {
            return None;
        }
        if self.mode != Mode::Retype || level != Level::Breaks {
            return Some(level);
        }
        let built = flow.inputs.iter().all(|input| self.was_built(*input));
        (!built).then_some(Level::MayBreak)
    }

    fn was_built(&self, dataset: u32) -> bool {
        let model = self.net.datasets[dataset as usize].model;
        model.is_some_and(|model| self.net.built.contains(&model))
    }

    fn is_built(&self, flow: &Flow) -> bool {
        let built = |&output: &u32| self.was_built(output);
        !flow.outputs.is_empty() && flow.outputs.iter().all(built)
    }

    pub(super) fn leave_column(&mut self, column: u32, reached: Reached, place: usize) {
        let net = self.net;
        let own = net.columns[column as usize].0;
        if reached.level == Level::Handled && !self.touched.column(net, column) {
            return;
        }
        for edge in &net.edges[column as usize] {
            let Some(level) = self.step(edge.flow, reached.level) else {
                continue;
            };
            self.follow(edge, level, reached.depth + 1, place);
        }
        if reached.level != Level::Handled {
            self.readers_without_columns(own, reached.level, reached.depth, Some(place));
        }
    }

    fn follow(&mut self, edge: &Edge, level: Level, depth: u32, place: usize) {
        let by = By {
            flow: Some(edge.flow),
            indirect: edge.indirect,
            whole: false,
        };
        if let Some(who) = self.net.flows[edge.flow as usize].who {
            self.push(Node::Who(who), level, depth, Some(place), by);
        }
        if let Some(column) = edge.column {
            return self.push(Node::Column(column), level, depth, Some(place), by);
        }
        let Some(dataset) = edge.dataset else { return };
        let columns = &self.net.datasets[dataset as usize].columns;
        if columns.is_empty() {
            return self.push(Node::Dataset(dataset), level, depth, Some(place), by);
        }
        for &column in columns {
            self.push(Node::Column(column), level, depth, Some(place), by);
        }
    }

    /// Who reads a dataset without telling which columns.
    pub(super) fn readers_without_columns(
        &mut self,
        dataset: u32,
        level: Level,
        depth: u32,
        place: Option<usize>,
    ) {
        if !self.bounds.insert((dataset, level)) {
            return;
        }
        let net = self.net;
        let flows = &net.read_by[dataset as usize];
        let told: HashSet<(Option<u32>, u32)> = flows
            .iter()
            .map(|&flow| &net.flows[flow as usize])
            .filter(|flow| flow.columns_told && flow.when == When::Observed)
            .flat_map(|flow| flow.outputs.iter().map(move |&output| (flow.who, output)))
            .collect();
        for &id in flows {
            let flow = &net.flows[id as usize];
            if flow.links_only || (flow.columns_told && !flow.gaps) {
                continue;
            }
            let may = if flow.gaps {
                Level::Unknown
            } else {
                Level::MayBreak
            };
            let lowered = match level {
                Level::Breaks => may,
                level => level,
            };
            let Some(level) = self.step(id, lowered) else {
                continue;
            };
            if level == Level::Handled && flow.gaps {
                continue;
            }
            let outputs: Vec<u32> = flow
                .outputs
                .iter()
                .copied()
                .filter(|&output| !told.contains(&(flow.who, output)))
                .collect();
            if outputs.is_empty() && !flow.outputs.is_empty() {
                continue;
            }
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, depth + 1, place, by);
            }
            for output in outputs {
                self.push(Node::Dataset(output), level, depth + 1, place, by);
            }
        }
    }

    /// From a dataset of which all, or something that is not known, is affected.
    pub(super) fn leave_dataset(&mut self, dataset: u32, reached: Reached, place: usize) {
        let net = self.net;
        let by = By {
            flow: reached.flow,
            ..By::default()
        };
        if reached.whole && reached.level != Level::Handled {
            for &column in &net.datasets[dataset as usize].columns {
                self.push(
                    Node::Column(column),
                    reached.level,
                    reached.depth,
                    Some(place),
                    by,
                );
            }
        }
        if reached.level == Level::Handled && !self.touched.datasets.contains(&dataset) {
            return;
        }
        for &id in &net.read_by[dataset as usize] {
            let flow = &net.flows[id as usize];
            let Some(level) = self.step(id, reached.level) else {
                continue;
            };
            let by = By::flow(id);
            if let Some(who) = flow.who {
                self.push(Node::Who(who), level, reached.depth + 1, Some(place), by);
            }
            if flow.links_only {
                continue;
            }
            // Values are other ones in the columns that are reached by their edges.
            if level == Level::Value && reached.whole && flow.columns_told && !flow.gaps {
                continue;
            }
            // Who reads what is gone fails, and nothing that it writes is made. Further on it is
            // known of datasets alone.
            let fails = reached.whole && reached.before.is_none() && level == Level::Breaks;
            let level = if level == Level::Breaks && !fails {
                Level::MayBreak
            } else {
                level
            };
            let by = By { whole: fails, ..by };
            for &output in &flow.outputs {
                self.push(
                    Node::Dataset(output),
                    level,
                    reached.depth + 1,
                    Some(place),
                    by,
                );
            }
        }
    }
}
