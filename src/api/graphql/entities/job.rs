//! Jobs and the history of their runs.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::catalog::{self, FacetView, JobId, RunView};
use crate::engine::Engine;
use crate::openlineage::EventTime;

use super::super::refs::{coded, engine, internal};
use super::super::search::page_size;
use super::{Dataset, Facet, Owner, Run, Tag, facet_list, owner_list, tag_list, unique, utc};

/// What makes datasets from datasets.
pub struct Job {
    pub id: JobId,
    pub namespace: String,
    pub name: String,
}

impl Job {
    pub fn new(engine: &Engine, id: JobId) -> Self {
        let (namespace, name) = engine.catalog().names(|names| {
            let (namespace, name) = names.job(id);
            (namespace.to_owned(), name.to_owned())
        });
        Self {
            id,
            namespace,
            name,
        }
    }

    pub(super) fn list(engine: &Engine, ids: Vec<JobId>) -> Vec<Self> {
        unique(ids)
            .into_iter()
            .map(|id| Self::new(engine, id))
            .collect()
    }

    fn facet_views(&self, ctx: &Context<'_>) -> Result<Vec<FacetView>> {
        Ok(engine(ctx)?
            .catalog()
            .job(self.id)
            .map_err(internal)?
            .described)
    }
}

/// What makes datasets from datasets.
#[Object]
impl Job {
    /// Namespace, as sent by its producer.
    async fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Name, as sent by its producer.
    async fn name(&self) -> &str {
        &self.name
    }

    /// From its documentation facet.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(catalog::description(&self.facet_views(ctx)?))
    }

    /// From its ownership facet.
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<Owner>> {
        Ok(owner_list(&self.facet_views(ctx)?))
    }

    /// From its tags facet.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        Ok(tag_list(&self.facet_views(ctx)?))
    }

    /// Its facets, verbatim, the latest of each.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let engine = engine(ctx)?;
        block_in_place(|| {
            let view = engine.catalog().job(self.id).map_err(internal)?;
            facet_list(engine, &view.facets)
        })
    }

    /// Who speaks of it.
    async fn producers(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(engine(ctx)?
            .catalog()
            .job(self.id)
            .map_err(internal)?
            .producers)
    }

    /// Time of its first event.
    async fn first_seen(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let view = engine(ctx)?.catalog().job(self.id).map_err(internal)?;
        Ok(utc(view.seen.map(|seen| seen.0)))
    }

    /// Time of its last event.
    async fn last_seen(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let view = engine(ctx)?.catalog().job(self.id).map_err(internal)?;
        Ok(utc(view.seen.map(|seen| seen.1)))
    }

    /// Datasets that it reads, by its current lineage.
    async fn inputs(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let flows = graph.flows_of(self.id).into_iter();
        Ok(Dataset::list(
            engine,
            flows.flat_map(|flow| graph.flow_inputs(flow)).collect(),
        ))
    }

    /// Datasets that it writes, by its current lineage.
    async fn outputs(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let flows = graph.flows_of(self.id).into_iter();
        Ok(Dataset::list(
            engine,
            flows.flat_map(|flow| graph.flow_outputs(flow)).collect(),
        ))
    }

    /// Its runs, the one with the latest first event first.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
    ) -> Result<Connection<String, Run, RunSummary, EmptyFields>> {
        let engine = engine(ctx)?;
        let limit = page_size(first)?;
        let at = after.as_deref().map(read_cursor).transpose()?;
        let mut runs = engine
            .catalog()
            .runs_of(self.id, at, limit + 1)
            .map_err(internal)?;
        let more = runs.len() > limit;
        runs.truncate(limit);
        let total = engine.catalog().run_count(self.id);
        let mut connection =
            Connection::with_additional_fields(after.is_some(), more, RunSummary { total });
        let edges = runs
            .into_iter()
            .map(|run| Edge::new(write_cursor(&run), Run(run)));
        connection.edges.extend(edges);
        Ok(connection)
    }
}

/// What holds for all runs of a job.
#[derive(SimpleObject)]
pub struct RunSummary {
    /// How many runs there are.
    pub total: u64,
}

/// Cursors name a run by its place in the history, so they stay good while runs come in.
fn write_cursor(run: &RunView) -> String {
    format!("{}.{}", run.span.0.0, run.id)
}

fn read_cursor(cursor: &str) -> Result<(EventTime, Uuid)> {
    let parsed = cursor
        .split_once('.')
        .and_then(|(time, run)| Some((EventTime(time.parse().ok()?), Uuid::parse_str(run).ok()?)));
    parsed.ok_or_else(|| {
        coded(
            "BAD_INPUT",
            format!("after: {cursor:?} is no cursor of this connection"),
        )
    })
}
