//! What a policy would find that does not hold yet: now, and on each of the last days.

use std::sync::Arc;

use ahash::HashSet;

use crate::contract::World;
use crate::contract::policy::Policy;
use crate::engine::{Engine, EngineError};
use crate::openlineage::EventTime;

use super::known::{Known, tell_as_of};
use super::{Evaluated, present};

/// Microseconds of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// What a policy would find.
pub struct Trial {
    /// Now.
    pub now: Evaluated,
    /// At the same time of day on each of the days before, the last first.
    pub before: Vec<Evaluated>,
}

impl Engine {
    /// Holds everything against a policy that does not hold, now and on each of `days` days before
    /// (with the facets, layers and names of now). `go_on` is asked before each.
    ///
    /// # Errors
    /// When the store fails; [`EngineError::Stopped`] when `go_on` says no.
    pub fn try_policy(
        &self,
        policy: Policy,
        days: u32,
        go_on: impl Fn() -> bool,
    ) -> Result<Trial, EngineError> {
        let (policy, now) = (Arc::new(policy), present());
        let graph = self.graph();
        // What is kept is only told of changes while a policy holds; this is read anew.
        let mut known = Known::default();
        let facts = known.refresh(self.catalog(), &HashSet::default())?;
        let mut world = World::new(Arc::clone(&policy), facts.clone(), &graph, now);
        known.tell(self.catalog(), &mut world)?;
        let mut trial = Trial {
            now: Evaluated::new(world, graph.applied_seq),
            before: Vec::new(),
        };
        for day in 1..=i64::from(days) {
            if !go_on() {
                return Err(EngineError::Stopped);
            }
            let at = EventTime(now.0.saturating_sub(day * DAY));
            let past = self.past(at)?;
            let mut world = World::new(Arc::clone(&policy), facts.as_of(at), &past.graph, at);
            tell_as_of(self.catalog(), &mut world)?;
            let found = Evaluated::new(world, graph.applied_seq);
            trial.before.push(found);
        }
        Ok(trial)
    }
}
