//! What is next to what: neighbours across the jobs between datasets, for drawing a part of the
//! graph. A job is a neighbour itself only where its flow has no other end (a dashboard, a
//! generator); otherwise it is told by the edge.

use super::columns::{ColumnRef, WHOLE_DATASET};
use super::snapshot::{ColumnLink, Graph};
use super::walk::{Direction, Start};

/// A neighbour and the flow that makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// The neighbour.
    pub node: Start,
    /// The flow between.
    pub flow: u32,
}

impl Graph {
    /// The neighbours of a node one hop away, without itself. One neighbour may stand several times,
    /// once for each flow.
    pub fn near(&self, node: Start, direction: Direction) -> Vec<Near> {
        let mut found = Vec::new();
        match node {
            Start::Dataset(dataset) => {
                let flows = match direction {
                    Direction::Downstream => self.flows_from(dataset),
                    Direction::Upstream => self.flows_into(dataset),
                };
                for flow in flows {
                    self.far_side(flow, direction, dataset, &mut found);
                }
            }
            Start::Job(job) => {
                for flow in self.flows_of(job) {
                    let ends = self.ends_of(flow, direction);
                    found.extend(ends.into_iter().map(|end| Near {
                        node: Start::Dataset(end),
                        flow,
                    }));
                }
            }
        }
        found
    }

    fn ends_of(&self, flow: u32, direction: Direction) -> Vec<u32> {
        match direction {
            Direction::Downstream => self.flow_outputs(flow),
            Direction::Upstream => self.flow_inputs(flow),
        }
    }

    fn far_side(&self, flow: u32, direction: Direction, itself: u32, found: &mut Vec<Near>) {
        let ends = self.ends_of(flow, direction);
        if ends.is_empty() {
            found.extend(self.job_of(flow).map(|job| Near {
                node: Start::Job(job),
                flow,
            }));
            return;
        }
        let others = ends.into_iter().filter(|&end| end != itself);
        found.extend(others.map(|end| Near {
            node: Start::Dataset(end),
            flow,
        }));
    }

    /// How many different neighbours a node has one hop away.
    pub fn near_count(&self, node: Start, direction: Direction) -> usize {
        let near = self.near(node, direction);
        let nodes: ahash::HashSet<Start> = near.into_iter().map(|near| near.node).collect();
        nodes.len()
    }

    /// Column edges that leave the columns of a dataset.
    pub fn links_from(&self, dataset: u32) -> Vec<ColumnLink> {
        let mut links = Vec::new();
        let whole = ColumnRef {
            dataset,
            ordinal: WHOLE_DATASET,
        };
        let numbers = self.space.number(whole).into_iter();
        for number in numbers.chain(self.space.columns_of(dataset)) {
            let from = self.space.column(number);
            self.forward.each(number, |to, indirect| {
                let to = self.space.column(to);
                links.push(ColumnLink { from, to, indirect });
            });
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::Flow;
    use super::*;

    fn flow(id: u32, inputs: &[u32], outputs: &[u32]) -> Flow {
        Flow {
            id,
            job: Some(id),
            declared: false,
            explicit: false,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
        }
    }

    #[test]
    fn jobs_without_another_end_are_neighbours_and_a_dataset_is_not_its_own() {
        let flows = [
            flow(0, &[0, 1], &[1]),
            flow(1, &[1], &[]),
            flow(2, &[], &[0]),
        ];
        let graph = Graph::build(&[1, 1], &flows, &[]);
        let down = |node| graph.near(node, Direction::Downstream);
        assert_eq!(
            down(Start::Dataset(0)),
            [Near {
                node: Start::Dataset(1),
                flow: 0
            }]
        );
        assert_eq!(
            down(Start::Dataset(1)),
            [Near {
                node: Start::Job(1),
                flow: 1
            }]
        );
        let up = graph.near(Start::Dataset(0), Direction::Upstream);
        assert_eq!(
            up,
            [Near {
                node: Start::Job(2),
                flow: 2
            }]
        );
        let start = Start::Dataset(1);
        assert_eq!(graph.near_count(start, Direction::Upstream), 1);
    }

    #[test]
    fn links_of_columns_and_of_the_whole_dataset() {
        let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
        let link = |from, to, indirect| ColumnLink { from, to, indirect };
        let links = [
            link(column(0, 1), column(1, 1), false),
            link(column(0, 2), column(1, 0), true),
        ];
        let graph = Graph::build(&[2, 1], &[], &links);
        assert_eq!(graph.links_from(0), links);
        assert_eq!(graph.links_from(1), []);
    }
}
