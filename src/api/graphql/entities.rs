//! Datasets, columns, jobs and runs as GraphQL objects.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, Json, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::{self, ColumnView, DatasetId, FacetView, JobId, RunView};
use crate::engine::Engine;
use crate::graph::ColumnRef;
use crate::openlineage::{self, EventTime, facets};

use super::refs::{coded, engine, internal};
use super::search::page_size;

/// A facet, verbatim.
#[derive(SimpleObject, Debug, Clone)]
pub struct Facet {
    /// Its key.
    pub name: String,
    /// As JSON. Numbers beyond 2^53 lose digits here, as in most clients; `text` has them all.
    pub value: Json<serde_json::Value>,
    /// As text, with every digit.
    pub text: String,
    /// Time of the event that set it.
    pub set_at: Option<DateTime<Utc>>,
}

impl From<FacetView> for Facet {
    fn from(view: FacetView) -> Self {
        let value = serde_json::from_str(&view.json).unwrap_or_default();
        Self {
            name: view.name,
            value: Json(value),
            text: view.json,
            set_at: view.time.to_utc(),
        }
    }
}

/// An owner.
#[derive(SimpleObject, Debug, Clone)]
pub struct Owner {
    /// For example `team:finance`.
    pub name: String,
    /// For example `MAINTAINER`.
    #[graphql(name = "type")]
    pub kind: Option<String>,
}

/// A tag.
#[derive(SimpleObject, Debug, Clone)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; may be empty.
    pub value: String,
}

fn facet_list(facets: &[FacetView]) -> Vec<Facet> {
    facets.iter().cloned().map(Facet::from).collect()
}

fn owner_list(facets: &[FacetView]) -> Vec<Owner> {
    catalog::owners(facets)
        .into_iter()
        .map(|o| Owner {
            name: o.name,
            kind: o.kind,
        })
        .collect()
}

fn tag_list(facets: &[FacetView]) -> Vec<Tag> {
    let tags = catalog::tags(facets)
        .into_iter()
        .filter(|tag| tag.field.is_none());
    tags.map(|tag| Tag {
        key: tag.key,
        value: tag.value,
    })
    .collect()
}

fn utc(time: Option<EventTime>) -> Option<DateTime<Utc>> {
    time.and_then(EventTime::to_utc)
}

fn unique(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

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

    fn list(engine: &Engine, ids: Vec<DatasetId>) -> Vec<Self> {
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
            .facets)
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
        Ok(facet_list(&self.facet_views(ctx)?))
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

    fn list(engine: &Engine, ids: Vec<JobId>) -> Vec<Self> {
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
            .facets)
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
        Ok(facet_list(&self.facet_views(ctx)?))
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
        let total = engine.catalog().run_count(self.id).map_err(internal)?;
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
    pub total: usize,
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

/// The states of a run.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "openlineage::RunState")]
pub enum RunState {
    /// Only additional information was sent.
    Other,
    /// It was started.
    Start,
    /// It reports while it runs.
    Running,
    /// It ended well.
    Complete,
    /// It was stopped.
    Abort,
    /// It failed.
    Fail,
}

/// A state that a run was told.
#[derive(SimpleObject)]
pub struct RunStateReport {
    /// The state.
    pub state: RunState,
    /// Time of the event.
    pub time: Option<DateTime<Utc>>,
}

/// A dataset as a run used it.
#[derive(SimpleObject)]
pub struct RunDataset {
    /// The dataset.
    pub dataset: Dataset,
    /// Facets of this use: row counts, subsets, assertions …
    pub facets: Vec<Facet>,
}

/// The run that started another.
#[derive(SimpleObject)]
pub struct RunParent {
    /// Namespace of its job.
    pub namespace: String,
    /// Name of its job.
    pub name: String,
    /// Its run id.
    pub run_id: String,
}

/// One run of one job.
pub struct Run(pub RunView);

impl Run {
    fn facet(&self, name: &str) -> Option<&FacetView> {
        self.0.facets.iter().find(|facet| facet.name == name)
    }

    fn uses(&self, engine: &Engine, ids: &[DatasetId], output: bool) -> Vec<RunDataset> {
        let one = |&id: &DatasetId| {
            let facets = self
                .0
                .io_facets
                .iter()
                .filter(|io| io.0 == id && io.1 == output);
            RunDataset {
                dataset: Dataset::new(engine, id),
                facets: facets.map(|io| io.2.clone().into()).collect(),
            }
        };
        ids.iter().map(one).collect()
    }

    fn ended(&self) -> Option<EventTime> {
        self.0
            .states
            .iter()
            .filter(|(state, _)| *state == self.0.state && state.is_terminal())
            .map(|s| s.1)
            .max()
    }

    fn started(&self) -> EventTime {
        let start = openlineage::RunState::Start;
        let times = self
            .0
            .states
            .iter()
            .filter(|(state, _)| *state == start)
            .map(|s| s.1);
        times.min().unwrap_or(self.0.span.0)
    }
}

/// One run of one job. One run id may be shared by several jobs.
#[Object]
impl Run {
    /// Its run id.
    async fn id(&self) -> Uuid {
        self.0.id
    }

    /// Its job.
    async fn job(&self, ctx: &Context<'_>) -> Result<Job> {
        Ok(Job::new(engine(ctx)?, self.0.job))
    }

    /// The state that counts; which one does when end states disagree is a rule by producer.
    async fn state(&self) -> RunState {
        self.0.state.into()
    }

    /// Different end states were reported for it.
    async fn state_conflict(&self) -> bool {
        self.0.conflict
    }

    /// Every state it was told, by time.
    async fn states(&self) -> Vec<RunStateReport> {
        let states = self.0.states.iter();
        states
            .map(|&(state, time)| RunStateReport {
                state: state.into(),
                time: time.to_utc(),
            })
            .collect()
    }

    /// Time of its START, or of its first event when there was none.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.started().to_utc()
    }

    /// Time of the end that counts; null while it runs.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        utc(self.ended())
    }

    /// Milliseconds from start to end; null while it runs.
    async fn duration_ms(&self) -> Option<i64> {
        Some((self.ended()?.0 - self.started().0) / 1000)
    }

    /// Message of its errorMessage facet.
    async fn error_message(&self) -> Option<String> {
        facets::text(self.facet("errorMessage")?.json.as_bytes(), "message")
    }

    /// Start of the data interval it stands for, from its nominalTime facet.
    async fn nominal_start(&self) -> Option<String> {
        facets::text(
            self.facet("nominalTime")?.json.as_bytes(),
            "nominalStartTime",
        )
    }

    /// The run that started it.
    async fn parent(&self) -> Option<RunParent> {
        let parent = facets::parent(self.facet("parent")?.json.as_bytes())?;
        Some(RunParent {
            namespace: parent.namespace,
            name: parent.name,
            run_id: parent.run_id,
        })
    }

    /// Who sent it.
    async fn producer(&self) -> &str {
        &self.0.producer
    }

    /// Datasets that it read.
    async fn inputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        Ok(self.uses(engine(ctx)?, &self.0.inputs, false))
    }

    /// Datasets that it wrote.
    async fn outputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        Ok(self.uses(engine(ctx)?, &self.0.outputs, true))
    }

    /// Its facets, verbatim.
    async fn facets(&self) -> Vec<Facet> {
        facet_list(&self.0.facets)
    }
}
