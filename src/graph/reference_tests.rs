//! Walks, paths and columns against slow, obvious references: repeated passes over plain lists until
//! nothing changes. Small graphs, many cycles, some changes applied to a delta.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    ColumnLink, ColumnRef, DatasetWalk, Direction, Flow, Graph, GraphChange, Start, WHOLE_DATASET,
    Walk, Want,
};

const DATASETS: u32 = 7;

/// Flows over few datasets and fewer jobs, so that jobs have several flows and cycles are common.
fn flows() -> impl Strategy<Value = Vec<Flow>> {
    let side = || prop::collection::btree_set(0..DATASETS, 0..3);
    let flow = (side(), side(), prop::option::weighted(0.8, 0_u32..4));
    prop::collection::vec(flow, 1..10).prop_map(|shapes| {
        (0..)
            .zip(shapes)
            .map(|(id, (inputs, outputs, job))| Flow {
                id,
                job,
                declared: false,
                explicit: false,
                inputs: inputs.into_iter().collect(),
                outputs: outputs.into_iter().collect(),
            })
            .collect()
    })
}

fn start() -> impl Strategy<Value = Start> {
    prop_oneof![
        (0..DATASETS).prop_map(Start::Dataset),
        (0_u32..4).prop_map(Start::Job)
    ]
}

/// The first flows make the base, the others the delta.
fn build(flows: &[Flow]) -> Graph {
    let (base, delta) = flows.split_at(flows.len() / 2);
    let mut graph = Graph::build(&[0; DATASETS as usize], base, &[]);
    for flow in delta {
        graph.apply(&GraphChange::AddFlow(flow.clone()));
    }
    graph
}

type Edge = (Start, Start, u32);

/// Depths and edges downstream of `start`, by as many passes as there are hops.
fn reach(flows: &[Flow], start: Start, max_depth: u32) -> (BTreeMap<Start, u32>, BTreeSet<Edge>) {
    let (mut depths, mut edges) = (BTreeMap::from([(start, 0)]), BTreeSet::new());
    for round in 1..=max_depth.min(20) {
        for flow in flows {
            let job = flow.job.map(Start::Job);
            let mut near: Vec<Start> = flow.inputs.iter().map(|&d| Start::Dataset(d)).collect();
            near.retain(|n| depths.get(n).is_some_and(|&depth| depth < round));
            let started = round == 1 && job == Some(start);
            if near.is_empty() && !started {
                continue;
            }
            if let Some(job) = job {
                depths.entry(job).or_insert(round);
                edges.extend(near.iter().map(|&n| (n, job, flow.id)));
            }
            for &output in &flow.outputs {
                let output = Start::Dataset(output);
                depths.entry(output).or_insert(round);
                match job {
                    Some(job) => _ = edges.insert((job, output, flow.id)),
                    None => edges.extend(near.iter().map(|&n| (n, output, flow.id))),
                }
            }
        }
    }
    (depths, edges)
}

/// Hops of a shortest way over whole flows: the fewest passes after which `to` is reached.
fn distance(flows: &[Flow], from: Start, to: Start) -> Option<u32> {
    reach(flows, from, 20).0.get(&to).copied()
}

fn named(walk: Walk<Start>) -> (BTreeMap<Start, u32>, BTreeSet<Edge>) {
    let walk = DatasetWalk::from(walk);
    (
        walk.nodes.into_iter().collect(),
        walk.edges.into_iter().collect(),
    )
}

fn turned(flows: &[Flow]) -> Vec<Flow> {
    let turn = |flow: &Flow| Flow {
        inputs: flow.outputs.clone(),
        outputs: flow.inputs.clone(),
        ..flow.clone()
    };
    flows.iter().map(turn).collect()
}

/// That each hop of a path is made by one flow.
fn assert_hops(path: &Walk<Start>) {
    let by_pair = |from: usize, to: usize| -> BTreeSet<u32> {
        let edges = path.edges.iter();
        edges
            .filter(|e| (e.from as usize, e.to as usize) == (from, to))
            .map(|e| e.by)
            .collect()
    };
    let place = |node: Start| path.nodes.iter().position(|n| n.0 == node).unwrap();
    for (job, &(node, _)) in path.nodes.iter().enumerate() {
        if !matches!(node, Start::Job(_)) {
            continue;
        }
        let inputs = path
            .nodes
            .iter()
            .filter(|n| !by_pair(place(n.0), job).is_empty());
        let outputs: Vec<_> = path
            .nodes
            .iter()
            .filter(|n| !by_pair(job, place(n.0)).is_empty())
            .collect();
        for input in inputs.filter(|_| !outputs.is_empty() && job + 1 < path.nodes.len()) {
            let into = by_pair(place(input.0), job);
            let shared = outputs
                .iter()
                .any(|o| !by_pair(job, place(o.0)).is_disjoint(&into));
            assert!(shared, "{path:?}");
        }
    }
}

