//! `impact`: what changes would do, asked of the graph as it is now.

mod types;

use async_graphql::{Context, InputObject, Result};

use crate::engine::{EngineError, Sought};
use crate::impact::{ChangeEntry, ChangeSet, CheckPolicy, Name, assess, read_entries};

use super::refs::{DatasetRef, JobRef, coded, engine, internal};
use super::request::budget;

pub use types::{ChangeKind, ImpactReport, ImpactSummary, Verdict};

/// Changes of one query.
const CHANGES: usize = 1_000;
/// Affected of one change that are listed unless more are asked for.
const LISTED: usize = 100;
/// Affected of one change that may be asked for.
const MOST: usize = 500;

/// A change that is planned. Which members it needs stands with its kind.
#[derive(InputObject, Debug, Clone)]
pub struct ChangeInput {
    /// What is changed.
    pub kind: ChangeKind,
    /// The dataset that is changed; needed unless a job is.
    pub dataset: Option<DatasetRef>,
    /// The job that is changed.
    pub job: Option<JobRef>,
    /// The column that is changed; nested ones by path.
    pub column: Option<String>,
    /// What it was: a type, a materialization, an access.
    pub from: Option<String>,
    /// What it becomes: a name, a type, a materialization, an access.
    pub to: Option<String>,
}

impl From<ChangeInput> for ChangeEntry {
    fn from(input: ChangeInput) -> Self {
        Self {
            kind: input.kind.into(),
            dataset: input.dataset.map(|at| Name::new(at.namespace, at.name)),
            job: input.job.map(|at| Name::new(at.namespace, at.name)),
            column: input.column,
            from: input.from,
            to: input.to,
            file: None,
            line: None,
        }
    }
}

/// How many affected of one change are listed.
///
/// # Errors
/// `BAD_INPUT` when too many are asked for, or none.
pub fn affected_limit(limit: Option<i32>) -> Result<usize> {
    let limit = limit.map_or(Some(LISTED), |limit| {
        let limit = usize::try_from(limit).ok()?;
        (1..=MOST).contains(&limit).then_some(limit)
    });
    limit.ok_or_else(|| coded("BAD_INPUT", format!("limit: must be between 1 and {MOST}")))
}

/// Answers `impact`.
///
/// # Errors
/// `BAD_INPUT` when a change lacks something, `NOT_FOUND` when a dataset or job was never seen,
/// `DEADLINE` and `TOO_LARGE`.
pub fn impact(
    ctx: &Context<'_>,
    changes: Vec<ChangeInput>,
    adapted: Vec<JobRef>,
    limit: Option<i32>,
) -> Result<ImpactReport> {
    let (engine, budget) = (engine(ctx)?, budget(ctx)?);
    let bad = |message: String| coded("BAD_INPUT", message);
    if changes.is_empty() || changes.len() > CHANGES {
        return Err(bad(format!(
            "changes: {} are not between 1 and {CHANGES}",
            changes.len()
        )));
    }
    let limit = affected_limit(limit)?;
    let entries = changes.into_iter().map(Into::into).collect();
    let jobs = adapted.into_iter();
    let set = ChangeSet {
        source: "query".to_owned(),
        changes: read_entries(entries).map_err(|error| bad(error.to_string()))?,
        adapted: jobs.map(|job| Name::new(job.namespace, job.name)).collect(),
        ..ChangeSet::default()
    };
    let mut sought = Sought::default();
    for change in &set.changes {
        let Name { namespace, name } = change.of.clone();
        if change.kind.is_of_job() {
            sought.jobs.push(change.of.clone());
        } else {
            sought.datasets.push((Some(namespace), name));
        }
    }
    let observed = engine.observed_downstream(&sought, &mut || !budget.is_over());
    let observed = observed.map_err(|error| match error {
        EngineError::Stopped => budget
            .check()
            .err()
            .unwrap_or_else(|| internal(EngineError::Stopped)),
        error => internal(error),
    })?;
    budget.check()?;
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let held = engine.policy();
    let policy = held.map_or_else(CheckPolicy::default, |held| held.policy.check.clone());
    let report = assess(&set, &observed, &policy, &today);
    budget.check()?;
    let report = ImpactReport::new(report, limit);
    budget.charge(report.rows())?;
    Ok(report)
}
