//! `headwater check dbt`: two versions of a dbt project.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::Args;

use crate::dbt::{Project, changes};
use crate::impact::{ChangeSet, Name, Note, Observed};
use crate::sql::Dialect;

use super::Common;
use super::ask::Wanted;

#[derive(Args)]
pub struct DbtArgs {
    /// Artifacts of the project before the change: a folder with `manifest.json` (or with a `target/`
    /// that has one), and `catalog.json` beside it where there is one.
    #[arg(long)]
    base: PathBuf,
    /// Artifacts of the project after the change.
    #[arg(long)]
    head: PathBuf,
    /// Namespace of the project's datasets, for example `postgres://prod:5432`; the one in which the
    /// server knows them unless given.
    #[arg(long)]
    namespace: Option<String>,
    /// Check also when the artifacts of the base were made after those of the head.
    #[arg(long)]
    any_order: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub fn run(args: &DbtArgs) -> anyhow::Result<ExitCode> {
    let base = Project::read(&args.base).context("the base")?;
    let head = Project::read(&args.head).context("the head")?;
    belong_together(args, &base, &head)?;
    let mut set = changes(&base, &head).set;
    let wanted = wanted(&set, args.namespace.as_deref());
    let observed = args.common.source().ask(&wanted)?;
    settle(
        &mut set,
        &observed,
        &wanted,
        args.namespace.as_deref(),
        head.dialect,
    )?;
    args.common.conclude(&set, &observed)
}

fn belong_together(args: &DbtArgs, base: &Project, head: &Project) -> anyhow::Result<()> {
    let (old, new) = (&base.manifest, &head.manifest);
    if let (Some(a), Some(b)) = (&old.project, &new.project)
        && a != b
    {
        bail!(
            "the base is of the project {a} and the head of {b}; give two versions of one project"
        );
    }
    let time = |told: &Option<String>| told.as_deref()?.parse::<DateTime<Utc>>().ok();
    if let (Some(before), Some(after)) = (time(&old.generated_at), time(&new.generated_at))
        && before > after
        && !args.any_order
    {
        bail!(
            "the artifacts of the base ({before}) were made after those of the head ({after}); are --base and --head swapped? If not, say --any-order"
        );
    }
    Ok(())
}

/// The datasets that a change set speaks of.
fn wanted(set: &ChangeSet, namespace: Option<&str>) -> Wanted {
    let mut names: Vec<&Name> = set.code.models.iter().map(|model| &model.dataset).collect();
    names.extend(set.changes.iter().map(|change| &change.of));
    names.sort();
    names.dedup();
    let namespace = namespace.map(str::to_owned);
    let datasets = names
        .into_iter()
        .map(|name| (namespace.clone(), name.name.clone()));
    Wanted {
        datasets: datasets.collect(),
        jobs: Vec::new(),
    }
}

/// Finds the datasets of the set in the graph, and calls them as the graph does.
fn settle(
    set: &mut ChangeSet,
    observed: &Observed,
    wanted: &Wanted,
    given: Option<&str>,
    dialect: Dialect,
) -> anyhow::Result<()> {
    let asked: BTreeMap<String, &str> = wanted
        .datasets
        .iter()
        .map(|(_, name)| (name.to_lowercase(), name.as_str()))
        .collect();
    let mut found: BTreeMap<&str, BTreeMap<String, &Name>> = BTreeMap::new();
    for dataset in &observed.datasets {
        for name in std::iter::once(&dataset.name).chain(&dataset.aliases) {
            let lower = name.name.to_lowercase();
            if asked.contains_key(&lower) {
                let of = found.entry(name.namespace.as_str()).or_default();
                of.insert(lower, &dataset.name);
            }
        }
    }
    let alike: Vec<&str> = found
        .keys()
        .copied()
        .filter(|namespace| Dialect::of_namespace(namespace) == Some(dialect))
        .collect();
    let places = if alike.is_empty() {
        found.keys().copied().collect()
    } else {
        alike
    };
    let namespace = match (given, places.as_slice()) {
        (Some(given), _) => Some(given),
        (None, [one]) => Some(*one),
        (None, []) => None,
        (None, several) => bail!(
            "the project's relations are known in {} namespaces ({}); say which with --namespace",
            several.len(),
            several.join(", ")
        ),
    };
    let known = namespace.and_then(|namespace| found.get(namespace));
    let count = known.map_or(0, BTreeMap::len);
    let all = asked.len();
    if all > 0 && count < all {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace}"));
        set.notes.push(Note::info(
            "NOT_OBSERVED",
            format!(
                "{} of the {all} relations that are changed or lie below are not in the observed graph{place}; who reads them outside this project is not known",
                all - count
            ),
        ));
    }
    set.settle(&|name: &Name| {
        if !name.namespace.is_empty() {
            return name.clone();
        }
        let held = known.and_then(|known| known.get(&name.name.to_lowercase()));
        let place = namespace.unwrap_or_default();
        held.map_or_else(|| Name::new(place, &name.name), |held| (*held).clone())
    });
    Ok(())
}
