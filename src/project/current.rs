//! Which edges are current: the rule by which a job's old edges leave the graph.
//!
//! An edge of job J is current when a run of J asserted it no longer than `edge_window` before J's
//! latest effective run. A job that runs once a year stays; an edge that a daily job stopped
//! asserting leaves after the window. FAIL, ABORT and bare START add, never remove.

use crate::openlineage::EventTime;

#[cfg(doc)]
use super::intervals::Intervals;

/// The window unless configured: 30 days, in microseconds.
pub const DEFAULT_EDGE_WINDOW: i64 = 30 * 24 * 3600 * 1_000_000;

/// The times of a job's runs that decide which of its edges are current.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Activity {
    /// Last event of the latest run that completed and named a dataset.
    pub completed: Option<EventTime>,
    /// Last event of the latest run that named a dataset, however it ended.
    pub named: Option<EventTime>,
    /// The job streams: its runs count while they run.
    pub streaming: bool,
}

impl Activity {
    /// The time of the latest effective run. A job none of whose runs completed counts the latest
    /// that named a dataset.
    pub fn effective(&self) -> Option<EventTime> {
        if self.streaming {
            self.named.max(self.completed)
        } else {
            self.completed.or(self.named)
        }
    }

    /// Whether an edge last asserted at `asserted` is current, with a window in microseconds.
    pub fn is_current(&self, asserted: EventTime, window: i64) -> bool {
        self.effective()
            .is_none_or(|latest| asserted.0 >= latest.0.saturating_sub(window))
    }
}

/// Whether an edge was current at a time. `told` is when it was asserted last by then, from compressed
/// times ([`Intervals::last_by`]).
///
/// Times no further apart than the window were made one interval. Inside one the edge is current,
/// whatever the job did: its last assertion is no older than the window, and no run is later than
/// the time asked for. Behind an interval it stays current until the job's first effective run
/// later than the interval's last time and the window. `effective` tells the latest effective run at
/// the time asked for; it is asked only when the answer hangs on it.
pub fn current_at<E>(
    told: Option<EventTime>,
    window: i64,
    at: EventTime,
    effective: impl FnOnce(Expiry) -> Result<bool, E>,
) -> Result<bool, E> {
    let Some(last) = told else {
        return Ok(false);
    };
    let expires = EventTime(last.0.saturating_add(window));
    if at <= expires {
        return Ok(true);
    }
    let later = Expiry {
        after: expires,
        until: at,
    };
    Ok(!effective(later)?)
}

/// The question whether a job's latest effective run at `until` was later than `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// An edge is no longer current when the latest effective run is later than this.
    pub after: EventTime,
    /// The time that is asked for.
    pub until: EventTime,
}

/// A run as it counts for the times at which its job was effective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// Its last event: from then on it counts.
    pub last: EventTime,
    /// It completed and named a dataset; otherwise it only named one.
    pub completed: bool,
}

/// The latest effective run at a time, of the runs that named a dataset. A run counts from its last
/// event on, with the state that it came to.
pub fn effective_at(
    runs: impl Iterator<Item = Effect>,
    streaming: bool,
    at: EventTime,
) -> Option<EventTime> {
    let mut activity = Activity {
        streaming,
        ..Activity::default()
    };
    for run in runs.filter(|run| run.last <= at) {
        activity.named = activity.named.max(Some(run.last));
        if run.completed {
            activity.completed = activity.completed.max(Some(run.last));
        }
    }
    activity.effective()
}

#[cfg(test)]
mod tests {
    use super::super::intervals::{Intervals, Span};
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    /// A run: first event, length, completed, asserts the edge.
    type Run = (i64, i64, bool, bool);

    /// The rule as it is written: the last time at which a run asserted the edge, beside the latest
    /// effective run, both at that time.
    fn slowly(runs: &[Run], streaming: bool, window: i64, at: i64) -> bool {
        let begun = runs.iter().filter(|run| run.3 && run.0 <= at);
        let Some(asserted) = begun.map(|run| at.min(run.0 + run.1)).max() else {
            return false;
        };
        let ended = || runs.iter().filter(|run| run.0 + run.1 <= at);
        let latest = |of: &dyn Fn(&&Run) -> bool| ended().filter(of).map(|run| run.0 + run.1).max();
        let completed = latest(&|run: &&Run| run.2);
        let effective = if streaming {
            latest(&|_: &&Run| true)
        } else {
            completed.or(latest(&|_: &&Run| true))
        };
        effective.is_none_or(|effective| asserted >= effective - window)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn compressed_times_tell_what_all_times_tell(
            runs in prop::collection::vec((0_i64..120, 0_i64..9, any::<bool>(), any::<bool>()), 1..12),
            streaming in any::<bool>(), window in 1_i64..30,
        ) {
            let mut told: Option<Intervals> = None;
            for run in runs.iter().filter(|run| run.3) {
                let span = Span { first: EventTime(run.0), last: EventTime(run.0 + run.1) };
                told.get_or_insert(Intervals::new(span)).add(span, window);
            }
            let Some(told) = told else { return Ok(()) };
            for at in -2..140 {
                let effects = runs.iter().map(|run| Effect { last: EventTime(run.0 + run.1), completed: run.2 });
                let later = |expiry: Expiry| -> Result<bool, Infallible> {
                    let latest = effective_at(effects, streaming, expiry.until);
                    Ok(latest > Some(expiry.after))
                };
                let Ok(found) = current_at(told.last_by(EventTime(at)), window, EventTime(at), later);
                prop_assert_eq!(found, slowly(&runs, streaming, window, at), "at {}", at);
            }
        }
    }

    const DAY: i64 = 24 * 3600 * 1_000_000;

    fn day(n: i64) -> EventTime {
        EventTime(n * DAY)
    }

    #[test]
    fn an_edge_leaves_after_the_window_of_its_own_job() {
        let activity = Activity {
            completed: Some(day(100)),
            ..Activity::default()
        };
        assert!(activity.is_current(day(100), DEFAULT_EDGE_WINDOW));
        assert!(activity.is_current(day(70), DEFAULT_EDGE_WINDOW));
        assert!(!activity.is_current(day(69), DEFAULT_EDGE_WINDOW));
    }

    #[test]
    fn failures_remove_nothing() {
        let activity = Activity {
            completed: Some(day(10)),
            named: Some(day(300)),
            streaming: false,
        };
        assert!(activity.is_current(day(10), DEFAULT_EDGE_WINDOW));
        let streaming = Activity {
            streaming: true,
            ..activity
        };
        assert!(!streaming.is_current(day(10), DEFAULT_EDGE_WINDOW));
    }

    #[test]
    fn a_job_that_never_completed_counts_what_it_named() {
        let activity = Activity {
            named: Some(day(50)),
            ..Activity::default()
        };
        assert!(activity.is_current(day(50), DEFAULT_EDGE_WINDOW));
        assert!(!activity.is_current(day(10), DEFAULT_EDGE_WINDOW));
        assert!(Activity::default().is_current(day(0), DEFAULT_EDGE_WINDOW));
    }
}
