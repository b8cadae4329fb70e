//! Jobs. The history of their runs is in [`runs`], what stands beside them in [`related`].

mod related;
mod runs;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::catalog::{self, DatasetId, FacetView, JobId, ParentJobView};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::openlineage::{EventTime, facets};

use super::super::refs::{engine, internal, node_id};
use super::super::request::budget;
use super::retired::Retirement;
use super::shelf::{Place, Wanted, places};
use super::sql::{self, SqlLineage};
use super::told::{RunParent, SourceCode, SourceCodeLocation, Sql};
use super::{
    Dataset, Facet, Owner, Page, Run, Tag, charge_entities, ends, facet_list, graph_of, list_cost,
    owner_list, tag_list, utc,
};

pub use related::{DbtExposure, JobFamily, ParentJob};
pub use runs::RunConnection;

/// Runs of a job that are asked for its parent.
const PARENT_RUNS: usize = 5;

/// What makes datasets from datasets.
pub struct Job {
    pub id: JobId,
    pub namespace: String,
    pub name: String,
    told: Place,
    /// The time that was asked for.
    as_of: Option<EventTime>,
}

impl Job {
    /// A job whose name is known.
    pub fn named(id: JobId, namespace: String, name: String) -> Self {
        Self {
            id,
            namespace,
            name,
            told: Place::alone(Wanted::Job(id)),
            as_of: None,
        }
    }

    /// The same job as of a time.
    #[must_use]
    pub fn seen_as_of(self, as_of: Option<EventTime>) -> Self {
        Self { as_of, ..self }
    }

    pub fn new(engine: &Engine, id: JobId) -> Self {
        let (namespace, name) = engine.catalog().names(|names| {
            let (namespace, name) = names.job(id);
            (namespace.to_owned(), name.to_owned())
        });
        Self::named(id, namespace, name)
    }

    pub fn list(ctx: &Context<'_>, ids: &[JobId], as_of: Option<EventTime>) -> Result<Vec<Self>> {
        charge_entities(ctx, ids.len())?;
        let told = places(ids.iter().map(|&id| Wanted::Job(id)));
        Ok(engine(ctx)?.catalog().names(|names| {
            let one = |(&id, told)| {
                let (namespace, name) = names.job(id);
                Self {
                    id,
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    told,
                    as_of,
                }
            };
            ids.iter().zip(told).map(one).collect()
        }))
    }

    fn reads(&self, ctx: &Context<'_>) -> Result<Vec<DatasetId>> {
        let graph = graph_of(ctx, self.as_of)?;
        ends(ctx, &graph, &graph.flows_of(self.id), Graph::flow_inputs)
    }

    fn writes(&self, ctx: &Context<'_>) -> Result<Vec<DatasetId>> {
        let graph = graph_of(ctx, self.as_of)?;
        ends(ctx, &graph, &graph.flows_of(self.id), Graph::flow_outputs)
    }

    /// Before the runs that had begun by the time that was asked for.
    fn first_place(&self) -> Option<(EventTime, Uuid)> {
        let next = self.as_of?.0.checked_add(1)?;
        Some((EventTime(next), Uuid::max()))
    }

    fn job_type<T>(
        &self,
        ctx: &Context<'_>,
        member: fn(facets::JobType) -> Option<T>,
    ) -> Result<Option<T>> {
        let told = self.told.told(ctx, &["jobType"], facets::job_type)?;
        if let Some(told) = told {
            return Ok(member(told));
        }
        let exposure = self.told_exposure(ctx)?;
        Ok(exposure.and_then(|exposure| {
            member(facets::JobType {
                processing_type: None,
                integration: Some("DBT".to_owned()),
                kind: Some(exposure.kind.unwrap_or_else(|| "exposure".to_owned())),
                emission_pattern: None,
            })
        }))
    }

    fn told_exposure(&self, ctx: &Context<'_>) -> Result<Option<facets::Exposure>> {
        let catalog = engine(ctx)?.catalog();
        block_in_place(|| catalog.exposure(self.id)).map_err(internal)
    }

    /// The job that started the latest of its runs that tells one.
    fn started_by(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        let catalog = engine(ctx)?.catalog();
        let latest = block_in_place(|| catalog.runs_of(self.id, None, PARENT_RUNS));
        for run in Run::list(latest.map_err(internal)?) {
            if let Some(parent) = run.started_by(ctx)? {
                return Ok(Some(parent));
            }
        }
        Ok(None)
    }

