//! Walks and paths by example, and depths against repeated passes.

use super::{
    Boundary, ColumnLink, ColumnRef, DatasetWalk, Direction, Flow, Graph, GraphChange, Start,
    Stopped, WHOLE_DATASET, Want,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

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

fn depths(walk: &DatasetWalk) -> BTreeMap<Start, u32> {
    walk.nodes.iter().copied().collect()
}

#[test]
fn a_cycle_ends_and_depth_counts_dataset_hops() {
    let flows = [
        flow(0, &[0], &[1]),
        flow(1, &[1], &[2]),
        flow(2, &[2], &[0]),
        flow(3, &[2], &[]),
    ];
    let graph = Graph::build(&[0; 3], &flows, &[]);
    let walk = graph.walk_datasets(Start::Dataset(0), Direction::Downstream, u32::MAX);
    let expected = BTreeMap::from([
        (Start::Dataset(0), 0),
        (Start::Job(0), 1),
        (Start::Dataset(1), 1),
        (Start::Job(1), 2),
        (Start::Dataset(2), 2),
        (Start::Job(2), 3),
        (Start::Job(3), 3),
    ]);
    assert_eq!(depths(&walk), expected);
    assert!(walk.edges.contains(&(Start::Job(2), Start::Dataset(0), 2)));
    let cut = graph.walk_datasets(Start::Dataset(0), Direction::Downstream, 1);
    assert_eq!(cut.nodes.len(), 3);
    let job = graph.walk_datasets(Start::Job(1), Direction::Downstream, 1);
    assert_eq!(
        depths(&job),
        BTreeMap::from([(Start::Job(1), 0), (Start::Dataset(2), 1)])
    );
}

#[test]
fn lineage_of_one_run_does_not_leak_into_another() {
    // One job, two flows: 0 -> 1 and 2 -> 3. Nothing leads from 0 to 3.
    let mut other = flow(1, &[2], &[3]);
    other.job = Some(0);
    let graph = Graph::build(&[0; 4], &[flow(0, &[0], &[1]), other], &[]);
    let walk = graph.walk_datasets(Start::Dataset(0), Direction::Downstream, u32::MAX);
    assert!(!depths(&walk).contains_key(&Start::Dataset(3)));
}

#[test]
fn whole_dataset_inputs_reach_every_column() {
    let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
    let links = [
        ColumnLink {
            from: column(0, 1),
            to: column(1, 1),
            indirect: false,
        },
        ColumnLink {
            from: column(0, 2),
            to: column(1, WHOLE_DATASET),
            indirect: true,
        },
    ];
    let graph = Graph::build(&[2, 3], &[], &links);
    let down = graph.walk_columns(column(0, 2), Direction::Downstream, u32::MAX);
    assert_eq!(down.nodes.len(), 4);
    let up = graph.walk_columns(column(1, 1), Direction::Upstream, u32::MAX);
    let sources: BTreeSet<_> = up.edges.iter().map(|e| (e.0.ordinal, e.2)).collect();
    assert_eq!(sources, BTreeSet::from([(1, false), (2, true)]));
    assert_eq!(graph.column_degrees(column(1, 1)), (2, 0));
    assert_eq!(graph.column_degrees(column(0, 2)), (0, 3));
}

#[test]
fn a_column_walk_says_where_columns_are_unknown() {
    let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
    let declared = Flow {
        declared: true,
        explicit: false,
        job: Some(0),
        ..flow(1, &[0], &[1])
    };
    let flows = [
        flow(0, &[0], &[1]),
        declared,
        flow(2, &[0], &[2]),
        flow(3, &[0], &[]),
    ];
    let links = [ColumnLink {
        from: column(0, 1),
        to: column(1, 1),
        indirect: false,
    }];
    let graph = Graph::build(&[1, 1, 1], &flows, &links);
    let walk = graph.walk_columns(column(0, 1), Direction::Downstream, u32::MAX);
    let boundary = |from, job, to| Boundary {
        from,
        job: Some(job),
        to,
    };
    let expected = [boundary(0, 2, Some(2)), boundary(0, 3, None)];
    assert_eq!(walk.boundary, expected);
    let up = graph.walk_columns(column(2, 1), Direction::Upstream, u32::MAX);
    assert_eq!(up.boundary, [boundary(0, 2, Some(2))]);
}

#[test]
fn a_use_by_a_dataset_without_known_columns_is_a_boundary() {
    let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
    let declared = Flow {
        declared: true,
        explicit: false,
        ..flow(7, &[0], &[1])
    };
    let link = ColumnLink {
        from: column(0, 1),
        to: column(1, WHOLE_DATASET),
        indirect: true,
    };
    let mut graph = Graph::build(&[2, 0], &[declared], &[link]);
    let walk = |graph: &Graph, ordinal| {
        let start = column(0, ordinal);
        graph.walk_columns(start, Direction::Downstream, u32::MAX)
    };
    let found = walk(&graph, 1);
    assert_eq!(found.nodes.len(), 1);
    let expected = Boundary {
        from: 0,
        job: Some(7),
        to: Some(1),
    };
    assert_eq!(found.boundary, [expected]);
    assert!(walk(&graph, 2).boundary.is_empty(), "it is not used there");
    graph.apply(&GraphChange::AddColumn(column(1, 1)));
    let found = walk(&graph, 1);
    assert_eq!(
        (found.nodes.len(), found.boundary),
        (2, vec![]),
        "now there is a column to list"
    );
}

#[test]
fn a_walk_lists_what_is_wanted_and_stops_when_told() {
    let flows: Vec<_> = (0..5_000).map(|n| flow(n, &[n], &[n + 1])).collect();
    let graph = Graph::build(&vec![0; 5_001], &flows, &[]);
    let want = Want {
        nodes: 3,
        ..Want::all(u32::MAX)
    };
    let explore = |want, guard: &mut dyn FnMut(usize) -> bool| {
        graph.explore_datasets(Start::Dataset(0), Direction::Downstream, want, guard)
    };
    let cut = explore(want, &mut |_| true).unwrap();
    assert_eq!((cut.nodes.len(), cut.total), (3, 10_001));
    assert_eq!(
        cut.edges.len(),
        2,
        "edges beyond the listed nodes are left out"
    );
    let count = Want {
        nodes: 0,
        edges: false,
        ..want
    };
    let count = explore(count, &mut |_| true).unwrap();
    assert_eq!((count.total, count.nodes.len()), (10_001, 0));
    assert_eq!(explore(want, &mut |_| false), Err(Stopped));
    let end = Start::Dataset(5_000);
    let path = graph.shortest_path(Start::Dataset(0), end, &mut |_| false);
    assert_eq!(path, Err(Stopped));
}

#[test]
fn only_inputs_times_outputs_is_inferred() {
    let declared = Flow {
        declared: true,
        explicit: false,
        ..flow(3, &[0], &[1])
    };
    let flows = [
        flow(0, &[0], &[1]),
        flow(1, &[0], &[]),
        flow(2, &[], &[1]),
        declared,
    ];
    let graph = Graph::build(&[0; 2], &flows, &[]);
    let told: Vec<_> = (0..4).map(|flow| graph.is_told(flow)).collect();
    assert_eq!(told, [false, true, true, true]);
}

/// Job 0 once made 1 from 0 and once made 3 from 2: that is no way from 0 to 3. The way there is
/// goes through job 1, and is longer.
#[test]
fn a_path_never_mixes_two_flows_of_a_job() {
    let mut other = flow(1, &[2], &[3]);
    other.job = Some(0);
    let mut flows = vec![flow(0, &[0], &[1]), other];
    let graph = Graph::build(&[0; 5], &flows, &[]);
    let path = |graph: &Graph| {
        let (from, to) = (Start::Dataset(0), Start::Dataset(3));
        graph.shortest_path(from, to, &mut |_| true).unwrap()
    };
    assert!(path(&graph).nodes.is_empty());
    flows.push(flow(2, &[1], &[3]));
    let found = path(&Graph::build(&[0; 5], &flows, &[]));
    let nodes: Vec<_> = found.nodes.iter().map(|node| node.0).collect();
    let expected = [
        Start::Dataset(0),
        Start::Job(0),
        Start::Dataset(1),
        Start::Job(2),
        Start::Dataset(3),
    ];
    assert_eq!(nodes, expected);
}

#[test]
fn shortest_paths() {
    let flows = [
        flow(0, &[0], &[1]),
        flow(1, &[1], &[2]),
        flow(2, &[0], &[2]),
        flow(3, &[2], &[3]),
    ];
    let graph = Graph::build(&[0; 5], &flows, &[]);
    let path = |from, to| graph.shortest_path(from, to, &mut |_| true).unwrap();
    let backwards = path(Start::Dataset(3), Start::Dataset(0));
    assert!(backwards.nodes.is_empty());
    let nowhere = path(Start::Dataset(4), Start::Dataset(4));
    assert_eq!((nowhere.nodes.len(), nowhere.total), (1, 1));
    let jobs = path(Start::Job(2), Start::Job(3));
    let expected = [
        (Start::Job(2), 0),
        (Start::Dataset(2), 1),
        (Start::Job(3), 2),
    ];
    assert_eq!(jobs.nodes, expected);
    let path = path(Start::Dataset(0), Start::Dataset(3));
    let chain: Vec<_> = path.nodes.clone();
    let expected = [
        (Start::Dataset(0), 0),
        (Start::Job(2), 1),
        (Start::Dataset(2), 1),
        (Start::Job(3), 2),
        (Start::Dataset(3), 2),
    ];
    assert_eq!(chain, expected);
    assert_eq!(path.edges.len(), 4);
}

#[derive(Debug, Clone)]
enum Step {
    Add(u32),
    Remove(u32),
    Compact,
}

proptest! {
    /// Reference: reachability by repeated passes over plain pairs, on a graph changed step by step
    /// and compacted at random.
    #[test]
    fn walks_agree_with_repeated_passes(
        shapes in prop::collection::vec((prop::collection::btree_set(0_u32..9, 0..4), prop::collection::btree_set(0_u32..9, 0..3)), 1..12),
        steps in prop::collection::vec((0_u32..12, 0_u8..6), 0..30),
        start in 0_u32..9,
        max_depth in 0_u32..6,
    ) {
        let flows: Vec<Flow> = (0..).zip(&shapes).map(|(id, (ins, outs))| Flow {
            id, job: Some(id % 5), declared: false, explicit: false,
            inputs: ins.iter().copied().collect(), outputs: outs.iter().copied().collect(),
        }).collect();
        let steps: Vec<Step> = steps.iter().map(|&(at, kind)| {
            let at = at % u32::try_from(flows.len()).unwrap();
            match kind { 0 => Step::Compact, 1 | 2 => Step::Remove(at), _ => Step::Add(at) }
        }).collect();
        let mut graph = Graph::default();
        let mut live = BTreeSet::new();
        for step in steps {
            match step {
                Step::Compact => graph = graph.compacted(),
                Step::Add(at) => if live.insert(at) { graph.apply(&GraphChange::AddFlow(flows[at as usize].clone())) },
                Step::Remove(at) => if live.remove(&at) { graph.apply(&GraphChange::RemoveFlow(flows[at as usize].clone())) },
            }
        }
        for (direction, back) in [(Direction::Downstream, false), (Direction::Upstream, true)] {
            let mut depth = BTreeMap::from([(Start::Dataset(start), 0)]);
            for round in 1..=max_depth {
                for &id in &live {
                    let flow = &flows[id as usize];
                    let (near, far) = if back { (&flow.outputs, &flow.inputs) } else { (&flow.inputs, &flow.outputs) };
                    if near.iter().any(|n| depth.get(&Start::Dataset(*n)).is_some_and(|d| *d < round)) {
                        depth.entry(Start::Job(flow.job.unwrap())).or_insert(round);
                        for &end in far { depth.entry(Start::Dataset(end)).or_insert(round); }
                    }
                }
            }
            let walk = graph.walk_datasets(Start::Dataset(start), direction, max_depth);
            prop_assert_eq!(depths(&walk), depth);
        }
    }
}

#[test]
fn no_column_path_says_where_columns_end() {
    let flow = Flow {
        id: 0,
        job: Some(0),
        declared: false,
        explicit: false,
        inputs: vec![0],
        outputs: vec![1],
    };
    let graph = Graph::build(&[1, 1], &[flow], &[]);
    let column = |dataset| ColumnRef {
        dataset,
        ordinal: 1,
    };
    let path = graph
        .shortest_column_path(column(0), column(1), &mut |_| true)
        .unwrap();
    assert!(path.nodes.is_empty());
    assert_eq!(path.boundary.len(), 1);
    assert_eq!((path.boundary[0].from, path.boundary[0].to), (0, Some(1)));
}
