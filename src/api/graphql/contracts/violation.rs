//! One violation with its evidence.

use std::cmp::Reverse;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::{Detail, EdgeEvidence};
use crate::contract::violation as found;
use crate::contract::{self, policy};
use crate::engine::Evaluated;
use crate::openlineage::EventTime;

use super::super::entities::{Dataset, Job};
use super::super::refs::{engine, internal};
use super::super::request::budget;

/// Flows of one step whose evidence is shown, …
const SHOWN_FLOWS: usize = 20;
/// … of so many that are read.
const READ_FLOWS: usize = 1_000;

/// How grave a violation is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// To be mended.
    Error,
    /// To be looked at.
    Warning,
    /// To be known.
    Info,
}

impl From<policy::Severity> for Severity {
    fn from(severity: policy::Severity) -> Self {
        match severity {
            policy::Severity::Error => Self::Error,
            policy::Severity::Warning => Self::Warning,
            policy::Severity::Info => Self::Info,
        }
    }
}

/// What a subject is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A dataset.
    Dataset,
    /// A job.
    Job,
    /// A job that is an exposure of dbt: only the datasets that it reads tell of it.
    Exposure,
}

/// Who or what a contract is about.
pub struct Subject {
    held: Arc<Evaluated>,
    who: contract::Subject,
}

impl Subject {
    /// One of what was looked at.
    pub fn new(held: &Arc<Evaluated>, who: contract::Subject) -> Self {
        Self {
            held: Arc::clone(held),
            who,
        }
    }
}

/// Who or what a contract is about: a dataset, a job, or an exposure of dbt.
#[Object(name = "ContractSubject")]
impl Subject {
    /// What it is.
    async fn kind(&self) -> SubjectKind {
        match self.who {
            contract::Subject::Dataset(_) => SubjectKind::Dataset,
            contract::Subject::Job(_) if self.held.world.is_exposure(self.who) => {
                SubjectKind::Exposure
            }
            contract::Subject::Job(_) => SubjectKind::Job,
        }
    }

    /// Its namespace; `dbt` for an exposure.
    async fn namespace(&self) -> &str {
        self.held.world.name(self.who).0
    }

    /// Its name; the id of an exposure.
    async fn name(&self) -> &str {
        self.held.world.name(self.who).1
    }

    /// The layer of a dataset; null when it is unclassified, and for all else.
    async fn layer(&self) -> Option<&str> {
        match self.who {
            contract::Subject::Dataset(id) => self.held.layer_name(id),
            contract::Subject::Job(_) => None,
        }
    }

    /// The dataset.
    async fn dataset(&self, ctx: &Context<'_>) -> Result<Option<Dataset>> {
        let contract::Subject::Dataset(id) = self.who else {
            return Ok(None);
        };
        Ok(Dataset::new(engine(ctx)?, id))
    }

    /// The job; of an exposure too.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let contract::Subject::Job(id) = self.who else {
            return Ok(None);
        };
        Ok(Some(Job::new(engine(ctx)?, id)))
    }
}

/// Whether something is done about a violation.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationState {
    /// Nothing excuses it.
    Open,
    /// An exception excuses it for a while.
    Excepted,
}

/// What excuses a violation.
#[derive(SimpleObject)]
pub struct ContractException {
    /// Why.
    pub reason: String,
    /// Who sees to it that it ends.
    pub owner: String,
    /// Who allowed it.
    pub approved_by: String,
    /// The last day on which it holds, as written in the policy.
    pub until: String,
    /// When it ends.
    pub ends: Option<DateTime<Utc>>,
}

/// What stands behind one step of a violation, from one assertion.
#[derive(SimpleObject)]
pub struct StepEvidence {
    /// The job that asserts it; null for lineage that is declared on a dataset alone.
    pub job: Option<Job>,
    /// Who told it.
    pub producer: String,
    /// It was told by column lineage, as opposed to inferred from inputs × outputs.
    pub declared: bool,
    /// Distinct runs that assert it.
    pub runs: u32,
    /// Event time of the first event that asserts it.
    pub first_seen: Option<DateTime<Utc>>,
    /// Event time of the last event that asserts it.
    pub last_seen: Option<DateTime<Utc>>,
    /// The last run that asserts it.
    pub last_run: Option<String>,
}

/// One step of lineage that a violation rests on.
pub struct Step {
    held: Arc<Evaluated>,
    step: found::Step,
}

/// One step of lineage that a violation rests on.
#[Object(name = "ViolationStep")]
impl Step {
    /// The dataset that is read.
    async fn from(&self) -> Subject {
        Subject::new(&self.held, contract::Subject::Dataset(self.step.from))
    }

    /// What reads it: a consumer, or the dataset that is made from it.
    async fn to(&self) -> Subject {
        Subject::new(&self.held, self.step.to)
    }

    /// How many assertions say so; of these `evidence` shows the first 20.
    async fn evidence_count(&self) -> usize {
        self.step.flows.len()
    }

