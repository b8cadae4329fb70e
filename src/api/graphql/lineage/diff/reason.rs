//! Why an edge is there at one of two times only.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{EdgeEvidence, Standing};
use crate::engine::Engine;

/// Why an edge is there at one of two times and not at the other.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeReasonKind {
    /// It was asserted first in between.
    New,
    /// It had left because nobody asserted it any more, and was asserted again.
    Again,
    /// The job ran on and did not assert it for longer than the edge window.
    Expired,
    /// A static event of the job or dataset declares something else since.
    Replaced,
    /// A static event declares it again.
    Redeclared,
    /// The edge itself is current at both times: what leads to it is not.
    Reached,
    /// The job or a dataset is retired at the time at which the edge is not there.
    Retired,
    /// What was asserted has been taken back by a later event.
    TakenBack,
}

/// Why an edge is there at one of two times only, by one assertion behind it.
#[derive(SimpleObject, Debug, Clone)]
pub struct EdgeReason {
    /// In short.
    pub kind: EdgeReasonKind,
    /// In words.
    pub text: String,
    /// Who asserts it.
    pub producer: String,
    /// Namespace of the job that asserts it; null when a static event about a dataset does.
    pub job_namespace: Option<String>,
    /// Name of the job.
    pub job_name: Option<String>,
    /// First event of all that assert it.
    pub first_seen: Option<DateTime<Utc>>,
    /// When it was asserted last; of an expired one, by the later of the two times.
    pub last_asserted: Option<DateTime<Utc>>,
    /// Of an expired one: effective runs of the job since, by the later of the two times.
    pub runs_since: Option<u64>,
}

/// Why an edge is there at one time only, by one assertion: `stood` is how that stood at the other
/// time, and `appears` that the edge is there at the later one.
pub fn reason(engine: &Engine, one: &EdgeEvidence, stood: Standing, appears: bool) -> EdgeReason {
    let job = one.job.map(|job| {
        engine.catalog().names(|names| {
            let (namespace, name) = names.job(job);
            (namespace.to_owned(), name.to_owned())
        })
    });
    let who = job.as_ref().map_or_else(
        || "a static event".to_owned(),
        |(namespace, name)| format!("the job {name:?} of {namespace:?}"),
    );
    let (kind, text) = in_words(&who, one, stood, appears);
    let (last_asserted, runs_since) = match stood {
        Standing::Expired { last, runs_since } if !appears => (last, Some(runs_since)),
        _ => (one.evidence.last_seen, None),
    };
    let (job_namespace, job_name) = job.unzip();
    EdgeReason {
        kind,
        text,
        producer: one.producer.clone(),
        job_namespace,
        job_name,
        first_seen: one.evidence.first_seen.to_utc(),
        last_asserted: last_asserted.to_utc(),
        runs_since,
    }
}

/// Why an edge appears or is gone, from how it stood at the other time.
fn in_words(
    who: &str,
    one: &EdgeEvidence,
    stood: Standing,
    appears: bool,
) -> (EdgeReasonKind, String) {
    let first = one.evidence.first_seen;
    match stood {
        Standing::Current => (
            EdgeReasonKind::Reached,
            "the edge is current at both times; what leads to it is not".to_owned(),
        ),
        Standing::Retired => (
            EdgeReasonKind::Retired,
            "the job or a dataset is retired at the other time".to_owned(),
        ),
        Standing::NotYet { first } => (
            EdgeReasonKind::New,
            format!("{who} asserted it first at {first}"),
        ),
        Standing::Expired { last, .. } if appears => (
            EdgeReasonKind::Again,
            format!("{who} had asserted it last at {last}, and does so again"),
        ),
        Standing::Expired { last, runs_since } => (
            EdgeReasonKind::Expired,
            format!(
                "{who} asserted it last at {last}; {runs_since} effective runs after that did not, for longer than the edge window"
            ),
        ),
        Standing::Replaced { by } if appears => (
            EdgeReasonKind::Redeclared,
            format!("the static event of {by} did not declare it, a later one does"),
        ),
        Standing::Replaced { by } => (
            EdgeReasonKind::Replaced,
            format!("the static event of {by} does not declare it any more"),
        ),
        Standing::Unknown => (
            EdgeReasonKind::TakenBack,
            format!("what {who} asserted since {first} has been taken back"),
        ),
    }
}
