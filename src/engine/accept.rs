//! Taking an event in: read it, make it durable, say so.

use bytes::Bytes;
use serde::Serialize;

use crate::log::{Appended, LogError, NewEvent};
use crate::openlineage::{Body, Event, EventError, Warning, parse_event};

use super::Engine;
use super::applier::Queued;
use super::door::{Door, TurnedAway};
use super::{health, slow};
use crate::contract::door::Reason;

/// What became of an accepted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptStatus {
    /// It is new.
    Accepted,
    /// The same event was there already.
    Duplicate,
}

/// The answer to an event that is durable.
#[derive(Debug, Clone, Serialize)]
pub struct Receipt {
    /// Its place in the log.
    pub seq: u64,
    /// New or not.
    pub status: ReceiptStatus,
    /// What its sender should know about it.
    pub warnings: Vec<Warning>,
}

/// The answers to a batch, in its order.
pub type Acceptance = Vec<Result<Receipt, Rejected>>;

/// Why an event was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Rejected {
    /// It is no event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It would break a contract that turns it away.
    #[error(transparent)]
    Contract(TurnedAway),
}

/// Why nothing of a request was taken.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Refusal(#[from] pub LogError);

impl Refusal {
    /// Stable name of the reason: `busy`, `disk_full`, `not_written`, `failed`, `closed` or
    /// `too_large`.
    pub fn code(&self) -> &'static str {
        health::code(&self.0)
    }

    /// What its sender should do, where the reason does not say so itself.
    pub fn advice(&self) -> &'static str {
        match self.0 {
            LogError::NotWritten { .. } => {
                "; send it again later: it is taken as soon as the disk has room"
            }
            LogError::Closed => "; send it again in a second",
            _ => "",
        }
    }
}

/// News of an accepted event.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its place in the log.
    pub seq: u64,
    /// Its time.
    pub time: crate::openlineage::EventTime,
    /// `RUN`, `JOB` or `DATASET`.
    pub kind: &'static str,
    /// The state it reports, on run events.
    pub state: Option<&'static str>,
    /// Who sent it.
    pub producer: String,
    /// Namespace and name of its job, or of its dataset.
    pub subject: (String, String),
}

impl Notice {
    pub(super) fn new(seq: u64, event: &Event) -> Self {
        let (kind, state, namespace, name) = match &event.body {
            Body::Run { run, job, .. } => {
                ("RUN", Some(run.state.as_str()), &job.namespace, &job.name)
            }
            Body::Job { job, .. } => ("JOB", None, &job.namespace, &job.name),
            Body::Dataset { dataset } => ("DATASET", None, &dataset.namespace, &dataset.name),
        };
        Self {
            seq,
            time: event.time,
            kind,
            state,
            producer: event.producer.to_string(),
            subject: (namespace.to_string(), name.to_string()),
        }
    }
}

/// Events of that many bytes together are read on a thread of their own: that takes milliseconds,
/// and the threads that serve requests are few.
const LARGE: usize = 1 << 20;

/// A request's events after they were read. `answers` has a place for each, in order; those that
/// are still empty belong to `events`.
#[derive(Default)]
struct Read {
    answers: Vec<Option<Result<Receipt, Rejected>>>,
    events: Vec<(Event, usize)>,
    records: Vec<NewEvent>,
}

async fn read(sources: Vec<Bytes>, received_ms: i64) -> Result<Read, Refusal> {
    if sources.iter().map(Bytes::len).sum::<usize>() < LARGE {
        return Ok(read_here(sources, received_ms));
    }
    let reading = tokio::task::spawn_blocking(move || read_here(sources, received_ms));
    match reading
        .await
        .map_err(tokio::task::JoinError::try_into_panic)
    {
        Ok(read) => Ok(read),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_stopping)) => Err(Refusal(LogError::Closed)),
    }
}

fn read_here(sources: Vec<Bytes>, received_ms: i64) -> Read {
    let mut read = Read::default();
    for source in sources {
        match parse_event(&source) {
            Ok(event) => {
                let (hash, size) = (event.hash, source.len());
                read.records.push(NewEvent {
                    hash,
                    received_ms,
                    payload: source,
                });
                read.events.push((event, size));
                read.answers.push(None);
            }
            Err(error) => read.answers.push(Some(Err(error.into()))),
        }
    }
    read
}

