//! When violations come and go: news of now, and what was written down.

use async_graphql::{Context, Enum, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::engine::{Episode, ViolationNews};

use super::super::refs::{coded, engine};
use super::super::request::budget;
use super::super::search::page_size;
use super::violation::Severity;

/// What happened to a violation.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationEvent {
    /// It is there, or excused no more.
    Opened,
    /// It is there no more.
    Closed,
    /// An exception excuses it now.
    Excepted,
}

/// News of a violation.
#[derive(SimpleObject)]
pub struct ViolationChange {
    /// What happened; null when news was missed because the client was too slow.
    pub event: Option<ViolationEvent>,
    /// The violation.
    pub id: Option<ID>,
    /// The contract.
    pub contract: Option<String>,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// What is or was wrong, in one sentence.
    pub message: Option<String>,
    /// The last event that was looked at.
    pub evaluated_seq: Option<u64>,
    /// How many news were missed before this one.
    pub missed: u64,
}

impl ViolationChange {
    /// Of one that happened.
    pub fn new(news: ViolationNews) -> Self {
        Self {
            event: Some(match news.state {
                None => ViolationEvent::Closed,
                Some(false) => ViolationEvent::Opened,
                Some(true) => ViolationEvent::Excepted,
            }),
            id: Some(ID(news.id.to_string())),
            contract: Some(news.contract),
            severity: Some(news.severity.into()),
            message: Some(news.message),
            evaluated_seq: Some(news.seq),
            missed: 0,
        }
    }

    /// Of some that were missed.
    pub fn of_missed(missed: u64) -> Self {
        Self {
            event: None,
            id: None,
            contract: None,
            severity: None,
            message: None,
            evaluated_seq: None,
            missed,
        }
    }
}

/// A time during which a violation was there, as this server saw it.
#[derive(SimpleObject)]
pub struct ViolationEpisode {
    /// The violation; the same each time it opens.
    pub id: ID,
    /// Its contract.
    pub contract: String,
    /// What was wrong, when it was opened.
    pub message: String,
    /// When it was seen first, by the clock of the server; `Violation.since` is by the time of events.
    pub opened_at: DateTime<Utc>,
    /// The last event that was looked at then.
    pub opened_seq: u64,
    /// When it was seen to be gone; null while it is there.
    pub closed_at: Option<DateTime<Utc>>,
    /// The last event that was looked at then.
    pub closed_seq: Option<u64>,
}

impl From<Episode> for ViolationEpisode {
    fn from(one: Episode) -> Self {
        Self {
            id: one.id.into(),
            contract: one.contract,
            message: one.message,
            opened_at: one.opened_at,
            opened_seq: one.opened_seq,
            closed_at: one.closed_at,
            closed_seq: one.closed_seq,
        }
    }
}

/// Times during which violations were there.
#[derive(SimpleObject)]
pub struct ViolationHistory {
    /// The open ones, then the closed ones, the latest first.
    pub nodes: Vec<ViolationEpisode>,
    /// How many there are; of closed ones the latest 100,000 are remembered.
    pub total: usize,
}

/// Times during which one violation or any was there.
///
/// # Errors
/// `BAD_INPUT` for what is no page size.
pub fn history(
    ctx: &Context<'_>,
    id: Option<&ID>,
    first: Option<i32>,
    offset: Option<i32>,
) -> Result<ViolationHistory> {
    let first = page_size(first)?;
    let offset = usize::try_from(offset.unwrap_or(0))
        .map_err(|_| coded("BAD_INPUT", "offset must not be negative"))?;
    let all = engine(ctx)?.violation_episodes(id.map(|id| id.as_str()));
    let total = all.len();
    budget(ctx)?.charge(first.min(total))?;
    let page = all.into_iter().skip(offset).take(first);
    Ok(ViolationHistory {
        nodes: page.map(ViolationEpisode::from).collect(),
        total,
    })
}
