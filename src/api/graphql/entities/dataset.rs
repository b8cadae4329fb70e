//! Datasets.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::{self, ColumnView, DatasetId, FacetView, JobId, NOW, RunView};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::openlineage::{EventTime, facets};

use super::super::refs::{engine, internal, node_id};
use super::super::request::budget;
use super::super::search::page_size;
use super::column::Column;
use super::identity::{DatasetIdentity, DatasetName, LifeChange};
use super::quality::{DatasetQuality, DatasetTest, quality, tests};
use super::retired::Retirement;
use super::schema_history::{SchemaHistory, schema_history};
use super::shelf::{Place, Wanted, places};
use super::sql::{self, SqlLineage};
use super::told::{CatalogEntry, DataSource, HierarchyLevel, Lifecycle, Storage, Symlink};
use super::{
    Facet, Job, Owner, Page, Run, Tag, all, charge_entities, ends, facet_list, graph_of, jobs_of,
    list_cost, owner_list, tag_list, unique, utc,
};

/// Runs of a job read at once while those that wrote a dataset are looked for.
const RUN_PAGE: usize = 50;

/// A dataset: table, view, topic, file …
pub struct Dataset {
    pub id: DatasetId,
    pub namespace: String,
    pub name: String,
    told: Place,
    /// The time that was asked for; its columns and neighbours are those of then.
    as_of: Option<EventTime>,
}

impl Dataset {
    /// A dataset, by its canonical name.
    pub fn new(engine: &Engine, id: DatasetId) -> Option<Self> {
        Self::all(engine, &[id]).pop()
    }

    /// The same dataset as of a time.
    #[must_use]
    pub fn seen_as_of(self, as_of: Option<EventTime>) -> Self {
        Self { as_of, ..self }
    }

    /// Datasets that are listed together: their facets are read together.
    pub(super) fn all(engine: &Engine, ids: &[DatasetId]) -> Vec<Self> {
        let told = places(ids.iter().map(|&id| Wanted::Dataset(id)));
        engine.catalog().names(|names| {
            let one = |(&id, told)| {
                let (namespace, name) = names.dataset(id);
                Self {
                    id,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    told,
                    as_of: None,
                }
            };
            ids.iter().zip(told).map(one).collect()
        })
    }

    pub fn list(
        ctx: &Context<'_>,
        ids: &[DatasetId],
        as_of: Option<EventTime>,
    ) -> Result<Vec<Self>> {
        charge_entities(ctx, ids.len())?;
        let all = Self::all(engine(ctx)?, ids).into_iter();
        Ok(all.map(|one| one.seen_as_of(as_of)).collect())
    }

    fn dataset_type(&self, ctx: &Context<'_>) -> Result<Option<facets::DatasetKind>> {
        self.told.told(ctx, &["datasetType"], facets::dataset_type)
    }

    /// Datasets one hop towards the sources.
    fn sources(&self, ctx: &Context<'_>) -> Result<Vec<DatasetId>> {
        let graph = graph_of(ctx, self.as_of)?;
        ends(ctx, &graph, &graph.flows_into(self.id), Graph::flow_inputs)
    }

    /// Datasets one hop towards the consumers.
    fn products(&self, ctx: &Context<'_>) -> Result<Vec<DatasetId>> {
        let graph = graph_of(ctx, self.as_of)?;
        ends(ctx, &graph, &graph.flows_from(self.id), Graph::flow_outputs)
    }

    fn producing_jobs(&self, ctx: &Context<'_>) -> Result<Vec<JobId>> {
        let graph = graph_of(ctx, self.as_of)?;
        Ok(jobs_of(&graph, &graph.flows_into(self.id)))
    }

    fn consuming_jobs(&self, ctx: &Context<'_>) -> Result<Vec<JobId>> {
        let graph = graph_of(ctx, self.as_of)?;
        Ok(jobs_of(&graph, &graph.flows_from(self.id)))
    }

    /// The latest runs that wrote it.
    fn latest_runs(&self, ctx: &Context<'_>, limit: usize) -> Result<Vec<RunView>> {
        let catalog = engine(ctx)?.catalog();
        let mut kept: Vec<RunView> = Vec::new();
        for job in self.producing_jobs(ctx)? {
            let mut after = None;
            loop {
                budget(ctx)?.check()?;
                let page = catalog.runs_of(job, after, RUN_PAGE).map_err(internal)?;
                let last = page.last().map(|run| (run.span.0, run.id));
                let full = page.len() == RUN_PAGE;
                let wrote = |run: &RunView| run.outputs.binary_search(&self.id).is_ok();
                kept.extend(page.into_iter().filter(wrote));
                kept.sort_by_key(|run| std::cmp::Reverse((run.span.0, run.id)));
                kept.truncate(limit);
                // Runs come latest first: once they are older than all that would be shown, the
                // rest of the job's history need not be read.
                let worst = kept.last().filter(|_| kept.len() == limit);
                let older = worst.is_some_and(|worst| last < Some((worst.span.0, worst.id)));
                if !full || older {
                    break;
                }
                after = last;
            }
        }
        Ok(kept)
    }

