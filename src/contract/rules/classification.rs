//! Whether the columns of a mart are classified, as tags of columns tell it.

use crate::contract::policy::{Contract, Patterns};
use crate::contract::world::World;

use super::Look;
use super::producer::{case, promised};

/// The tags of a column, and what a contract asks of them that none of them is; none where it has all
/// that is asked.
pub fn unmet<'w>(
    world: &'w World,
    contract: &'w Contract,
    id: u32,
    column: &'w str,
) -> Option<(Vec<&'w str>, Vec<&'w Patterns>)> {
    let asked = contract.rule.tagged.iter();
    let asked: Vec<&Patterns> = asked
        .filter(|(pattern, _)| world.is_of(id, pattern, column))
        .map(|(_, tags)| tags)
        .collect();
    if asked.is_empty() {
        return None;
    }
    let columns = world.told.columns.get(&id).map_or(&[][..], |all| all);
    let facts = world.dataset(id)?;
    let held: Vec<&str> = facts.tags_of(column, columns, world.folds(id)).collect();
    let is_unmet = |tags: &&Patterns| !tags.match_any(held.iter().copied());
    let unmet: Vec<&Patterns> = asked.into_iter().filter(is_unmet).collect();
    (!unmet.is_empty()).then_some((held, unmet))
}

/// A column that is there has no tag as the contract asks for it. What is not there has nothing to be
/// classified.
pub(super) fn columns_classified(look: &mut Look<'_>) {
    let (world, contract) = (look.world, look.contract);
    for id in promised(world, contract) {
        let columns = world.told.columns.get(&id);
        for column in columns.into_iter().flat_map(|columns| columns.iter()) {
            if !column.removed && unmet(world, contract, id, &column.name).is_some() {
                look.add(case(id, Some(column.name.clone()), None));
            }
        }
    }
}
