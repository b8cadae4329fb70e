//! Small graphs and change sets, written short.

use crate::impact::report::Report;
use crate::impact::{
    Change, ChangeSet, CheckPolicy, Evidence, FORMAT, Flow, Job, Kind, Model, Name, Observed,
    ObservedColumn, ObservedDataset, ReadColumn, Reads, Replaces, assess,
};

pub const TODAY: &str = "2026-02-01";

pub fn name(name: &str) -> Name {
    Name::new("ns", name)
}

/// Job, inputs, outputs and column edges.
type FlowText<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);

/// A graph from datasets with columns (`"a: x y"`) and flows.
pub fn graph(datasets: &[&str], flows: Vec<FlowText<'_>>) -> Observed {
    let mut observed = Observed {
        headwater_graph: FORMAT,
        applied_seq: 1,
        ..Observed::default()
    };
    for text in datasets {
        let (dataset, columns) = text.split_once(':').unwrap_or((text, ""));
        let columns = columns.split_whitespace().map(|column| ObservedColumn {
            name: column.to_owned(),
            data_type: None,
        });
        observed.datasets.push(ObservedDataset {
            name: name(dataset),
            columns: columns.collect(),
            ..ObservedDataset::default()
        });
    }
    for (job, inputs, outputs, links) in flows {
        let flow = flow(&mut observed, job, inputs, outputs, links);
        observed.flows.push(flow);
    }
    observed
}

fn flow(
    observed: &mut Observed,
    job: &str,
    inputs: &[&str],
    outputs: &[&str],
    links: &[&str],
) -> Flow {
    let job = place_of_job(observed, job);
    let dataset = |wanted: &str| {
        let held = observed.datasets.iter().position(|d| d.name.name == wanted);
        u32::try_from(held.unwrap_or_else(|| panic!("no dataset {wanted}"))).unwrap()
    };
    let column = |at: u32, wanted: &str| {
        let columns = &observed.datasets[at as usize].columns;
        let held = columns.iter().position(|column| column.name == wanted);
        u32::try_from(held.unwrap_or_else(|| panic!("no column {wanted}"))).unwrap()
    };
    let link = |text: &&str| {
        let (from, to) = text.split_once(" > ").unwrap();
        let (from, read) = from.split_once('.').unwrap();
        let from = dataset(from);
        let read = column(from, read);
        match to.split_once('.') {
            Some((to, made)) => {
                let to = dataset(to);
                (from, read, to, Some(column(to, made)), false)
            }
            None => (from, read, dataset(to), None, true),
        }
    };
    Flow {
        job: Some(job),
        inputs: inputs.iter().map(|d| dataset(d)).collect(),
        outputs: outputs.iter().map(|d| dataset(d)).collect(),
        columns_told: !links.is_empty(),
        told: !links.is_empty() || outputs.is_empty(),
        links_only: false,
        links: links.iter().map(link).collect(),
        evidence: Evidence {
            producer: "https://example.org/etl".to_owned(),
            runs: 3,
            last_seen: Some("2026-01-31T09:30:00Z".to_owned()),
            ..Evidence::default()
        },
    }
}

fn place_of_job(observed: &mut Observed, job: &str) -> u32 {
    let held = observed.jobs.iter().position(|held| held.name.name == job);
    let at = held.unwrap_or_else(|| {
        observed.jobs.push(Job {
            name: name(job),
            ..Job::default()
        });
        observed.jobs.len() - 1
    });
    u32::try_from(at).unwrap()
}

pub fn change(of: &str, kind: Kind) -> Change {
    Change {
        of: name(of),
        kind,
        place: None,
        detail: None,
        promised: None,
    }
}

pub fn removed(of: &str, column: &str) -> Change {
    change(of, Kind::ColumnRemoved(column.to_owned()))
}

pub fn set(changes: Vec<Change>) -> ChangeSet {
    ChangeSet {
        source: "test".to_owned(),
        changes,
        ..ChangeSet::default()
    }
}

/// A model with what it reads before and after, as `"a.x > y"` and `"a.x > *"`.
pub fn model(
    dataset: &str,
    columns: &[&str],
    base: Option<&[&str]>,
    head: Option<&[&str]>,
) -> Model {
    Model {
        dataset: name(dataset),
        label: format!("model.{dataset}"),
        place: None,
        owners: Vec::new(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        base: base.map(reads),
        head: head.map(reads),
        replaces: Replaces::Dbt,
        built: false,
    }
}

pub fn reads(links: &[&str]) -> Reads {
    let mut reads = Reads::default();
    for link in links {
        let (from, to) = link.split_once(" > ").unwrap();
        let (from, column) = from.split_once('.').unwrap();
        let held = reads.datasets.iter().position(|held| held.name == from);
        let dataset = held.unwrap_or_else(|| {
            reads.datasets.push(name(from));
            reads.datasets.len() - 1
        });
        reads.columns.push(ReadColumn {
            dataset,
            column: column.to_owned(),
            to: (to != "*").then(|| to.to_owned()),
            indirect: to == "*",
        });
    }
    reads
}

pub fn judge(set: &ChangeSet, observed: &Observed) -> Report {
    assess(set, observed, &CheckPolicy::default(), TODAY)
}

/// Affected, short: `breaking b.x`, `possibly_breaking job`.
pub fn affected(report: &Report) -> Vec<String> {
    let all = report.findings.iter().flat_map(|finding| &finding.affected);
    let mut shown: Vec<String> = all
        .map(|one| format!("{} {}", one.class.word(), one.shown()))
        .collect();
    shown.sort();
    shown
}