    fn column_views(&self, ctx: &Context<'_>, removed: bool) -> Result<Vec<ColumnView>> {
        let catalog = engine(ctx)?.catalog();
        let at = self.as_of.unwrap_or(NOW);
        let mut views = catalog.columns_at(self.id, at).map_err(internal)?;
        views.retain(|view| removed || !view.removed);
        Ok(views)
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
    /// Id as in lineage.
    async fn id(&self) -> String {
        node_id("dataset", &self.namespace, &self.name, None)
    }

    /// Namespace of its canonical name.
    async fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its canonical name: one by which producers know it. `names` has all.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Statements that made it, and how far lineage could be read from each; all unless `limit` is
    /// given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn sql_lineage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<SqlLineage>> {
        let views = engine(ctx)?.catalog().statements_into(self.id);
        sql::list(ctx, views, Page { limit, offset })
    }

    /// From its documentation facet.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(catalog::description(&self.facet_views(ctx)?))
    }

    /// By the policy, and null when it is unclassified; without a policy from its tag `layer`.
    async fn layer(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if let Some(policy) = engine(ctx)?.contracts() {
            return Ok(policy.layer_name(self.id).map(str::to_owned));
        }
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

    /// What it is, from its datasetType facet, for example `TABLE`, `VIEW`, `STREAM`.
    #[graphql(name = "type")]
    async fn kind(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.dataset_type(ctx)?.and_then(|told| told.kind))
    }

    /// What it is more closely, from its datasetType facet.
    async fn sub_type(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.dataset_type(ctx)?.and_then(|told| told.sub_kind))
    }

    /// How it is stored.
    async fn storage(&self, ctx: &Context<'_>) -> Result<Option<Storage>> {
        let told = self.told.told(ctx, &["storage"], facets::storage)?;
        Ok(told.map(Into::into))
    }

    /// Where it is registered.
    async fn catalog(&self, ctx: &Context<'_>) -> Result<Option<CatalogEntry>> {
        let told = self.told.told(ctx, &["catalog"], facets::catalog)?;
        Ok(told.map(Into::into))
    }

    /// Where it comes from.
    async fn data_source(&self, ctx: &Context<'_>) -> Result<Option<DataSource>> {
        let told = self.told.told(ctx, &["dataSource"], facets::data_source)?;
        Ok(told.map(Into::into))
    }

    /// The version that was read or written last, with every digit.
    async fn version(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let told = self.told.told(ctx, &["version"], facets::dataset_version)?;
        Ok(told.flatten())
    }

    /// All its names, the canonical one first: those by which events speak of it, and those that
    /// symlinks facets tell.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn names(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<DatasetName>> {
        let names = engine(ctx)?.catalog().names_of(self.id);
        let names = Page { limit, offset }.cut(names)?;
        charge_entities(ctx, names.len())?;
        Ok(names.into_iter().map(Into::into).collect())
    }

    /// How many names it has.
    async fn name_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(engine(ctx)?.catalog().names_of(self.id).len())
    }

    /// How sure it is which names are this dataset.
    async fn identity(&self, ctx: &Context<'_>) -> Result<DatasetIdentity> {
        let doubts = engine(ctx)?.catalog().doubts(self.id).map_err(internal)?;
        Ok(doubts.into())
    }

    /// Its other names, as the latest symlinks facet tells them. Whether they are names of this
    /// dataset is told by `names` and `identity`.
    async fn symlinks(&self, ctx: &Context<'_>) -> Result<Vec<Symlink>> {
        let told = self.told.told(ctx, &["symlinks"], facets::symlinks)?;
        Ok(all(told))
    }

    /// The latest change in its life, as told.
    async fn lifecycle(&self, ctx: &Context<'_>) -> Result<Option<Lifecycle>> {
        let names = ["lifecycleStateChange"];
        let told = self.told.told(ctx, &names, facets::lifecycle)?;
        Ok(told.flatten().map(Into::into))
    }

    /// Since when it is dropped: the event time of the latest `DROP`, when no event since then
    /// writes it or says that it is there. A dropped dataset stays, with its lineage.
    async fn dropped_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let catalog = engine(ctx)?.catalog();
        let since = catalog.names(|names| names.dropped_since(self.id));
        Ok(since.and_then(EventTime::to_utc))
    }

    /// What lifecycleStateChange facets told of its life: each kind of change, with the first and
    /// the last time; the latest first.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<LifeChange>> {
        let view = engine(ctx)?.catalog().dataset(self.id).map_err(internal)?;
        Ok(view.changes.into_iter().map(LifeChange).collect())
    }

    /// The levels above it, the highest first.
    async fn hierarchy(&self, ctx: &Context<'_>) -> Result<Vec<HierarchyLevel>> {
        let told = self.told.told(ctx, &["hierarchy"], facets::hierarchy)?;
        Ok(all(told))
    }

    /// What was last checked and measured of it.
    #[graphql(complexity = "100 + child_complexity")]
    async fn quality(&self, ctx: &Context<'_>) -> Result<DatasetQuality> {
        let (engine, budget) = (engine(ctx)?, budget(ctx)?);
        let mut jobs = self.producing_jobs(ctx)?;
        jobs.extend(self.consuming_jobs(ctx)?);
        let jobs = unique(jobs);
        block_in_place(|| quality(engine, budget, self.id, &jobs))
    }

    /// All tests and measurements that were ever told of it, whichever run told them.
    #[graphql(complexity = "super::list_cost(None, child_complexity)")]
    async fn tests(&self, ctx: &Context<'_>) -> Result<Vec<DatasetTest>> {
        let (engine, budget) = (engine(ctx)?, budget(ctx)?);
        block_in_place(|| tests(engine, budget, self.id))
    }

    /// Its facets, verbatim, the latest of each.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let (engine, budget) = (engine(ctx)?, budget(ctx)?);
        block_in_place(|| {
            let view = engine.catalog().dataset(self.id).map_err(internal)?;
            facet_list(engine, budget, &view.facets)
        })
    }

    /// Who retired it; null when it is in use.
    async fn retired(&self, ctx: &Context<'_>) -> Result<Option<Retirement>> {
        let told = engine(ctx)?.catalog().dataset_retirement(self.id);
        Ok(told.map_err(internal)?.map(Into::into))
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

    /// Its columns in order of the latest schema, from schemas and column lineage; all unless
    /// `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn columns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List removed columns too.", default)] include_removed: bool,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Column>> {
        let views = Page { limit, offset }.cut(self.column_views(ctx, include_removed)?)?;
        charge_entities(ctx, views.len())?;
        let one = |view| Column::new(self.id, view, self.as_of);
        Ok(views.into_iter().map(one).collect())
    }

    /// How many columns it has.
    async fn column_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Count removed columns too.", default)] include_removed: bool,
    ) -> Result<usize> {
        Ok(self.column_views(ctx, include_removed)?.len())
    }

    /// The versions of its schema, with what changed in each, whatever `asOf` says.
    #[graphql(complexity = "100 + child_complexity")]
    async fn schema_history(&self, ctx: &Context<'_>) -> Result<SchemaHistory> {
        schema_history(ctx, self.id)
    }

    /// Datasets that it is made from, one hop, in order of first sight; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn upstream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let page = Page { limit, offset };
        Self::list(ctx, &page.cut(self.sources(ctx)?)?, self.as_of)
    }

    /// How many datasets it is made from, one hop.
    async fn upstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.sources(ctx)?.len())
    }

    /// Datasets that are made from it, one hop, in order of first sight; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn downstream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let page = Page { limit, offset };
        Self::list(ctx, &page.cut(self.products(ctx)?)?, self.as_of)
    }

    /// How many datasets are made from it, one hop.
    async fn downstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.products(ctx)?.len())
    }

    /// Jobs that write it, in order of first sight; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn produced_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Job>> {
        let page = Page { limit, offset };
        Job::list(ctx, &page.cut(self.producing_jobs(ctx)?)?, self.as_of)
    }

    /// How many jobs write it.
    async fn produced_by_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.producing_jobs(ctx)?.len())
    }

    /// Jobs that read it, in order of first sight; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn consumed_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Job>> {
        let page = Page { limit, offset };
        Job::list(ctx, &page.cut(self.consuming_jobs(ctx)?)?, self.as_of)
    }

    /// How many jobs read it.
    async fn consumed_by_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.consuming_jobs(ctx)?.len())
    }

    /// The latest runs that wrote it, latest first, of the jobs that write it now.
    #[graphql(complexity = "list_cost(Some(first.unwrap_or(20)), child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
    ) -> Result<Vec<Run>> {
        let limit = page_size(first)?;
        charge_entities(ctx, limit)?;
        let runs = block_in_place(|| self.latest_runs(ctx, limit))?;
        Ok(Run::list(runs))
    }
}
