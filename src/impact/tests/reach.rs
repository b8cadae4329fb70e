//! Removing a column of a random estate flags what a slow, obvious search reaches, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::build::*;
use crate::impact::{Evidence, FORMAT, Flow, Job, Kind, Observed, ObservedColumn, ObservedDataset};

const DATASETS: u32 = 6;
const COLUMNS: u32 = 3;

fn flow() -> impl Strategy<Value = Flow> {
    let side = || prop::collection::btree_set(0..DATASETS, 0..3);
    let link = (
        0..8_usize,
        0..COLUMNS,
        0..8_usize,
        prop::option::weighted(0.8, 0..COLUMNS),
        any::<bool>(),
    );
    let links = prop::collection::vec(link, 0..4);
    (
        side(),
        side(),
        links,
        prop::option::weighted(0.9, 0_u32..4),
        any::<bool>(),
        0..5_u32,
    )
        .prop_map(|(inputs, outputs, links, job, told, sql)| {
            let inputs: Vec<u32> = inputs.into_iter().collect();
            let outputs: Vec<u32> = outputs.into_iter().collect();
            // The last dataset has no columns.
            let at = |side: &[u32], n: usize| side.get(n % side.len().max(1)).copied();
            let links: Vec<_> = links
                .into_iter()
                .filter_map(|(from, column, to, made, indirect)| {
                    let (from, to) = (at(&inputs, from)?, at(&outputs, to)?);
                    let made = made.filter(|_| to != DATASETS - 1);
                    (from != DATASETS - 1).then_some((from, column, to, made, indirect))
                })
                .collect();
            let links_only = sql == 0 && !links.is_empty();
            Flow {
                job,
                columns_told: !links.is_empty() && !links_only,
                told: told || !links.is_empty(),
                links_only,
                inputs,
                outputs,
                links,
                evidence: Evidence::default(),
            }
        })
}

fn estate(flows: Vec<Flow>) -> Observed {
    let datasets = (0..DATASETS).map(|at| ObservedDataset {
        name: name(&format!("d{at}")),
        columns: (0..if at == DATASETS - 1 { 0 } else { COLUMNS })
            .map(|column| ObservedColumn {
                name: format!("c{column}"),
                data_type: None,
            })
            .collect(),
        ..ObservedDataset::default()
    });
    Observed {
        headwater_graph: FORMAT,
        datasets: datasets.collect(),
        jobs: (0..4)
            .map(|at| Job {
                name: name(&format!("j{at}")),
                ..Job::default()
            })
            .collect(),
        flows,
        ..Observed::default()
    }
}

/// What is reached, by going over all flows until nothing is new.
fn reach(estate: &Observed, dataset: u32, column: u32) -> BTreeSet<String> {
    let mut columns = BTreeSet::from([(dataset, column)]);
    let mut datasets: BTreeSet<u32> = BTreeSet::new();
    let mut jobs: BTreeSet<u32> = BTreeSet::new();
    let told = |job: Option<u32>, input: u32, output: u32| {
        estate.flows.iter().any(|flow| {
            flow.columns_told
                && flow.job == job
                && flow.inputs.contains(&input)
                && flow.outputs.contains(&output)
        })
    };
    loop {
        let before = (columns.len(), datasets.len(), jobs.len());
        for flow in &estate.flows {
            for &(from, read, to, made, _) in &flow.links {
                if !columns.contains(&(from, read)) {
                    continue;
                }
                jobs.extend(flow.job);
                let all = &estate.datasets[to as usize].columns;
                match made {
                    Some(made) => _ = columns.insert((to, made)),
                    None if all.is_empty() => _ = datasets.insert(to),
                    None => columns.extend((0..COLUMNS).map(|column| (to, column))),
                }
            }
            for &input in &flow.inputs {
                if datasets.contains(&input) {
                    jobs.extend(flow.job);
                    if !flow.links_only {
                        datasets.extend(&flow.outputs);
                    }
                }
                let by_columns = columns.iter().any(|&(dataset, _)| dataset == input);
                if !by_columns || flow.columns_told || flow.links_only {
                    continue;
                }
                let new = flow
                    .outputs
                    .iter()
                    .filter(|&&out| !told(flow.job, input, out));
                let new: Vec<u32> = new.copied().collect();
                if !new.is_empty() || flow.outputs.is_empty() {
                    jobs.extend(flow.job);
                }
                datasets.extend(new);
            }
        }
        // A dataset without columns that is affected for sure is affected as a whole.
        if before == (columns.len(), datasets.len(), jobs.len()) {
            break;
        }
    }
    columns.remove(&(dataset, column));
    let columns = columns.iter().map(|(d, c)| format!("d{d}.c{c}"));
    let datasets = datasets.iter().map(|d| format!("d{d}"));
    let jobs = jobs.iter().map(|j| format!("j{j}"));
    columns.chain(datasets).chain(jobs).collect()
}

proptest! {
    #[test]
    fn removing_a_column_flags_what_a_search_reaches(
        flows in prop::collection::vec(flow(), 0..10),
        dataset in 0..DATASETS - 1,
        column in 0..COLUMNS,
    ) {
        let estate = estate(flows);
        let change = removed(&format!("d{dataset}"), &format!("c{column}"));
        let report = judge(&set(vec![change]), &estate);
        let flagged: BTreeSet<String> = report.findings[0]
            .affected
            .iter()
            .map(crate::impact::report::Affected::shown)
            .collect();
        prop_assert_eq!(flagged, reach(&estate, dataset, column));
    }

    #[test]
    fn adding_a_column_flags_nothing(
        flows in prop::collection::vec(flow(), 0..10),
        dataset in 0..DATASETS,
    ) {
        let added = change(&format!("d{dataset}"), Kind::ColumnAdded("new".into()));
        let report = judge(&set(vec![added]), &estate(flows));
        prop_assert!(report.findings[0].affected.is_empty());
        prop_assert_eq!(report.verdict, crate::impact::Action::Pass);
    }

    /// A way leads from what is changed to what is affected, over neighbours.
    #[test]
    fn each_path_is_whole(
        flows in prop::collection::vec(flow(), 0..10),
        dataset in 0..DATASETS - 1,
    ) {
        let report = judge(&set(vec![removed(&format!("d{dataset}"), "c0")]), &estate(flows));
        for one in &report.findings[0].affected {
            prop_assert_eq!(one.path[0].shown(), format!("d{dataset}.c0"));
            prop_assert_eq!(one.path.last().unwrap().shown(), one.shown());
        }
    }
}
