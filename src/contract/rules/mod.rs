//! The rules, and how all contracts of a policy are looked at.
//!
//! Each rule says in its own words what breaks it; `docs/CONTRACTS.md` has the same with examples.
//! "Made from" is what the current flows say: a flow's outputs are made from its inputs, and a
//! dataset that is made from itself (an incremental model) does not count.

mod classification;
mod consumption;
mod counts;
mod cycle;
mod flow;
mod producer;
mod quality;
mod rejoin;
mod selected;
mod versions;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::openlineage::EventTime;

use super::policy::{Contract, RuleName};
use super::violation::{Found, MAX_STEPS, Step, Violation, id_of};
use super::world::{Subject, World};
use selected::about;

pub(super) use classification::unmet;
pub use producer::{promised, promised_by_any_job};
pub(super) use quality::{Asked, State as TestState, asked, state_of};
pub use selected::{Selected, selected};
pub(super) use versions::breaks_of;

/// Looks at all contracts. What is found is in order of the contracts, then of the subjects' numbers.
pub fn evaluate(world: &World) -> Found {
    evaluate_some(world, |_| true)
}

/// Looks at some of the contracts.
pub(super) fn evaluate_some(world: &World, wanted: impl Fn(&Contract) -> bool) -> Found {
    let mut found = Found::default();
    for (at, contract) in world.policy.contracts.iter().enumerate() {
        if !wanted(contract) {
            continue;
        }
        let mut look = Look {
            world,
            at,
            contract,
            found: &mut found,
        };
        look.found.begin();
        match contract.rule.name {
            RuleName::ConsumersReadMarts => consumption::consumers_read_marts(&mut look),
            RuleName::NoSkippedLayer => flow::no_skipped_layer(&mut look),
            RuleName::NoWayBack => flow::no_way_back(&mut look),
            RuleName::NoStagingOnStaging => flow::no_staging_on_staging(&mut look),
            RuleName::NoDirectJoinToSource => counts::no_direct_join_to_source(&mut look),
            RuleName::SourceFanOut => counts::source_fan_out(&mut look),
            RuleName::ModelFanOut => counts::model_fan_out(&mut look),
            RuleName::NoRejoining => rejoin::no_rejoining(&mut look),
            RuleName::NoRootModel => counts::no_root_model(&mut look),
            RuleName::NoUnusedSource => counts::no_unused_source(&mut look),
            RuleName::NoSourcesJoined => counts::no_sources_joined(&mut look),
            RuleName::FewJoins => counts::few_joins(&mut look),
            RuleName::NoCycle => cycle::no_cycle(&mut look),
            RuleName::Classified => counts::classified(&mut look),
            RuleName::HasOwner => producer::has_owner(&mut look),
            RuleName::Fresh => producer::fresh(&mut look),
            RuleName::HasColumns => producer::has_columns(&mut look),
            RuleName::ColumnsClassified => classification::columns_classified(&mut look),
            RuleName::Tested => quality::tested(&mut look),
            RuleName::Compatible => versions::compatible(&mut look),
            RuleName::KeepsColumns => consumption::keeps_columns(&mut look),
        }
    }
    found
}

/// One contract being looked at.
struct Look<'l> {
    world: &'l World,
    at: usize,
    contract: &'l Contract,
    found: &'l mut Found,
}

/// What a rule found.
struct Case {
    subject: Subject,
    object: Option<u32>,
    steps: Vec<Step>,
    need: usize,
    count: usize,
    /// The column that it is about.
    detail: Option<String>,
    /// Since when, where something else than its steps tells.
    since: Option<EventTime>,
}

/// Datasets with the flows that say so.
type Others = BTreeMap<u32, Vec<u32>>;

impl Look<'_> {
    /// Takes note of a case, unless the contract is not about it. Its steps say which jobs are
    /// involved.
    fn add(&mut self, case: Case) {
        if !self.is_about(&case) || !self.found.has_room(self.at) {
            return;
        }
        let mut steps = case.steps;
        let count = case.count;
        steps.truncate(MAX_STEPS);
        for step in &mut steps {
            step.flows.sort_unstable();
            step.flows.dedup();
        }
        let mut violation = Violation {
            id: id_of(
                self.world,
                self.at,
                case.subject,
                case.object,
                case.detail.as_deref(),
            ),
            contract: self.at,
            subject: case.subject,
            object: case.object,
            steps,
            need: case.need,
            detail: case.detail,
            since: case.since,
            count,
            excepted: None,
        };
        violation.excepted = excepted(self.world, &violation);
        self.found.violations.push(violation);
    }

    fn is_about(&self, case: &Case) -> bool {
        let flows: Vec<u32> = case
            .steps
            .iter()
            .flat_map(|step| step.flows.iter().copied())
            .collect();
        about(self.world, self.contract, case.subject, case.object, &flows)
    }

    /// Datasets that one is made from, itself left out.
    fn inputs_of(&self, output: u32) -> Others {
        let mut inputs = Others::new();
        for (input, flow) in self.world.links.made_from(output) {
            if input != output && self.world.dataset(input).is_some() {
                inputs.entry(input).or_default().push(flow);
            }
        }
        inputs
    }

    /// Datasets that are made from one, itself and consumers left out.
    fn outputs_of(&self, input: u32) -> Others {
        let mut outputs = Others::new();
        for (output, flow) in self.world.links.made_into(input) {
            let there = self.world.dataset(output).is_some();
            let consumes = self.world.is_consumer(Subject::Dataset(output));
            if output != input && there && !consumes {
                outputs.entry(output).or_default().push(flow);
            }
        }
        outputs
    }
}

/// In order of names: numbers are given in order of arrival, which plays no part.
fn by_name(world: &World, others: Others) -> Vec<(u32, Vec<u32>)> {
    let mut sorted: Vec<_> = others.into_iter().collect();
    sorted.sort_by_key(|(id, _)| world.name(Subject::Dataset(*id)));
    sorted
}

/// The steps "made from", of several inputs.
fn steps_from(inputs: Others, output: u32) -> Vec<Step> {
    let steps = inputs.into_iter().map(|(from, flows)| Step {
        from,
        to: Subject::Dataset(output),
        flows,
    });
    steps.collect()
}

/// The exception that excuses a violation: the one that ends last, so that the answer does not hang
/// on the order of the file.
fn excepted(world: &World, violation: &Violation) -> Option<usize> {
    let (namespace, name) = world.name(violation.subject);
    let objects = || {
        let steps = violation.steps.iter();
        let ends = steps.flat_map(|step| [Subject::Dataset(step.from), step.to]);
        ends.chain(violation.object.map(Subject::Dataset))
            .filter(|who| *who != violation.subject)
    };
    let held = world
        .policy
        .exceptions
        .iter()
        .enumerate()
        .filter(|(_, one)| {
            one.ends > world.now
                && one.contracts.contains(&violation.contract)
                && one.subject.matches(namespace, name)
                && one.object.as_ref().is_none_or(|object| {
                    objects().any(|who| {
                        let (namespace, name) = world.name(who);
                        object.matches(namespace, name)
                    })
                })
        });
    held.max_by_key(|(_, one)| one.ends).map(|(at, _)| at)
}
