//! Turning events away at the door: where a contract says so, an event that would break it is not
//! taken, and kept in quarantine.
//!
//! What is known of datasets is what contracts saw last, a fraction of a second ago.

use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;

use crate::contract::JobFacts;
use crate::contract::door::{Known, KnownDataset, Reason, reasons};
use crate::contract::policy::Policy;
use crate::openlineage::{Event, EventTime};
use crate::project::naming::NameRules;
use crate::quarantine::{FORMAT, Head, Kept, Quarantine, QuarantineError};

use super::accept::{Acceptance, Notice, Refusal};
use super::contracts::present;
use super::{Engine, Evaluated};

/// An event that was turned away.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct TurnedAway {
    /// Contracts that it would break.
    pub reasons: Vec<Reason>,
    /// Its id in quarantine; none where it could not be kept.
    pub id: Option<String>,
    /// All of it in a sentence.
    message: String,
}

/// A policy that turns events away.
pub(super) struct Door {
    policy: Arc<Policy>,
    seen: Option<Arc<Evaluated>>,
    now: EventTime,
}

struct Seen<'e> {
    engine: &'e Engine,
    seen: Option<&'e Evaluated>,
}

impl Known for Seen<'_> {
    fn dataset(&self, namespace: &str, name: &str) -> Option<KnownDataset> {
        let id = self.engine.catalog().dataset_id(namespace, name)?;
        let facts = self.seen.and_then(|seen| {
            let held = seen.world.facts.datasets.get(id as usize)?;
            held.clone()
        });
        Some(KnownDataset {
            id,
            facts,
            layer: self.seen.and_then(|seen| seen.world.layer(id)),
        })
    }

    fn job(&self, namespace: &str, name: &str) -> Option<Arc<JobFacts>> {
        let id = self.engine.catalog().job_id(namespace, name)?;
        self.seen?.world.facts.jobs.get(id as usize)?.clone()
    }

    fn names(&self) -> Arc<NameRules> {
        match self.seen {
            Some(seen) => Arc::clone(&seen.world.facts.names),
            None => Arc::new(self.engine.catalog().name_rules()),
        }
    }
}

impl Door {
    /// Why an event is turned away; `None` when it is not.
    pub fn reasons(&self, engine: &Engine, event: &Event) -> Option<Vec<Reason>> {
        let known = Seen {
            engine,
            seen: self.seen.as_deref(),
        };
        let found = reasons(&self.policy, event, &known, self.now);
        // Its sender tries again after somebody released it: the log knows it.
        let away = !found.is_empty() && !engine.quarantine().was_released(&id_of(event));
        away.then_some(found)
    }
}

fn id_of(event: &Event) -> String {
    use std::fmt::Write as _;
    event.hash.iter().fold(String::new(), |mut id, byte| {
        _ = write!(id, "{byte:02x}");
        id
    })
}

impl Engine {
    /// Events that were turned away.
    pub fn quarantine(&self) -> &Quarantine {
        &self.shared.quarantine
    }

    /// The policy, where it turns events away.
    pub(super) fn door(&self) -> Option<Door> {
        let loaded = self.policy()?;
        let mut contracts = loaded.policy.contracts.iter();
        contracts.any(|one| one.reject.is_some()).then(|| Door {
            policy: Arc::clone(&loaded.policy),
            seen: self.contracts(),
            now: present(),
        })
    }

    pub(super) async fn to_quarantine(
        &self,
        event: Event,
        source: Bytes,
        reasons: Vec<Reason>,
        received_ms: i64,
    ) -> TurnedAway {
        metrics::counter!("headwater_events_total", "status" => "quarantined").increment(1);
        let notice = Notice::new(0, &event);
        let id = id_of(&event);
        let head = Head {
            headwater_quarantine: FORMAT,
            id: id.clone(),
            received_at: DateTime::from_timestamp_millis(received_ms).unwrap_or_default(),
            event_time: event.time.to_string(),
            producer: notice.producer,
            subject: notice.subject,
            reasons: reasons.clone(),
            bytes: source.len() as u64,
        };
        let shared = Arc::clone(&self.shared);
        let kept = tokio::task::spawn_blocking(move || shared.quarantine.keep(head, &source));
        let (id, how) = match kept.await {
            Ok(Ok(Kept::Yes)) => {
                let how = format!(
                    "it is kept in quarantine: POST /api/v1/quarantine/{id}/release takes it in, DELETE /api/v1/quarantine/{id} discards it"
                );
                (Some(id), how)
            }
            Ok(Ok(Kept::No(reason))) => (None, reason),
            Ok(Err(error)) => (None, format!("it was not kept: {error}")),
            Err(_) => (None, "it was not kept: the server is stopping".to_owned()),
        };
        let first = reasons.first();
        let first = first.map(|one| {
            format!(
                "the contract {} turns this event away: {}",
                one.contract, one.message
            )
        });
        let more = match reasons.len() {
            0 | 1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        TurnedAway {
            message: format!("{}{more}; {how}", first.unwrap_or_default()),
            reasons,
            id,
        }
    }

    /// Takes in an event from quarantine, whatever contracts say now; `None` when there is none of
    /// this id.
    ///
    /// # Errors
    /// When it cannot be read or taken out, or the log takes nothing now; then it is there still.
    pub async fn release(
        &self,
        id: &str,
        received_ms: i64,
    ) -> Result<Option<Acceptance>, ReleaseError> {
        let Some((_, event)) = self.quarantine().event(id)? else {
            return Ok(None);
        };
        let answer = self.accept_as_is(vec![event], received_ms).await?;
        // In the log first: who dies here finds it in quarantine again, and releasing it twice does
        // no harm.
        if answer.iter().all(Result::is_ok) {
            self.quarantine().take_out(id, true)?;
        }
        Ok(Some(answer))
    }
}

/// Why an event was not released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Its file.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// The log.
    #[error(transparent)]
    Refused(#[from] Refusal),
}