impl Engine {
    /// Takes in events, each on its own merits: what is no event is refused, what a contract turns
    /// away goes to quarantine, the rest is durable when this returns.
    ///
    /// # Errors
    /// [`Refusal`] when the log takes nothing now; then none of the events is acknowledged.
    pub async fn accept(
        &self,
        sources: Vec<Bytes>,
        received_ms: i64,
    ) -> Result<Acceptance, Refusal> {
        let mut read = read(sources, received_ms).await?;
        if let Some(door) = self.door() {
            self.turn_away(&door, &mut read, received_ms).await;
        }
        self.take(read).await
    }

    /// Takes in events whatever contracts say: what the server makes itself, and what somebody
    /// released from quarantine.
    ///
    /// # Errors
    /// As [`Engine::accept`].
    pub async fn accept_as_is(
        &self,
        sources: Vec<Bytes>,
        received_ms: i64,
    ) -> Result<Acceptance, Refusal> {
        let read = read(sources, received_ms).await?;
        self.take(read).await
    }

    async fn turn_away(&self, door: &Door, read: &mut Read, received_ms: i64) {
        let away: Vec<Option<Vec<Reason>>> = read
            .events
            .iter()
            .map(|(event, _)| door.reasons(self, event))
            .collect();
        if away.iter().all(Option::is_none) {
            return;
        }
        let mut places = Vec::new();
        for (place, answer) in read.answers.iter().enumerate() {
            if answer.is_none() {
                places.push(place);
            }
        }
        let events = std::mem::take(&mut read.events).into_iter();
        let records = std::mem::take(&mut read.records).into_iter();
        for (((event, record), reasons), place) in events.zip(records).zip(away).zip(places) {
            let Some(reasons) = reasons else {
                read.events.push(event);
                read.records.push(record);
                continue;
            };
            let away = self
                .to_quarantine(event.0, record.payload, reasons, received_ms)
                .await;
            read.answers[place] = Some(Err(Rejected::Contract(away)));
        }
    }

    async fn take(&self, read: Read) -> Result<Acceptance, Refusal> {
        let Read {
            answers,
            events,
            records,
        } = read;
        let appended = if records.is_empty() {
            Vec::new()
        } else {
            slow::slow_down(&self.shared, records.len()).await;
            self.append(records).await?
        };
        let mut receipts = events
            .into_iter()
            .zip(appended)
            .map(|((event, size), appended)| self.receipt(event, size, appended));
        let filled = answers
            .into_iter()
            .map(|answer| answer.or_else(|| receipts.next().map(Ok)));
        Ok(filled.flatten().collect())
    }

    async fn append(&self, records: Vec<NewEvent>) -> Result<Vec<Appended>, LogError> {
        let bytes = records.iter().map(|record| record.payload.len()).sum();
        let appended = self.shared.log.append(records).await;
        match &appended {
            Err(error) => self.shared.health.refused(bytes, error),
            // Duplicates alone are answered without a write.
            Ok(all)
                if all
                    .iter()
                    .any(|one| matches!(one, Appended::Accepted { .. })) =>
            {
                self.shared.health.written();
            }
            Ok(_) => {}
        }
        appended
    }

    fn receipt(&self, mut event: Event, size: usize, appended: Appended) -> Receipt {
        let warnings = std::mem::take(&mut event.warnings);
        // The totals by producer need no more of them.
        event.warnings = warnings.iter().map(Warning::bare).collect();
        for warning in &warnings {
            metrics::counter!("headwater_event_warnings_total", "code" => warning.code)
                .increment(1);
        }
        let seq = appended.seq();
        let status = match appended {
            Appended::Duplicate { .. } => {
                metrics::counter!("headwater_events_total", "status" => "duplicate").increment(1);
                self.shared.emitters.duplicate(&event.producer);
                ReceiptStatus::Duplicate
            }
            Appended::Accepted { .. } => {
                metrics::counter!("headwater_events_total", "status" => "accepted").increment(1);
                if self.shared.notices.receiver_count() > 0 {
                    let _ = self.shared.notices.send(Notice::new(seq, &event));
                }
                self.enqueue(Queued { seq, event, size });
                ReceiptStatus::Accepted
            }
        };
        Receipt {
            seq,
            status,
            warnings,
        }
    }
}
