//! How much a contract is about at present, so that one whose patterns match nothing is seen.

use crate::contract::policy::{Contract, LayerKind, RuleName};
use crate::contract::world::{Subject, World};

use super::producer::promised;

/// What a contract is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// So many datasets.
    Datasets(usize),
    /// So many consumers, with something that it selects among what they read.
    Consumers(usize),
}

impl Selected {
    /// How many.
    pub fn count(self) -> usize {
        match self {
            Self::Datasets(count) | Self::Consumers(count) => count,
        }
    }
}

/// What a contract is about: what its selectors let through of what its rule looks at.
pub fn selected(world: &World, contract: &Contract) -> Selected {
    match contract.rule.name {
        RuleName::ConsumersReadMarts | RuleName::KeepsColumns => {
            let whole = contract.datasets.is_none() && contract.jobs.is_none();
            let all = world.consumers.iter().filter(|consumer| {
                whole
                    || world.reads(consumer.who).iter().any(|(dataset, flows)| {
                        about(world, contract, consumer.who, Some(*dataset), flows)
                    })
            });
            Selected::Consumers(all.count())
        }
        RuleName::HasOwner
        | RuleName::Fresh
        | RuleName::HasColumns
        | RuleName::ColumnsClassified
        | RuleName::Tested
        | RuleName::Compatible => Selected::Datasets(promised(world, contract).count()),
        rule => {
            let all = world.datasets().filter(|&id| {
                let who = Subject::Dataset(id);
                let flows = || [world.links.into.row(id), world.links.from.row(id)].concat();
                let narrowed = contract.jobs.is_some() && !is_about_one(rule);
                let flows = if narrowed { flows() } else { Vec::new() };
                !world.is_consumer(who)
                    && looks_at(rule, world.kind(id))
                    && about(world, contract, who, None, &flows)
            });
            Selected::Datasets(all.count())
        }
    }
}

/// Whether a rule about flows looks at datasets of a kind.
fn looks_at(rule: RuleName, kind: Option<LayerKind>) -> bool {
    match rule {
        RuleName::SourceFanOut | RuleName::NoUnusedSource => kind == Some(LayerKind::Raw),
        RuleName::NoStagingOnStaging => kind == Some(LayerKind::Staging),
        RuleName::Classified | RuleName::NoCycle | RuleName::NoRejoining => true,
        RuleName::ModelFanOut => kind != Some(LayerKind::Raw),
        RuleName::NoSkippedLayer | RuleName::NoWayBack => kind.is_some(),
        _ => kind.is_some_and(|kind| kind != LayerKind::Raw),
    }
}

/// Whether what breaks a rule about flows is wrong with a dataset by itself and rests on no flow.
fn is_about_one(rule: RuleName) -> bool {
    matches!(
        rule,
        RuleName::NoRootModel | RuleName::NoUnusedSource | RuleName::Classified
    )
}

/// Whether a contract is about a dataset by the jobs that it selects: those that write it, and of one
/// that is to be classified also those that read it, for of what is only read nobody else is known.
pub(super) fn by_its_jobs(world: &World, contract: &Contract, dataset: u32) -> bool {
    let Some(selector) = &contract.jobs else {
        return true;
    };
    let read = match contract.rule.name {
        RuleName::Classified => world.links.from.row(dataset),
        _ => &[],
    };
    let flows = world.links.into.row(dataset).iter().chain(read);
    let jobs = flows.filter_map(|&flow| world.job(world.links.job_of(flow)?));
    jobs.into_iter().any(|facts| selector.selects(facts))
}

/// Whether a contract is about something that happens to a subject (with an object) by some flows, or
/// that is wrong with a dataset by itself, by none.
pub(super) fn about(
    world: &World,
    contract: &Contract,
    subject: Subject,
    object: Option<u32>,
    flows: &[u32],
) -> bool {
    if let Some(selector) = &contract.datasets {
        // For a consumer that is no dataset: what it reads.
        let looked_at = match subject {
            Subject::Dataset(id) => Some(id),
            Subject::Job(_) => object,
        };
        let selected = looked_at.and_then(|id| Some((id, world.dataset(id)?)));
        if !selected.is_some_and(|(id, facts)| selector.selects(facts, world.layer(id))) {
            return false;
        }
    }
    let Some(selector) = &contract.jobs else {
        return true;
    };
    let own = match subject {
        Subject::Job(job) => Some(job),
        Subject::Dataset(id) if flows.is_empty() => return by_its_jobs(world, contract, id),
        Subject::Dataset(_) => None,
    };
    let jobs = flows.iter().filter_map(|&flow| world.links.job_of(flow));
    jobs.chain(own)
        .filter_map(|job| world.job(job))
        .any(|facts| selector.selects(facts))
}
