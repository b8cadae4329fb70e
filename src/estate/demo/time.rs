//! Times and run ids of the demo estate: when the daily runs fall, and how each
//! producer writes a time.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::error::EstateError;

/// A minute in milliseconds.
pub(super) const MINUTE: i64 = 60_000;
/// A day in milliseconds.
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
/// From the first scheduled minute of a day to its last event, with a margin.
const DAILY_SPAN: i64 = 50 * MINUTE;

/// The daily schedule, counted back from now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    now_ms: i64,
    days: usize,
}

impl Schedule {
    /// A schedule of `days` days of which the last ends just before `now_ms`.
    pub(super) fn new(now_ms: i64, days: usize) -> Result<Self, EstateError> {
        let reach = i64::try_from(days + 2).unwrap_or(i64::MAX);
        let earliest = reach
            .checked_mul(DAY)
            .and_then(|back| now_ms.checked_sub(back));
        // Both ends can be written, so every time between can.
        for end in [earliest.unwrap_or(i64::MIN), now_ms] {
            date_time(end)?;
        }
        Ok(Self { now_ms, days })
    }

    /// When the first scheduled job of `day` (from 0) starts, in ms since 1970.
    pub(super) fn start_of(self, day: usize) -> i64 {
        let back = self.days.saturating_sub(1).saturating_sub(day);
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        self.now_ms
            .saturating_sub(back.saturating_mul(DAY))
            .saturating_sub(DAILY_SPAN)
    }
}

fn date_time(millis: i64) -> Result<DateTime<Utc>, EstateError> {
    DateTime::from_timestamp_millis(millis).ok_or(EstateError::Time { millis })
}

/// As Java producers write it: milliseconds and `Z`.
pub(super) fn java_time(millis: i64) -> Result<String, EstateError> {
    Ok(date_time(millis)?.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// As Debezium writes it: nanoseconds and `Z`.
pub(super) fn debezium_time(millis: i64) -> Result<String, EstateError> {
    Ok(date_time(millis)?.to_rfc3339_opts(SecondsFormat::Nanos, true))
}

/// As Python producers write it: microseconds and `+00:00`.
pub(super) fn python_time(millis: i64) -> Result<String, EstateError> {
    Ok(date_time(millis)?.to_rfc3339_opts(SecondsFormat::Micros, false))
}

/// The run id of `attempt` of a job scheduled at `millis`: the same on each call.
pub(super) fn run_id(namespace: &str, job: &str, millis: i64, attempt: u32) -> Uuid {
    let name = format!("{namespace}/{job}@{millis}#{attempt}");
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}
