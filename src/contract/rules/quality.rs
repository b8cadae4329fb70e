//! How a mart must be tested.

use crate::contract::policy::{Contract, Policy};
use crate::contract::testing::{TestKind, is_of};
use crate::contract::told::ToldTest;
use crate::contract::world::World;
use crate::openlineage::EventTime;

use super::Look;
use super::producer::{case, promised};

/// What a contract asks of the tests of a dataset: one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<'c> {
    /// One of a kind.
    Kind(TestKind),
    /// One of a column whose name or kind a pattern matches.
    OfColumn(&'c str, &'c crate::contract::policy::Glob),
}

/// How far it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is.
    Kept,
    /// No such test was ever told.
    Missing,
    /// It was told last at that time, which is too long ago.
    Old(EventTime),
    /// It did not hold at that time.
    Failed(EventTime),
}

impl Asked<'_> {
    /// Names it in the id of a violation.
    pub fn detail(&self) -> String {
        match self {
            Self::Kind(kind) => kind.as_str().to_owned(),
            Self::OfColumn(column, pattern) => format!("{column}: {}", pattern.text),
        }
    }

    fn is(&self, policy: &Policy, test: &ToldTest) -> bool {
        match self {
            Self::Kind(kind) => is_of(policy, &test.name, *kind),
            Self::OfColumn(column, pattern) => {
                // Producers write columns as their engine or their model spells them.
                let held = test.column.as_deref();
                held.is_some_and(|held| held.eq_ignore_ascii_case(column))
                    && (pattern.matches(&test.name)
                        || TestKind::of(&pattern.text)
                            .is_some_and(|kind| is_of(policy, &test.name, kind)))
            }
        }
    }
}

/// All that a contract asks of each dataset.
pub fn asked(contract: &Contract) -> Vec<Asked<'_>> {
    let rule = &contract.rule;
    let kinds = rule.kinds.iter().map(|kind| Asked::Kind(*kind));
    let columns = rule.columns.iter().flat_map(|(name, patterns)| {
        let patterns = patterns.0.iter();
        patterns.map(move |pattern| Asked::OfColumn(name, pattern))
    });
    kinds.chain(columns).collect()
}

/// Whether a dataset has a test as a contract asks for it: of several the one that does best counts.
pub fn state_of(world: &World, contract: &Contract, id: u32, asked: &Asked<'_>) -> State {
    let rule = &contract.rule;
    // dbt looks at the columns of a model with an enforced contract each time it builds it.
    if *asked == Asked::Kind(TestKind::Schema) && enforces_contract(world, id) {
        return State::Kept;
    }
    let tests = world.told.tests.get(&id);
    let tests = tests.into_iter().flat_map(|tests| tests.iter());
    let mut best = State::Missing;
    for test in tests.filter(|test| asked.is(&world.policy, test)) {
        let age = world.now.0.saturating_sub(test.last.0);
        if rule.within > 0 && age > rule.within {
            best = match best {
                State::Old(last) => State::Old(last.max(test.last)),
                State::Missing => State::Old(test.last),
                other => other,
            };
            continue;
        }
        if rule.passing && test.success != Some(true) && !is_measurement(test) {
            best = match best {
                State::Failed(last) => State::Failed(last.max(test.last)),
                _ => State::Failed(test.last),
            };
            continue;
        }
        return State::Kept;
    }
    best
}

fn is_measurement(test: &ToldTest) -> bool {
    test.name.starts_with("dataQualityMetrics.")
}

fn enforces_contract(world: &World, id: u32) -> bool {
    let config = world.dataset(id).map(|facts| facts.dbt_config.as_slice());
    let mut config = config.into_iter().flatten();
    config.any(|(name, value)| name == "contract.enforced" && value == "true")
}

/// A test that the contract asks for was never told, not lately, or did not hold.
pub(super) fn tested(look: &mut Look<'_>) {
    let (world, contract) = (look.world, look.contract);
    let asked = asked(contract);
    for id in promised(world, contract) {
        for one in &asked {
            let since = match state_of(world, contract, id, one) {
                State::Kept => continue,
                State::Missing => None,
                State::Old(last) => Some(EventTime(last.0.saturating_add(contract.rule.within))),
                State::Failed(last) => Some(last),
            };
            look.add(case(id, Some(one.detail()), since));
        }
    }
}
