//! Runs: their states, times, uses of datasets.

use ahash::HashSet;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::catalog::{DatasetId, JobId, RunView};
use crate::openlineage::{self, EventTime, facets};

use super::super::refs::{engine, internal};
use super::super::request::budget;
use super::quality::ASSERTIONS;
use super::run_dataset::{RunDataset, statistics};
use super::shelf::{Place, Wanted, places};
use super::told::{
    ExternalQuery, ExtractionError, JobDependencies, NamedValue, ProcessingEngine, RunParent,
    TestResult, time_of,
};
use super::{Dataset, Facet, Job, Page, Tag, all, charge_entities, facet_list, list_cost, utc};

/// Facets that name the parent, the standard one first.
const PARENT: &[&str] = &["parent", "parentRun"];

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

/// One run of one job.
pub struct Run {
    view: RunView,
    own: Place,
    uses: Place,
}

impl Run {
    /// Runs that are listed together: their facets are read together.
    pub fn list(views: Vec<RunView>) -> Vec<Self> {
        let own = places(views.iter().map(|view| Wanted::Run(view.facets.clone())));
        let uses = places(
            views
                .iter()
                .map(|view| Wanted::Uses(view.io_facets.clone())),
        );
        let parts = views.into_iter().zip(own).zip(uses);
        parts
            .map(|((view, own), uses)| Self { view, own, uses })
            .collect()
    }

    /// The run that a facet names; `None` when no event of it has come.
    pub fn find(
        ctx: &Context<'_>,
        namespace: &str,
        name: &str,
        run_id: &str,
    ) -> Result<Option<Self>> {
        let catalog = engine(ctx)?.catalog();
        let Some(job) = catalog.job_id(namespace, name) else {
            return Ok(None);
        };
        let (id, _) = openlineage::run_id(run_id);
        let mut runs = block_in_place(|| catalog.runs_with_id(id)).map_err(internal)?;
        runs.retain(|run| run.job == job);
        Ok(Self::list(runs).pop())
    }

    /// Where it stands in the history of its job.
    pub fn place(&self) -> (EventTime, Uuid) {
        (self.view.span.0, self.view.id)
    }

    fn told<T>(
        &self,
        ctx: &Context<'_>,
        names: &[&str],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>> {
        self.own.told(ctx, names, read)
    }

    /// The run that started it, as its own facet names it.
    pub fn started_by(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        let parent = self.told(ctx, PARENT, facets::parent)?;
        Ok(parent.flatten().map(RunParent::from))
    }

    fn child_ids(&self, ctx: &Context<'_>) -> Result<Vec<(JobId, Uuid)>> {
        let catalog = engine(ctx)?.catalog();
        let me = (self.view.job, self.view.id);
        block_in_place(|| catalog.child_runs(me)).map_err(internal)
    }

    fn error(&self, ctx: &Context<'_>) -> Result<facets::ErrorMessage> {
        let told = self.told(ctx, &["errorMessage"], facets::error_message)?;
        // An errorMessage without a message is no better than none.
        if let Some(told) = told
            && (told.message.is_some() || told.stack_trace.is_some())
        {
            return Ok(told);
        }
        let spark = self.told(ctx, &["spark.exception"], facets::error_message)?;
        Ok(spark.unwrap_or_default())
    }

    fn nominal(&self, ctx: &Context<'_>) -> Result<facets::NominalTime> {
        let told = self.told(ctx, &["nominalTime"], facets::nominal_time)?;
        Ok(told.unwrap_or_default())
    }

    /// Those of its inputs or outputs that `wanted` wants.
    fn datasets(
        &self,
        ctx: &Context<'_>,
        output: bool,
        wanted: impl Fn(DatasetId) -> bool,
    ) -> Result<Vec<RunDataset>> {
        let ids = if output {
            &self.view.outputs
        } else {
            &self.view.inputs
        };
        let ids: Vec<DatasetId> = ids.iter().copied().filter(|&id| wanted(id)).collect();
        charge_entities(ctx, ids.len())?;
        let one = |dataset| RunDataset {
            dataset,
            output,
            uses: self.uses.clone(),
        };
        Ok(Dataset::all(engine(ctx)?, &ids)
            .into_iter()
            .map(one)
            .collect())
    }

    /// A sum over its inputs or outputs; null when none tells the number.
    fn sum(
        &self,
        ctx: &Context<'_>,
        output: bool,
        member: fn(&facets::Statistics) -> Option<i64>,
    ) -> Result<Option<i64>> {
        if self.view.io_facets.is_empty() {
            return Ok(None);
        }
        let bodies = self.uses.bodies(ctx)?;
        let ids = if output {
            &self.view.outputs
        } else {
            &self.view.inputs
        };
        let told = ids
            .iter()
            .filter_map(|&id| member(&statistics(bodies, id, output)));
        Ok(told.reduce(i64::saturating_add))
    }

    fn ended(&self) -> Option<EventTime> {
        self.view
            .states
            .iter()
            .filter(|(state, _)| *state == self.view.state && state.is_terminal())
            .map(|s| s.1)
            .max()
    }

    fn started(&self) -> EventTime {
        let start = openlineage::RunState::Start;
        let times = self
            .view
            .states
            .iter()
            .filter(|(state, _)| *state == start)
            .map(|s| s.1);
        times.min().unwrap_or(self.view.span.0)
    }
}

/// One run of one job. One run id may be shared by several jobs.
#[Object]
impl Run {
    /// Its run id: a UUID, or what its producer sent in place of one.
    async fn id(&self) -> ID {
        let text = self.view.text.clone();
        ID(text.unwrap_or_else(|| self.view.id.to_string()))
    }