    /// Who says so, what was seen last first, 20 at most; empty where a facet alone tells it (an
    /// exposure).
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<StepEvidence>> {
        let engine = engine(ctx)?;
        let flows = &self.step.flows[..self.step.flows.len().min(READ_FLOWS)];
        budget(ctx)?.charge(flows.len())?;
        let told = block_in_place(|| engine.catalog().flow_evidence(flows, Detail::default()));
        let mut told = told.map_err(internal)?;
        // Flows are numbered in order of arrival, which plays no part.
        told.sort_by_cached_key(|told| {
            let seen = (Reverse(told.evidence.last_seen), told.evidence.first_seen);
            let job = told.job.map(contract::Subject::Job);
            let (namespace, name) = job.map_or(("", ""), |job| self.held.world.name(job));
            (
                seen,
                namespace,
                name,
                told.producer.clone(),
                told.declared,
                told.evidence.runs,
            )
        });
        let told = told.into_iter().take(SHOWN_FLOWS);
        let shown = told.map(|told| StepEvidence {
            job: told.job.map(|job| Job::new(engine, job)),
            declared: told.declared,
            runs: told.evidence.runs,
            first_seen: told.evidence.first_seen.to_utc(),
            last_seen: told.evidence.last_seen.to_utc(),
            last_run: told
                .last_run_text
                .or_else(|| told.evidence.last_run.map(|run| run.to_string())),
            producer: told.producer,
        });
        Ok(shown.collect())
    }
}

/// A contract that is broken.
pub struct Violation {
    held: Arc<Evaluated>,
    violation: found::Violation,
}

impl Violation {
    /// One of what was found.
    pub fn new(held: &Arc<Evaluated>, violation: &found::Violation) -> Self {
        Self {
            held: Arc::clone(held),
            violation: violation.clone(),
        }
    }

    fn broken(&self) -> &policy::Contract {
        &self.held.world.policy.contracts[self.violation.contract]
    }
}

/// A contract that is broken, by whom, and with what evidence.
#[Object]
impl Violation {
    /// Its name: made from contract, rule and the names of what is involved, the same on every server
    /// and at every time.
    async fn id(&self) -> ID {
        ID(self.violation.id.to_string())
    }

    /// The contract that is broken.
    async fn contract(&self) -> &str {
        &self.broken().name
    }

    /// Its rule.
    async fn rule(&self) -> &'static str {
        self.broken().rule.name.as_str()
    }

    /// How grave it is.
    async fn severity(&self) -> Severity {
        self.broken().severity.into()
    }

    /// What is wrong, in one sentence.
    async fn message(&self) -> String {
        self.held.world.message(&self.violation)
    }

    /// Whether an exception excuses it.
    async fn state(&self) -> ViolationState {
        match self.violation.excepted {
            Some(_) => ViolationState::Excepted,
            None => ViolationState::Open,
        }
    }

    /// What excuses it.
    async fn exception(&self) -> Option<ContractException> {
        let one = self
            .held
            .world
            .policy
            .exceptions
            .get(self.violation.excepted?)?;
        Some(ContractException {
            reason: one.reason.clone(),
            owner: one.owner.clone(),
            approved_by: one.approved_by.clone(),
            until: one.until_day.clone(),
            ends: one.ends.to_utc(),
        })
    }

    /// Who or what breaks it.
    async fn subject(&self) -> Subject {
        Subject::new(&self.held, self.violation.subject)
    }

    /// The other dataset, where it is about a pair.
    async fn object(&self) -> Option<Subject> {
        let object = self.violation.object?;
        Some(Subject::new(&self.held, contract::Subject::Dataset(object)))
    }

    /// The column that it is about.
    async fn column(&self) -> Option<&str> {
        self.violation.detail.as_deref()
    }

    /// Who is to mend it: the owners of the subject, or the owner of the contract where it has none.
    async fn owners(&self) -> Vec<String> {
        let told = self.held.world.owners(self.violation.subject);
        if told.is_empty() {
            return self.broken().owner.iter().cloned().collect();
        }
        told.into_iter().map(str::to_owned).collect()
    }

    /// How many datasets there are too many or too close, where the rule counts; 1 otherwise.
    async fn count(&self) -> usize {
        self.violation.count
    }

    /// The lineage that it rests on; of many steps the first 50.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<Step>> {
        budget(ctx)?.charge(self.violation.steps.len())?;
        let steps = self.violation.steps.iter();
        let step = |step: &found::Step| Step {
            held: Arc::clone(&self.held),
            step: step.clone(),
        };
        Ok(steps.map(step).collect())
    }

    /// Since when it is broken without a break, in event time, by the times at which runs assert its
    /// steps; null where nothing tells (an exposure, or lineage that is not there).
    async fn since(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        if let Some(since) = self.violation.since {
            return Ok(since.to_utc());
        }
        let catalog = engine(ctx)?.catalog();
        let steps = &self.violation.steps;
        budget(ctx)?.charge(steps.len())?;
        if self.violation.need == 0 {
            // Nothing tells when a column came to have another type.
            if self.violation.detail.is_some() {
                return Ok(None);
            }
            let contract::Subject::Dataset(id) = self.violation.subject else {
                return Ok(None);
            };
            let since = block_in_place(|| catalog.dataset_since(id)).map_err(internal)?;
            return Ok(since.and_then(EventTime::to_utc));
        }
        let mut starts = Vec::new();
        let detail = Detail {
            intervals: true,
            ..Detail::default()
        };
        for step in steps {
            let told = block_in_place(|| catalog.flow_evidence(&step.flows, detail));
            starts.extend(told.map_err(internal)?.iter().map(start_of).min());
        }
        starts.sort_unstable();
        // It is one from the moment on at which enough of its steps were there.
        let since = starts.get(self.violation.need.saturating_sub(1));
        Ok(since.copied().and_then(EventTime::to_utc))
    }
}

/// Since when an assertion holds without a break.
fn start_of(told: &EdgeEvidence) -> EventTime {
    let last = told.told.last().map(|(first, _)| *first);
    last.unwrap_or(told.evidence.first_seen)
}
