//! Jobs whose names differ only by an id, by namespace ([`crate::project::family`]). Search shows
//! one of many; the catalog keeps them all.

use ahash::HashMap;

use crate::project::family::family;

use super::handle::Catalog;
use super::names::{JobId, StringId};
use super::state::{Entity, State};

/// From so many on, one stands for all in search.
pub const MANY: usize = 5;

/// Families by namespace and pattern.
#[derive(Default)]
pub struct Families(HashMap<(StringId, Box<str>), Family>);

/// Jobs that are alike.
#[derive(Default)]
struct Family {
    count: usize,
    /// The one with the greatest name: ids grow with time more often than not.
    greatest: JobId,
    /// The first of them, until they are [`MANY`].
    first: Vec<JobId>,
}

/// The family of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyView {
    /// Its name, with a star for each id.
    pub pattern: String,
    /// How many jobs there are in it.
    pub count: usize,
    /// The one that stands for all in search, when they are many.
    pub shown: Option<JobId>,
}

impl State {
    /// Takes in a job's name. What search shows of its family may change with it.
    pub fn join_family(&mut self, job: JobId) {
        let (namespace, name) = self.job_names.name(job);
        let Some(pattern) = family(name) else {
            return;
        };
        let held = self
            .families
            .0
            .entry((namespace, pattern.into()))
            .or_default();
        let before = held.greatest;
        let greater = held.count == 0 || self.job_names.name(before).1 < name;
        if greater {
            held.greatest = job;
        }
        held.count += 1;
        if held.count < MANY {
            held.first.push(job);
            return;
        }
        let first = std::mem::take(&mut held.first);
        self.touched.extend(first.into_iter().map(Entity::Job));
        self.touched.insert(Entity::Job(before));
        self.touched.insert(Entity::Job(job));
    }
}

impl Catalog {
    /// The family of a job; `None` when its name has no id in it.
    pub fn family_of(&self, job: JobId) -> Option<FamilyView> {
        let state = self.state.read();
        let (namespace, name) = state.job_names.name(job);
        let pattern = family(name)?;
        let held = state.families.0.get(&(namespace, pattern.clone().into()))?;
        Some(FamilyView {
            pattern,
            count: held.count,
            shown: (held.count >= MANY).then_some(held.greatest),
        })
    }
}