    /// Its job.
    async fn job(&self, ctx: &Context<'_>) -> Result<Job> {
        Ok(Job::new(engine(ctx)?, self.view.job))
    }

    /// The state that counts; which one does when end states disagree is a rule by producer.
    async fn state(&self) -> RunState {
        self.view.state.into()
    }

    /// Different end states were reported for it.
    async fn state_conflict(&self) -> bool {
        self.view.conflict
    }

    /// Every state it was told, by time.
    async fn states(&self) -> Vec<RunStateReport> {
        let states = self.view.states.iter();
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

    /// What went wrong, by its errorMessage facet, or where there is none by Spark's own.
    async fn error_message(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.error(ctx)?.message)
    }

    /// Where it went wrong.
    async fn stack_trace(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.error(ctx)?.stack_trace)
    }

    /// The programming language of what went wrong.
    async fn error_language(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.error(ctx)?.programming_language)
    }

    /// Start of the data interval it stands for; a time without a zone is taken as UTC.
    async fn nominal_start(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(time_of(self.nominal(ctx)?.start))
    }

    /// End of the data interval it stands for; a time without a zone is taken as UTC.
    async fn nominal_end(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(time_of(self.nominal(ctx)?.end))
    }

    /// `nominalStart` as its producer wrote it.
    async fn nominal_start_text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.nominal(ctx)?.start)
    }

    /// `nominalEnd` as its producer wrote it.
    async fn nominal_end_text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.nominal(ctx)?.end)
    }

    /// Some of what it checked is left out of `assertions` and of the facets of its uses: it sent
    /// more than 1,000 different dataQualityAssertions facets, and the latest of them are kept.
    async fn assertions_cut(&self) -> bool {
        self.view.io_facets_cut
    }

    /// The run that started it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        self.started_by(ctx)
    }

    /// The runs that name it as their parent, by run id; all unless `limit` is given. One that also
    /// named another parent is a child of both.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Run>> {
        let page = Page { limit, offset }.cut(self.child_ids(ctx)?)?;
        charge_entities(ctx, page.len())?;
        let catalog = engine(ctx)?.catalog();
        let runs = block_in_place(|| catalog.runs_by_id(&page)).map_err(internal)?;
        Ok(Run::list(runs))
    }

    /// How many runs name it as their parent.
    async fn child_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.child_ids(ctx)?.len())
    }

    /// The run at the top of the hierarchy, where its producer tells it.
    async fn root(&self, ctx: &Context<'_>) -> Result<Option<RunParent>> {
        let root = self.told(ctx, PARENT, facets::root)?;
        Ok(root.flatten().map(RunParent::from))
    }

    /// What ran it.
    async fn processing_engine(&self, ctx: &Context<'_>) -> Result<Option<ProcessingEngine>> {
        let names = ["processing_engine", "processingEngine"];
        let told = self.told(ctx, &names, facets::processing_engine)?;
        Ok(told.map(Into::into))
    }

    /// The query under which another system knows it.
    async fn external_query(&self, ctx: &Context<'_>) -> Result<Option<ExternalQuery>> {
        let told = self.told(ctx, &["externalQuery"], facets::external_query)?;
        Ok(told.map(Into::into))
    }

    /// Lineage that its producer could not find; null when it found all, or does not say.
    async fn extraction_error(&self, ctx: &Context<'_>) -> Result<Option<ExtractionError>> {
        let told = self.told(ctx, &["extractionError"], facets::extraction_error)?;
        Ok(told.map(Into::into))
    }

    /// Environment variables that its producer sent.
    async fn environment_variables(&self, ctx: &Context<'_>) -> Result<Vec<NamedValue>> {
        let names = ["environmentVariables"];
        let told = self.told(ctx, &names, facets::environment_variables)?;
        Ok(all(told))
    }

    /// Parameters it was called with.
    async fn execution_parameters(&self, ctx: &Context<'_>) -> Result<Vec<NamedValue>> {
        let told = self.told(ctx, &["executionParameters"], facets::execution_parameters)?;
        Ok(all(told))
    }

    /// Control flow: what it waits for, and what waits for it.
    async fn job_dependencies(&self, ctx: &Context<'_>) -> Result<Option<JobDependencies>> {
        let told = self.told(ctx, &["jobDependencies"], facets::job_dependencies)?;
        Ok(told.map(Into::into))
    }

    /// From its tags facet.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        Ok(all(self.told(ctx, &["tags"], facets::tags)?))
    }

    /// Tests that it made.
    async fn tests(&self, ctx: &Context<'_>) -> Result<Vec<TestResult>> {
        Ok(all(self.told(ctx, &["test"], facets::test_results)?))
    }

    /// Rows read, over all inputs that tell it; null when none does.
    async fn rows_read(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        self.sum(ctx, false, |told| told.row_count)
    }

    /// Bytes read, over all inputs that tell it; null when none does.
    async fn bytes_read(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        self.sum(ctx, false, |told| told.size)
    }

    /// Rows written, over all outputs that tell it; null when none does.
    async fn rows_written(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        self.sum(ctx, true, |told| told.row_count)
    }

    /// Bytes written, over all outputs that tell it; null when none does.
    async fn bytes_written(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        self.sum(ctx, true, |told| told.size)
    }

    /// What it checked: the datasets with assertions.
    async fn assertions(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        let facets = self.view.io_facets.iter();
        let checked: HashSet<(DatasetId, bool)> = facets
            .filter(|(_, _, facet)| ASSERTIONS.contains(&facet.name.as_str()))
            .map(|&(dataset, output, _)| (dataset, output))
            .collect();
        let mut listed = self.datasets(ctx, false, |id| checked.contains(&(id, false)))?;
        listed.extend(self.datasets(ctx, true, |id| checked.contains(&(id, true)))?);
        Ok(listed)
    }

    /// Who sent it.
    async fn producer(&self) -> &str {
        &self.view.producer
    }

    /// Datasets that it read.
    async fn inputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        self.datasets(ctx, false, |_| true)
    }

    /// Datasets that it wrote.
    async fn outputs(&self, ctx: &Context<'_>) -> Result<Vec<RunDataset>> {
        self.datasets(ctx, true, |_| true)
    }

    /// Its facets, verbatim.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let engine = engine(ctx)?;
        block_in_place(|| facet_list(engine, budget(ctx)?, &self.view.facets))
    }
}
