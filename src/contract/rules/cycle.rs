//! Circles.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use crate::contract::violation::{MAX_STEPS, Step};
use crate::contract::world::Subject;

use super::{Case, Look, Others, by_name};

/// Datasets are made from each other in a circle. One case for all that are in circles with each
/// other, named after the one whose name comes first. A dataset that is made from itself alone is
/// none.
pub(super) fn no_cycle(look: &mut Look<'_>) {
    let world = look.world;
    for mut circle in circles(look) {
        circle.sort_by_key(|&dataset| world.name(Subject::Dataset(dataset)));
        let Some(&first) = circle.first() else {
            continue;
        };
        let steps = around(look, first, &circle);
        look.add(Case {
            subject: Subject::Dataset(first),
            object: None,
            need: steps.len().min(MAX_STEPS),
            steps,
            count: circle.len(),
            detail: None,
            since: None,
        });
    }
}

/// Strongly connected sets of more than one dataset. Flows are nodes of their own, so that a flow of
/// many inputs and outputs is not the product of both.
fn circles(look: &Look<'_>) -> Vec<Vec<u32>> {
    let links = &look.world.links;
    let is_there = |id: &u32| look.world.dataset(*id).is_some();
    let datasets = u32::try_from(look.world.facts.datasets.len()).unwrap_or(u32::MAX);
    let mut graph = DiGraph::<(), (), u32>::default();
    let nodes: Vec<_> = (0..datasets as usize + links.job.len())
        .map(|_| graph.add_node(()))
        .collect();
    for flow in 0..links.job.len() {
        let at = u32::try_from(flow).unwrap_or(u32::MAX);
        let (inputs, outputs) = (links.inputs.row(at), links.outputs.row(at));
        if inputs.is_empty() || outputs.is_empty() {
            continue;
        }
        let node = nodes[datasets as usize + flow];
        for &input in inputs.iter().filter(|id| is_there(id)) {
            graph.add_edge(nodes[input as usize], node, ());
        }
        for &output in outputs.iter().filter(|id| is_there(id)) {
            graph.add_edge(node, nodes[output as usize], ());
        }
    }
    let sets = kosaraju_scc(&graph).into_iter();
    let sets = sets.map(|set| {
        let numbers = set
            .iter()
            .map(|node| u32::try_from(node.index()).unwrap_or(u32::MAX));
        numbers
            .filter(|number| *number < datasets)
            .filter(is_there)
            .collect::<Vec<u32>>()
    });
    sets.filter(|set| set.len() > 1).collect()
}

/// A shortest way around from a dataset back to it.
fn around(look: &Look<'_>, start: u32, circle: &[u32]) -> Vec<Step> {
    let links = &look.world.links;
    let mut within: Vec<u32> = circle.to_vec();
    within.sort_unstable();
    // For each dataset that was reached, from which one and by which flows.
    let mut from: BTreeMap<u32, (u32, Vec<u32>)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        let mut next = Others::new();
        for (to, flow) in links.made_into(at) {
            if to != at && within.binary_search(&to).is_ok() {
                next.entry(to).or_default().push(flow);
            }
        }
        for (to, flows) in by_name(look.world, next) {
            if from.contains_key(&to) {
                continue;
            }
            from.insert(to, (at, flows));
            if to != start {
                queue.push_back(to);
            }
        }
        if from.contains_key(&start) {
            break;
        }
    }
    let mut steps = Vec::new();
    let mut at = start;
    while let Some((before, flows)) = from.remove(&at) {
        steps.push(Step {
            from: before,
            to: Subject::Dataset(at),
            flows,
        });
        at = before;
        if at == start {
            break;
        }
    }
    steps.reverse();
    steps
}
