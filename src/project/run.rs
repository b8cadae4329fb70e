//! The life of a run: which state counts when events disagree, and when a run is effective.

use crate::openlineage::{EventTime, RunState};

/// How conflicting end states of one run are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndRule {
    /// The highest of COMPLETE < ABORT < FAIL. Spark sends FAIL and 5 ms later COMPLETE for one
    /// failed run (trap 11), and delivery order means nothing.
    Worst,
    /// The later event time. Dagster sends FAIL for a run that it then completes (trap 25).
    Latest,
}

/// The rule for a producer, by what its URI says of the integration.
pub fn end_rule(producer: &str) -> EndRule {
    if producer.to_ascii_lowercase().contains("dagster") {
        EndRule::Latest
    } else {
        EndRule::Worst
    }
}

/// A run's state as shown, and whether its end states disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The state that counts.
    pub state: RunState,
    /// More than one different end state was reported.
    pub conflict: bool,
}

/// Settles the states that a run was told, given in any order.
pub fn settle(states: impl Iterator<Item = (RunState, EventTime)>, rule: EndRule) -> Settled {
    let mut best: Option<(RunState, EventTime)> = None;
    let mut first_end = None;
    let mut conflict = false;
    for (state, time) in states {
        if state.is_terminal() {
            conflict |= *first_end.get_or_insert(state) != state;
        }
        let better = match best {
            None => true,
            Some((held, held_time)) => match rule {
                EndRule::Latest if state.is_terminal() && held.is_terminal() => {
                    (time, state) > (held_time, held)
                }
                _ => state > held,
            },
        };
        if better {
            best = Some((state, time));
        }
    }
    let state = best.map_or(RunState::Other, |(state, _)| state);
    Settled { state, conflict }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RunState::{Abort, Complete, Fail, Other, Running, Start};

    fn settled(states: &[(RunState, i64)], rule: EndRule) -> (RunState, bool) {
        let forward = settle(states.iter().map(|&(s, t)| (s, EventTime(t))), rule);
        let backward = settle(states.iter().rev().map(|&(s, t)| (s, EventTime(t))), rule);
        assert_eq!(forward, backward, "order must not matter");
        (forward.state, forward.conflict)
    }

    #[test]
    fn states_climb() {
        assert_eq!(settled(&[], EndRule::Worst), (Other, false));
        assert_eq!(
            settled(&[(Start, 1), (Running, 2)], EndRule::Worst),
            (Running, false)
        );
        assert_eq!(
            settled(&[(Complete, 2), (Start, 9)], EndRule::Worst),
            (Complete, false)
        );
        assert_eq!(
            settled(&[(Complete, 2), (Complete, 3)], EndRule::Worst),
            (Complete, false)
        );
        assert_eq!(
            settled(&[(Abort, 2), (Start, 1), (Complete, 3)], EndRule::Worst),
            (Abort, true)
        );
    }

    #[test]
    fn trap_11_spark_failure_wins_whatever_the_order() {
        let spark =
            end_rule("https://github.com/OpenLineage/OpenLineage/tree/1.53.0/integration/spark");
        assert_eq!(settled(&[(Fail, 10), (Complete, 15)], spark), (Fail, true));
    }

    #[test]
    fn trap_25_dagster_later_end_wins() {
        let dagster =
            end_rule("https://github.com/OpenLineage/OpenLineage/tree/1.0.0/integration/dagster");
        assert_eq!(
            settled(&[(Fail, 10), (Complete, 15), (Running, 20)], dagster),
            (Complete, true)
        );
    }
}
