//! What a mart must keep: its columns, its freshness, an owner.
//!
//! A contract is about the datasets that it selects, and about all of the kind mart where it selects
//! none; of these, where it selects jobs, about those that such a job writes.

use crate::contract::policy::{Contract, LayerKind};
use crate::contract::world::{Subject, World};
use crate::openlineage::EventTime;

use super::selected::by_its_jobs;
use super::{Case, Look};

/// Datasets that a contract of a producer is about.
pub fn promised<'w>(world: &'w World, contract: &'w Contract) -> impl Iterator<Item = u32> + 'w {
    promised_by_any_job(world, contract).filter(|&id| by_its_jobs(world, contract, id))
}

/// The same by datasets alone, whichever jobs the contract selects: for those who know no lineage.
pub fn promised_by_any_job<'w>(
    world: &'w World,
    contract: &'w Contract,
) -> impl Iterator<Item = u32> + 'w {
    world.datasets().filter(move |&id| {
        if world.is_consumer(Subject::Dataset(id)) {
            return false;
        }
        match &contract.datasets {
            // Those that it selects are looked at again when a case is added.
            Some(selector) => world
                .dataset(id)
                .is_some_and(|facts| selector.selects(facts, world.layer(id))),
            None => world.is(id, LayerKind::Mart),
        }
    })
}

pub(super) fn case(dataset: u32, detail: Option<String>, since: Option<EventTime>) -> Case {
    Case {
        subject: Subject::Dataset(dataset),
        object: None,
        steps: Vec::new(),
        need: 0,
        count: 1,
        detail,
        since,
    }
}

/// No ownership facet names an owner.
pub(super) fn has_owner(look: &mut Look<'_>) {
    let world = look.world;
    for id in promised(world, look.contract) {
        if world
            .dataset(id)
            .is_some_and(|facts| facts.owners.is_empty())
        {
            look.add(case(id, None, None));
        }
    }
}

/// The latest event that says that it was written is older than `within`, or there is none.
pub(super) fn fresh(look: &mut Look<'_>) {
    let (world, within) = (look.world, look.contract.rule.within);
    for id in promised(world, look.contract) {
        let written = world.told.written.get(&id).copied().flatten();
        let due = written.map(|written| EventTime(written.0.saturating_add(within)));
        if due.is_none_or(|due| due <= world.now) {
            look.add(case(id, None, due));
        }
    }
}

/// A column that is promised is not there, or of a type that no pattern matches. One whose type
/// nobody tells keeps its promise.
pub(super) fn has_columns(look: &mut Look<'_>) {
    let (world, contract) = (look.world, look.contract);
    for id in promised(world, contract) {
        let Some(columns) = world.told.columns.get(&id) else {
            continue;
        };
        for (name, types) in &contract.rule.columns {
            let held = world.column(id, columns, name);
            let kept = held.is_some_and(|column| {
                let fits = column
                    .data_type
                    .as_deref()
                    .is_none_or(|kind| types.matches(kind));
                !column.removed && fits
            });
            if !kept {
                let since = held.and_then(|column| column.removed_at);
                look.add(case(id, Some(name.clone()), since));
            }
        }
    }
}
