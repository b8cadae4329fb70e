//! What was retired.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::RetirementView;

use super::super::refs::engine;
use super::{Dataset, Job, Page, list_cost};

/// That a dataset or job was said to be no more. It ends by itself when a later event names it.
#[derive(SimpleObject)]
pub struct Retirement {
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Who said so.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl From<RetirementView> for Retirement {
    fn from(view: RetirementView) -> Self {
        Self {
            since: view.since.to_utc(),
            by: view.by,
            reason: view.reason,
        }
    }
}

/// The datasets and jobs that are retired.
pub struct RetiredEntities;

/// The datasets and jobs that are retired.
#[Object]
impl RetiredEntities {
    /// Datasets, by namespace and name; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn datasets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let (datasets, _) = engine(ctx)?.catalog().all_retired();
        Dataset::list(ctx, &Page { limit, offset }.cut(datasets)?, None)
    }

    /// How many datasets.
    async fn dataset_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(engine(ctx)?.catalog().all_retired().0.len())
    }

    /// Jobs, by namespace and name; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Job>> {
        let (_, jobs) = engine(ctx)?.catalog().all_retired();
        Job::list(ctx, &Page { limit, offset }.cut(jobs)?, None)
    }

    /// How many jobs.
    async fn job_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(engine(ctx)?.catalog().all_retired().1.len())
    }
}
