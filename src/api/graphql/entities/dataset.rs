//! Datasets and their columns.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::{self, ColumnView, DatasetId, FacetView};
use crate::engine::Engine;
use crate::graph::ColumnRef;

use super::super::refs::{engine, internal};
use super::super::search::page_size;
use super::{Facet, Job, Owner, Run, Tag, facet_list, owner_list, tag_list, unique, utc};

/// A dataset: table, view, topic, file …
pub struct Dataset {
    pub id: DatasetId,
    pub namespace: String,
    pub name: String,
}

impl Dataset {
    pub fn new(engine: &Engine, id: DatasetId) -> Self {
        let (namespace, name) = engine.catalog().names(|names| {
            let (namespace, name) = names.dataset(id);
            (namespace.to_owned(), name.to_owned())
        });
        Self {
            id,
            namespace,
            name,
        }
    }

    pub(super) fn list(engine: &Engine, ids: Vec<DatasetId>) -> Vec<Self> {
        unique(ids)
            .into_iter()
            .map(|id| Self::new(engine, id))
            .collect()
    }

    fn facet_views(&self, ctx: &Context<'_>) -> Result<Vec<FacetView>> {
        Ok(engine(ctx)?
            .catalog()
            .dataset(self.id)
            .map_err(internal)?
            .described)
    }
}

/// A dataset: table, view, topic, file …
#[Object]
impl Dataset {
    /// Namespace, as sent by its producers.
    async fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Name, as sent by its producers.
    async fn name(&self) -> &str {
        &self.name
    }

    /// From its documentation facet.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(catalog::description(&self.facet_views(ctx)?))
    }

    /// From its tag `layer`; null when it has none.
    async fn layer(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(engine(ctx)?
            .catalog()
            .names(|names| names.layer(self.id).map(str::to_owned)))
    }

    /// From its ownership facet.
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<Owner>> {
        Ok(owner_list(&self.facet_views(ctx)?))
    }

    /// From its tags facet, but for those of columns.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        Ok(tag_list(&self.facet_views(ctx)?))
    }

    /// Its facets, verbatim, the latest of each.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let engine = engine(ctx)?;
        block_in_place(|| {
            let view = engine.catalog().dataset(self.id).map_err(internal)?;
            facet_list(engine, &view.facets)
        })
    }

    /// Who speaks of it.
    async fn producers(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(engine(ctx)?
            .catalog()
            .dataset(self.id)
            .map_err(internal)?
            .producers)
    }

    /// Time of the first event that names it; null when only column lineage does.
    async fn first_seen(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let view = engine(ctx)?.catalog().dataset(self.id).map_err(internal)?;
        Ok(utc(view.seen.map(|seen| seen.0)))
    }

    /// Time of the last event that names it.
    async fn last_seen(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let view = engine(ctx)?.catalog().dataset(self.id).map_err(internal)?;
        Ok(utc(view.seen.map(|seen| seen.1)))
    }

    /// Its columns in order of the latest schema, from schemas and column lineage.
    async fn columns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List removed columns too.", default)] include_removed: bool,
    ) -> Result<Vec<Column>> {
        let views = engine(ctx)?.catalog().columns(self.id).map_err(internal)?;
        let kept = views
            .into_iter()
            .filter(|view| include_removed || !view.removed);
        Ok(kept
            .map(|view| Column {
                dataset: self.id,
                view,
            })
            .collect())
    }

    /// Datasets that it is made from, one hop.
    async fn upstream(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let flows = graph.flows_into(self.id);
        Ok(Self::list(
            engine,
            flows
                .into_iter()
                .flat_map(|flow| graph.flow_inputs(flow))
                .collect(),
        ))
    }

    /// Datasets that are made from it, one hop.
    async fn downstream(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let flows = graph.flows_from(self.id);
        Ok(Self::list(
            engine,
            flows
                .into_iter()
                .flat_map(|flow| graph.flow_outputs(flow))
                .collect(),
        ))
    }

    /// Jobs that write it.
    async fn produced_by(&self, ctx: &Context<'_>) -> Result<Vec<Job>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let jobs = graph
            .flows_into(self.id)
            .into_iter()
            .filter_map(|flow| graph.job_of(flow));
        Ok(Job::list(engine, jobs.collect()))
    }

    /// Jobs that read it.
    async fn consumed_by(&self, ctx: &Context<'_>) -> Result<Vec<Job>> {
        let engine = engine(ctx)?;
        let graph = engine.graph();
        let jobs = graph
            .flows_from(self.id)
            .into_iter()
            .filter_map(|flow| graph.job_of(flow));
        Ok(Job::list(engine, jobs.collect()))
    }

    /// The latest runs of the jobs that write it, latest first.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
    ) -> Result<Vec<Run>> {
        let engine = engine(ctx)?;
        let limit = page_size(first)?;
        let graph = engine.graph();
        let jobs = graph
            .flows_into(self.id)
            .into_iter()
            .filter_map(|flow| graph.job_of(flow));
        let mut runs = Vec::new();
        for job in unique(jobs.collect()) {
            let of_job = engine
                .catalog()
                .runs_of(job, None, limit)
                .map_err(internal)?;
            runs.extend(
                of_job
                    .into_iter()
                    .filter(|run| run.outputs.binary_search(&self.id).is_ok()),
            );
        }
        runs.sort_by_key(|run| std::cmp::Reverse((run.span.0, run.id)));
        runs.truncate(limit);
        Ok(runs.into_iter().map(Run).collect())
    }
}

/// A column of a dataset.
pub struct Column {
    dataset: DatasetId,
    view: ColumnView,
}

/// A column of a dataset; nested fields are columns by path.
#[Object]
impl Column {
    /// Path of the column, for example `address.city`.
    async fn name(&self) -> &str {
        &self.view.name
    }

    /// Type as its producer names it, in the latest schema that lists the column.
    #[graphql(name = "type")]
    async fn data_type(&self) -> Option<&str> {
        self.view.data_type.as_deref()
    }

    /// Description in the latest schema that lists the column.
    async fn description(&self) -> Option<&str> {
        self.view.description.as_deref()
    }

    /// Tags set on it.
    async fn tags(&self) -> Vec<Tag> {
        let tags = self.view.tags.iter().cloned();
        tags.map(|(key, value)| Tag { key, value }).collect()
    }

    /// Every source that ever listed it has since sent a schema without it.
    async fn removed(&self) -> bool {
        self.view.removed
    }

    /// No schema ever listed it: it is known from column lineage alone.
    async fn from_lineage_only(&self) -> bool {
        self.view.from_lineage_only
    }

    /// Columns that feed it, one hop.
    async fn upstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.degrees(ctx)?.0)
    }

    /// Columns that it feeds, one hop.
    async fn downstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.degrees(ctx)?.1)
    }
}

impl Column {
    fn degrees(&self, ctx: &Context<'_>) -> Result<(usize, usize)> {
        let column = ColumnRef {
            dataset: self.dataset,
            ordinal: self.view.ordinal,
        };
        Ok(engine(ctx)?.graph().column_degrees(column))
    }
}
