//! Runs: their states, times, uses of datasets.

use ahash::HashMap;
use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::catalog::{DatasetId, FacetRef, FacetView, RunView};
use crate::openlineage::{self, EventTime, facets};

use super::super::refs::{engine, internal};
use super::{Dataset, Facet, Job, facet_list, utc};

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
    /// The body of one facet, read from the log.
    fn facet(&self, ctx: &Context<'_>, name: &str) -> Result<Option<FacetView>> {
        let wanted = self.0.facets.iter().filter(|facet| facet.name == name);
        let wanted: Vec<FacetRef> = wanted.cloned().collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let engine = engine(ctx)?;
        let found = block_in_place(|| engine.facets(&wanted)).map_err(internal)?;
        Ok(found.into_iter().next())
    }

    fn text(&self, ctx: &Context<'_>, facet: &str, member: &str) -> Result<Option<String>> {
        let facet = self.facet(ctx, facet)?;
        Ok(facet.and_then(|facet| facets::text(facet.json.as_bytes(), member)))
    }

    fn uses(&self, ctx: &Context<'_>, ids: &[DatasetId], output: bool) -> Result<Vec<RunDataset>> {
        let engine = engine(ctx)?;
        let of_kind = self.0.io_facets.iter().filter(|io| io.1 == output);
        let (owners, refs): (Vec<DatasetId>, Vec<FacetRef>) = of_kind
            .map(|(dataset, _, facet)| (*dataset, facet.clone()))
            .unzip();
        let bodies = if ctx.look_ahead().field("facets").exists() {
            block_in_place(|| facet_list(engine, &refs))?
        } else {
            Vec::new()
        };
        let mut by_dataset: HashMap<DatasetId, Vec<Facet>> = HashMap::default();
        for (dataset, facet) in owners.into_iter().zip(bodies) {
            by_dataset.entry(dataset).or_default().push(facet);
        }
        let mut one = |&id: &DatasetId| RunDataset {
            dataset: Dataset::new(engine, id),
            facets: by_dataset.remove(&id).unwrap_or_default(),
        };
        Ok(ids.iter().map(&mut one).collect())
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
    async fn error_message(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.text(ctx, "errorMessage", "message")
    }

    /// Start of the data interval it stands for, from its nominalTime facet.
    async fn nominal_start(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.text(ctx, "nominalTime", "nominalStartTime")
    }

    /// The run that started it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        let facet = self.facet(ctx, "parent")?;
        let parent = facet.and_then(|facet| facets::parent(facet.json.as_bytes()));
        Ok(parent.map(|parent| RunParent {
            namespace: parent.namespace,
            name: parent.name,
            run_id: parent.run_id,
        }))
    }

    /// Who sent it.
    async fn producer(&self) -> &str {
        &self.0.producer
    }

    /// Datasets that it read.
    async fn inputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        self.uses(ctx, &self.0.inputs, false)
    }

    /// Datasets that it wrote.
    async fn outputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        self.uses(ctx, &self.0.outputs, true)
    }

    /// Its facets, verbatim.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let engine = engine(ctx)?;
        block_in_place(|| facet_list(engine, &self.0.facets))
    }
}