    fn child_ids(&self, ctx: &Context<'_>) -> Result<Vec<JobId>> {
        let catalog = engine(ctx)?.catalog();
        block_in_place(|| catalog.children_of(self.id)).map_err(internal)
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
    /// Id as in lineage.
    async fn id(&self) -> String {
        node_id("job", &self.namespace, &self.name, None)
    }

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

    /// How it works, from its jobType facet: `BATCH`, `STREAMING` or `SERVICE`.
    async fn processing_type(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.job_type(ctx, |told| told.processing_type)
    }

    /// What tells of it, from its jobType facet, for example `AIRFLOW`; `DBT` for an exposure.
    async fn integration(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.job_type(ctx, |told| told.integration)
    }

    /// What it is, from its jobType facet, for example `DAG`, `TASK`, `MODEL`; what dbt says of an
    /// exposure, for example `dashboard`.
    #[graphql(name = "type")]
    async fn kind(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.job_type(ctx, |told| told.kind)
    }

    /// How its events come, from its jobType facet.
    async fn emission_pattern(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.job_type(ctx, |told| told.emission_pattern)
    }

    /// The exposure of dbt that it is; null when it is none. An exposure sends no events of its own:
    /// the `dbt_exposures` facets of the datasets that it reads tell of it.
    async fn exposure(&self, ctx: &Context<'_>) -> Result<Option<DbtExposure>> {
        let told = self.told_exposure(ctx)?;
        Ok(told.map(|told| DbtExposure {
            name: told.name,
            kind: told.kind,
            url: told.url,
        }))
    }

    /// The statement that it runs.
    async fn sql(&self, ctx: &Context<'_>) -> Result<Option<Sql>> {
        let told = self.told.told(ctx, &["sql"], facets::sql)?;
        Ok(told.flatten().map(Into::into))
    }

    /// Statements that its latest runs made datasets with, and how far lineage could be read from
    /// each; all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn sql_lineage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<SqlLineage>> {
        let views = engine(ctx)?.catalog().statements_of(self.id);
        sql::list(ctx, views, Page { limit, offset })
    }

    /// The code that it runs.
    async fn source_code(&self, ctx: &Context<'_>) -> Result<Option<SourceCode>> {
        let told = self.told.told(ctx, &["sourceCode"], facets::source_code)?;
        Ok(told.flatten().map(Into::into))
    }

    /// Where its code is.
    async fn source_code_location(&self, ctx: &Context<'_>) -> Result<Option<SourceCodeLocation>> {
        let names = ["sourceCodeLocation"];
        let told = self.told.told(ctx, &names, facets::source_code_location)?;
        Ok(told.flatten().map(Into::into))
    }

    /// The job (and run) that started the latest of its runs, as these tell it: the DAG of a task,
    /// the dbt invocation of a model. The latest 5 runs are asked.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        self.started_by(ctx)
    }

    /// Every job that its runs named as their parent, in order of first sight; all unless `limit` is
    /// given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn parents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<ParentJob>> {
        let catalog = engine(ctx)?.catalog();
        let told = block_in_place(|| catalog.parents_of(self.id)).map_err(internal)?;
        let page = Page { limit, offset }.cut(told)?;
        let ids: Vec<JobId> = page.iter().map(|told| told.job).collect();
        let parents = page.into_iter().zip(Job::list(ctx, &ids, self.as_of)?);
        let parent = |(told, job): (ParentJobView, Job)| ParentJob {
            job,
            first_told: told.span.0.to_utc(),
            last_told: told.span.1.to_utc(),
        };
        Ok(parents.map(parent).collect())
    }

    /// The jobs that it starts, as their runs tell: the tasks of a DAG, the models of a dbt
    /// invocation; in order of first sight, all unless `limit` is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Job>> {
        Job::list(
            ctx,
            &Page { limit, offset }.cut(self.child_ids(ctx)?)?,
            self.as_of,
        )
    }

    /// How many jobs it starts.
    async fn child_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.child_ids(ctx)?.len())
    }

    /// Its facets, verbatim, the latest of each.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let (engine, budget) = (engine(ctx)?, budget(ctx)?);
        block_in_place(|| {
            let view = engine.catalog().job(self.id).map_err(internal)?;
            facet_list(engine, budget, &view.facets)
        })
    }

    /// The jobs whose names differ from its own only by an id; null when its name has none. Such jobs
    /// come from producers that make one for each query or date.
    async fn family(&self, ctx: &Context<'_>) -> Result<Option<JobFamily>> {
        let family = engine(ctx)?.catalog().family_of(self.id);
        Ok(family.map(|family| JobFamily {
            pattern: family.pattern,
            count: family.count,
        }))
    }

    /// Who retired it; null when it is in use.
    async fn retired(&self, ctx: &Context<'_>) -> Result<Option<Retirement>> {
        let told = engine(ctx)?.catalog().job_retirement(self.id);
        Ok(told.map_err(internal)?.map(Into::into))
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

    /// Datasets that it reads, by its current lineage, in order of first sight; all unless `limit` is
    /// given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn inputs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let page = Page { limit, offset };
        Dataset::list(ctx, &page.cut(self.reads(ctx)?)?, self.as_of)
    }

    /// How many datasets it reads.
    async fn input_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.reads(ctx)?.len())
    }

    /// Datasets that it writes, by its current lineage, in order of first sight; all unless `limit`
    /// is given.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn outputs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let page = Page { limit, offset };
        Dataset::list(ctx, &page.cut(self.writes(ctx)?)?, self.as_of)
    }

    /// How many datasets it writes.
    async fn output_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.writes(ctx)?.len())
    }

    /// Its runs, the one with the latest first event first; with `asOf` those that had begun by then,
    /// as they are known now.
    #[graphql(complexity = "list_cost(Some(first.unwrap_or(20)), child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
    ) -> Result<RunConnection> {
        let begun = self.first_place();
        RunConnection::page(ctx, self.id, begun, first, after.as_deref())
    }
}
