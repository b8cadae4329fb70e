//! What rules look at of some datasets only, and that is not kept of all: whoever makes a world asks
//! it for which ([`World::wants`]) and tells it.

use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::openlineage::EventTime;

use super::compat::Column;
use super::policy::RuleName;
use super::rules::promised;
use super::world::World;

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldColumn {
    /// Its ordinal, by which the graph has it.
    pub ordinal: u32,
    /// Its name, nested ones by path.
    pub name: String,
    /// Its type, where a schema tells it.
    pub data_type: Option<String>,
    /// It is there no more.
    pub removed: bool,
    /// Since when.
    pub removed_at: Option<EventTime>,
}

/// A test of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldTest {
    /// Its name, as the producer calls it.
    pub name: String,
    /// The column; `None` for the whole dataset.
    pub column: Option<String>,
    /// When it was told last.
    pub last: EventTime,
    /// Whether it held then; `None` where that was not told.
    pub success: Option<bool>,
}

/// A version of a dataset's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldVersion {
    /// Since when.
    pub from: EventTime,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// What was told of the datasets that rules ask for.
#[derive(Debug, Clone, Default)]
pub struct ToldOf {
    /// All columns, removed ones among them.
    pub columns: HashMap<u32, Arc<Vec<ToldColumn>>>,
    /// Time of the latest event that says that it was written.
    pub written: HashMap<u32, Option<EventTime>>,
    /// Tests.
    pub tests: HashMap<u32, Arc<Vec<ToldTest>>>,
    /// Versions of the schema, the oldest first.
    pub versions: HashMap<u32, Arc<Vec<ToldVersion>>>,
}

/// Datasets that rules ask more about.
#[derive(Debug, Default)]
pub struct Wants {
    /// For their columns.
    pub columns: Vec<u32>,
    /// For when they were written.
    pub written: Vec<u32>,
    /// For their tests.
    pub tests: Vec<u32>,
    /// For the versions of their schemas.
    pub versions: Vec<u32>,
}

impl World {
    /// What has to be told before contracts are looked at.
    pub fn wants(&self) -> Wants {
        let of = |rules: &[RuleName]| -> Vec<u32> {
            let contracts = self.policy.contracts.iter();
            let contracts = contracts.filter(|contract| rules.contains(&contract.rule.name));
            let all: HashSet<u32> = contracts.flat_map(|one| promised(self, one)).collect();
            let mut all: Vec<u32> = all.into_iter().collect();
            all.sort_unstable();
            all
        };
        let mut contracts = self.policy.contracts.iter();
        let mut columns = of(&[RuleName::HasColumns, RuleName::ColumnsClassified]);
        if contracts.any(|contract| contract.rule.name == RuleName::KeepsColumns) {
            let consumers = self.consumers.iter();
            columns.extend(
                consumers
                    .flat_map(|one| self.reads(one.who))
                    .map(|read| read.0),
            );
            columns.sort_unstable();
            columns.dedup();
        }
        Wants {
            columns,
            written: of(&[RuleName::Fresh]),
            tests: of(&[RuleName::Tested]),
            versions: of(&[RuleName::Compatible]),
        }
    }
}
