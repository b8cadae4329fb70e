//! What was read from SQL, and what could not be.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{ReadState, StatementView};

use super::super::refs::engine;
use super::{Dataset, Job, Page, charge_entities};

/// How far a statement could be read.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlLineageState {
    /// It has not been read yet.
    Waiting,
    /// All that it does to columns is known.
    Whole,
    /// Some is known; `gaps` says what is not. What is missing is unknown, not absent.
    Partly,
    /// Nothing is known; `gaps` says why.
    Unknown,
}

/// Something that could not be read from a statement.
#[derive(SimpleObject)]
pub struct SqlLineageGap {
    /// A short word for programs, such as `UNKNOWN_DATASET`; see docs/SQL.md.
    pub code: String,
    /// What is missing, and why.
    pub message: String,
}

/// A statement that made a dataset, by the latest runs of a job, and how far lineage could be read
/// from it.
pub struct SqlLineage(StatementView);

/// A statement that made a dataset, by the latest runs of a job, and how far lineage could be read
/// from it.
#[Object]
impl SqlLineage {
    /// The job that ran it.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let engine = engine(ctx)?;
        Ok(self.0.job.map(|id| Job::new(engine, id)))
    }

    /// The dataset that it made.
    async fn dataset(&self, ctx: &Context<'_>) -> Result<Option<Dataset>> {
        Ok(Dataset::list(ctx, &[self.0.output], None)?.pop())
    }

    /// How far it could be read.
    async fn state(&self) -> SqlLineageState {
        match self.0.state {
            ReadState::Waiting => SqlLineageState::Waiting,
            ReadState::Whole => SqlLineageState::Whole,
            ReadState::Partly => SqlLineageState::Partly,
            ReadState::Unknown => SqlLineageState::Unknown,
        }
    }

    /// Which SQL it was read as: what its facet says, else what the namespaces of its datasets say,
    /// else `generic`. Null until it is read.
    async fn dialect(&self) -> Option<&str> {
        self.0.dialect
    }

    /// Edges between columns that were read from it; one to all columns of the dataset counts once.
    async fn column_edges(&self) -> usize {
        self.0.column_edges
    }

    /// What could not be read, and why; at most 50.
    async fn gaps(&self) -> Vec<SqlLineageGap> {
        let gaps = self.0.gaps.iter().cloned();
        let gap = |gap: crate::catalog::Gap| SqlLineageGap {
            code: gap.code,
            message: gap.message,
        };
        gaps.map(gap).collect()
    }

    /// Distinct runs that ran it.
    async fn runs(&self) -> u32 {
        self.0.evidence.runs
    }

    /// First event of the first run that ran it.
    async fn first_seen(&self) -> Option<DateTime<Utc>> {
        self.0.evidence.first_seen.to_utc()
    }

    /// Last event of the last run that ran it.
    async fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.0.evidence.last_seen.to_utc()
    }
}

/// The part of a list of statements that is asked for.
pub(super) fn list(
    ctx: &Context<'_>,
    views: Vec<StatementView>,
    page: Page,
) -> Result<Vec<SqlLineage>> {
    let views = page.cut(views)?;
    charge_entities(ctx, views.len())?;
    Ok(views.into_iter().map(SqlLineage).collect())
}