proptest! {
    #[test]
    fn dataset_walks(flows in flows(), start in start(), max_depth in 0_u32..6, limit in 1_usize..12) {
        let graph = build(&flows);
        for direction in [Direction::Downstream, Direction::Upstream] {
            let explore = |want| graph.explore_datasets(start, direction, want, &mut |_| true).unwrap();
            let (depths, mut edges) = match direction {
                Direction::Downstream => reach(&flows, start, max_depth),
                Direction::Upstream => reach(&turned(&flows), start, max_depth),
            };
            if direction == Direction::Upstream {
                edges = edges.into_iter().map(|(a, b, flow)| (b, a, flow)).collect();
            }
            let all = explore(Want::all(max_depth));
            prop_assert_eq!(all.total, depths.len());
            prop_assert!(all.nodes.is_sorted_by_key(|node| node.1));
            prop_assert_eq!(&all.edges.len(), &edges.len(), "each edge once");
            prop_assert_eq!(named(all.clone()), (depths, edges.clone()));

            let cut = explore(Want { nodes: limit, ..Want::all(max_depth) });
            prop_assert_eq!(cut.total, all.total);
            prop_assert_eq!(&cut.nodes[..], &all.nodes[..limit.min(all.nodes.len())]);
            let listed: BTreeSet<Start> = cut.nodes.iter().map(|node| node.0).collect();
            edges.retain(|edge| listed.contains(&edge.0) && listed.contains(&edge.1));
            prop_assert_eq!(named(cut).1, edges);
        }
    }

    #[test]
    fn paths_are_shortest_and_of_whole_flows(flows in flows(), from in start(), to in start()) {
        let graph = build(&flows);
        let path = graph.shortest_path(from, to, &mut |_| true).unwrap();
        prop_assert_eq!(path.nodes.last().map(|node| node.1), distance(&flows, from, to));
        if path.nodes.is_empty() {
            return Ok(());
        }
        prop_assert_eq!(path.nodes[0].0, from);
        let (_, known) = reach(&flows, from, 20);
        let (_, edges) = named(path.clone());
        prop_assert!(edges.is_subset(&known));
        assert_hops(&path);
    }

    #[test]
    fn column_walks_and_paths(
        counts in prop::collection::vec(0_u32..3, 4),
        links in prop::collection::btree_set((0_u32..4, 1_u32..3, 0_u32..4, 0_u32..3, any::<bool>()), 0..14),
        start in (0_u32..4, 1_u32..3),
        max_depth in 0_u32..5,
    ) {
        let exists = |dataset: u32, ordinal: u32| ordinal <= counts[dataset as usize];
        let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
        prop_assume!(exists(start.0, start.1));
        let links: Vec<ColumnLink> = links.iter()
            .filter(|l| exists(l.0, l.1) && exists(l.2, l.3))
            .map(|l| ColumnLink { from: column(l.0, l.1), to: column(l.2, l.3), indirect: l.4 })
            .collect();
        let (base, delta) = links.split_at(links.len() / 2);
        let mut graph = Graph::build(&counts, &[], base);
        for &link in delta {
            graph.apply(&GraphChange::AddLink(link));
        }
        // What points at a whole dataset points at each of its columns.
        let plain: BTreeSet<(ColumnRef, ColumnRef, bool)> = links.iter().flat_map(|link| {
            let all = 1..=counts[link.to.dataset as usize];
            let whole = link.to.ordinal == WHOLE_DATASET;
            let targets: Vec<u32> = if whole { all.collect() } else { vec![link.to.ordinal] };
            targets.into_iter().map(|to| (link.from, column(link.to.dataset, to), link.indirect))
        }).collect();
        let start = column(start.0, start.1);
        for direction in [Direction::Downstream, Direction::Upstream] {
            let (mut depths, mut edges) = (BTreeMap::from([(start, 0)]), BTreeSet::new());
            for round in 1..=max_depth {
                for &(from, to, indirect) in &plain {
                    let (near, far) = match direction {
                        Direction::Downstream => (from, to),
                        Direction::Upstream => (to, from),
                    };
                    if depths.get(&near).is_some_and(|&depth| depth < round) {
                        depths.entry(far).or_insert(round);
                        edges.insert((from, to, indirect));
                    }
                }
            }
            let walk = graph.walk_columns(start, direction, max_depth);
            prop_assert_eq!(walk.nodes.iter().copied().collect::<BTreeMap<_, _>>(), depths.clone());
            prop_assert_eq!(walk.edges.len(), edges.len());
            prop_assert_eq!(walk.edges.into_iter().collect::<BTreeSet<_>>(), edges);
            if direction == Direction::Downstream && max_depth == 4 {
                for (&to, &depth) in depths.iter().filter(|node| *node.1 < 4) {
                    let path = graph.shortest_column_path(start, to, &mut |_| true).unwrap();
                    prop_assert_eq!(path.nodes.last(), Some(&(to, depth)));
                    prop_assert!((1..).zip(&path.nodes[1..]).all(|(n, node)| node.1 == n));
                }
            }
        }
    }
}
