//! What rules look at of some datasets only, and that is not kept of all: whoever makes a world asks
//! it for which ([`World::wants`]) and tells it.

use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::openlineage::EventTime;

use super::policy::RuleName;
use super::rules::promised;
use super::world::World;

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldColumn {
    /// Its name, nested ones by path.
    pub name: String,
    /// Its type, where a schema tells it.
    pub data_type: Option<String>,
    /// It is there no more.
    pub removed: bool,
    /// Since when.
    pub removed_at: Option<EventTime>,
}

/// What was told of the datasets that rules ask for.
#[derive(Debug, Clone, Default)]
pub struct ToldOf {
    /// All columns, removed ones among them.
    pub columns: HashMap<u32, Arc<Vec<ToldColumn>>>,
    /// Time of the latest event that says that it was written.
    pub written: HashMap<u32, Option<EventTime>>,
}

/// Datasets that rules ask more about.
#[derive(Debug, Default)]
pub struct Wants {
    /// For their columns.
    pub columns: Vec<u32>,
    /// For when they were written.
    pub written: Vec<u32>,
}

impl World {
    /// What has to be told before contracts are looked at.
    pub fn wants(&self) -> Wants {
        let of = |rule: RuleName| -> Vec<u32> {
            let contracts = self.policy.contracts.iter();
            let contracts = contracts.filter(|contract| contract.rule.name == rule);
            let all: HashSet<u32> = contracts.flat_map(|one| promised(self, one)).collect();
            let mut all: Vec<u32> = all.into_iter().collect();
            all.sort_unstable();
            all
        };
        Wants {
            columns: of(RuleName::HasColumns),
            written: of(RuleName::Fresh),
        }
    }
}
