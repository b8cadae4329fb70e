//! Which edges are current: the rule by which a job's old edges leave the graph.
//!
//! An edge of job J is current when a run of J asserted it no longer than `edge_window` before J's
//! latest effective run. A job that runs once a year stays; an edge that a daily job stopped
//! asserting leaves after the window. FAIL, ABORT and bare START add, never remove.

use crate::openlineage::EventTime;

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

#[cfg(test)]
mod tests {
    use super::*;

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
