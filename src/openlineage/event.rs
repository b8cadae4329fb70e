//! An accepted `OpenLineage` event: owned, validated, facets as canonical JSON.

use std::borrow::Cow;

use bytes::Bytes;
use uuid::Uuid;

use super::canonical::ContentHash;
use super::{EventTime, Warning};

/// The states that a run event may report. The order is the climb that settles conflicting end
/// states when no rule of the producer says otherwise: FAIL outranks ABORT outranks COMPLETE.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum RunState {
    /// `OTHER`, or no eventType at all: additional information, no state.
    Other,
    /// `START`
    Start,
    /// `RUNNING`
    Running,
    /// `COMPLETE`
    Complete,
    /// `ABORT`
    Abort,
    /// `FAIL`
    Fail,
}

impl RunState {
    /// True for COMPLETE, ABORT and FAIL, which end a run.
    pub fn is_terminal(self) -> bool {
        self >= Self::Complete
    }

    /// The name as in the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "OTHER",
            Self::Start => "START",
            Self::Running => "RUNNING",
            Self::Complete => "COMPLETE",
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
        }
    }
}

/// Which of the three kinds of the specification an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Has `run` and `job`.
    Run,
    /// Has `job` but no `run`.
    Job,
    /// Has `dataset` alone.
    Dataset,
}

/// One facet, verbatim but for canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Its key in the facets object; borrowed where it is one that Headwater knows.
    pub name: Cow<'static, str>,
    /// Hash of [`Facet::value`].
    pub hash: ContentHash,
    /// Canonical JSON.
    pub value: Bytes,
    /// It carries `_deleted: true`.
    pub deleted: bool,
}

/// A dataset as one event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetPart {
    /// Namespace, as sent.
    pub namespace: Box<str>,
    /// Name, as sent.
    pub name: Box<str>,
    /// `facets`: what holds for the dataset itself.
    pub facets: Vec<Facet>,
    /// `inputFacets` or `outputFacets`: what holds for this run's use of it.
    pub io_facets: Vec<Facet>,
}

/// The job of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPart {
    /// Namespace, as sent.
    pub namespace: Box<str>,
    /// Name, as sent.
    pub name: Box<str>,
    /// Job facets.
    pub facets: Vec<Facet>,
}

/// The run of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPart {
    /// `run.runId`. One id may be shared by several jobs: a run is (job, id).
    pub id: Uuid,
    /// `run.runId` where it is not a UUID, for which `id` stands then.
    pub text: Option<Box<str>>,
    /// `eventType`; [`RunState::Other`] when it was left out.
    pub state: RunState,
    /// Run facets.
    pub facets: Vec<Facet>,
}

/// What the event speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A run of a job, with what it read and wrote.
    Run {
        /// The run.
        run: RunPart,
        /// Its job.
        job: JobPart,
        /// What it read.
        inputs: Vec<DatasetPart>,
        /// What it wrote.
        outputs: Vec<DatasetPart>,
    },
    /// A job as designed (static).
    Job {
        /// The job.
        job: JobPart,
        /// What it reads.
        inputs: Vec<DatasetPart>,
        /// What it writes.
        outputs: Vec<DatasetPart>,
    },
    /// A dataset as designed (static).
    Dataset {
        /// The dataset.
        dataset: DatasetPart,
    },
}

impl Body {
    /// Its job, what that reads, and what it writes; an event about a dataset alone has no job, and
    /// the dataset stands among what is written.
    pub fn parts(&self) -> (Option<&JobPart>, &[DatasetPart], &[DatasetPart]) {
        match self {
            Self::Run {
                job,
                inputs,
                outputs,
                ..
            }
            | Self::Job {
                job,
                inputs,
                outputs,
            } => (Some(job), inputs, outputs),
            Self::Dataset { dataset } => (None, &[], std::slice::from_ref(dataset)),
        }
    }
}

/// A valid event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `eventTime`.
    pub time: EventTime,
    /// `producer`, as sent; not always a URI.
    pub producer: Box<str>,
    /// Canonical hash of the whole event: its identity.
    pub hash: ContentHash,
    /// What it says.
    pub body: Body,
    /// What its sender should hear about it.
    pub warnings: Vec<Warning>,
}

impl Event {
    /// Which kind it is.
    pub fn kind(&self) -> EventKind {
        match self.body {
            Body::Run { .. } => EventKind::Run,
            Body::Job { .. } => EventKind::Job,
            Body::Dataset { .. } => EventKind::Dataset,
        }
    }
}
