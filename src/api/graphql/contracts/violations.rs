//! The list of violations: filters and pages.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, InputObject, Result, SimpleObject};

use crate::contract::violation::{self as found, ViolationId};
use crate::engine::Evaluated;

use super::super::refs::coded;
use super::super::request::budget;
use super::super::search::page_size;
use super::violation::{Severity, Violation, ViolationState};

/// Narrows a list of violations; what is not given matches all.
#[derive(InputObject, Default)]
pub struct ViolationFilter {
    /// Of these contracts.
    pub contracts: Option<Vec<String>>,
    /// Of these rules.
    pub rules: Option<Vec<String>>,
    /// Of these severities.
    pub severities: Option<Vec<Severity>>,
    /// In this state.
    pub state: Option<ViolationState>,
    /// Namespace of the subject.
    pub namespace: Option<String>,
    /// Name of the subject.
    pub name: Option<String>,
    /// One of these owners; the owner of the contract counts where the subject has none.
    pub owners: Option<Vec<String>>,
    /// The subject, or the other dataset of a pair, is in this layer.
    pub layer: Option<String>,
}

/// A page of violations.
#[derive(SimpleObject)]
pub struct ViolationConnection {
    /// The violations, the gravest first, then by contract, subject and object.
    pub nodes: Vec<Violation>,
    /// How many match.
    pub total: usize,
    /// Contracts of which more is broken than is listed (100,000 each).
    pub truncated_contracts: Vec<String>,
    /// The last event that was looked at.
    pub evaluated_seq: u64,
    /// Where the page ends.
    pub page_info: PageInfo,
}

/// A page. The cursor is the id of a violation, so that a page begins where the last one ended though
/// others came and went meanwhile.
///
/// # Errors
/// `BAD_INPUT` for what is no cursor or page size, and names of contracts or rules that are not there.
pub fn page(
    ctx: &Context<'_>,
    held: &Arc<Evaluated>,
    filter: &ViolationFilter,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<ViolationConnection> {
    let first = page_size(first)?;
    check(held, filter)?;
    let matching = held.violations.iter().filter(|one| filter.takes(held, one));
    let mut order: Vec<&found::Violation> = matching.collect();
    order.sort_by_cached_key(|one| key(held, one));
    let from = match after {
        None => 0,
        Some(cursor) => place_after(held, &order, cursor)?,
    };
    let listed: Vec<_> = order.iter().skip(from).take(first).collect();
    budget(ctx)?.charge(listed.len())?;
    let cursor = |one: &&&found::Violation| one.id.to_string();
    Ok(ViolationConnection {
        page_info: PageInfo {
            has_previous_page: from > 0,
            has_next_page: from + listed.len() < order.len(),
            start_cursor: listed.first().map(cursor),
            end_cursor: listed.last().map(cursor),
        },
        nodes: listed.iter().map(|one| Violation::new(held, one)).collect(),
        total: order.len(),
        truncated_contracts: held
            .cut
            .iter()
            .filter_map(|at| held.world.policy.contracts.get(*at))
            .map(|contract| contract.name.clone())
            .collect(),
        evaluated_seq: held.seq,
    })
}

/// One violation by its id.
///
/// # Errors
/// `BAD_INPUT` when it is no id.
pub fn one(held: &Arc<Evaluated>, id: &str) -> Result<Option<Violation>> {
    let id = id
        .parse::<ViolationId>()
        .map_err(|()| coded("BAD_INPUT", format!("id: {id:?} is no id of a violation")))?;
    Ok(held.violation(id).map(|found| Violation::new(held, found)))
}

type Key = (std::cmp::Reverse<u8>, String, String, String, ViolationId);

fn key(held: &Evaluated, one: &found::Violation) -> Key {
    let contract = &held.world.policy.contracts[one.contract];
    let (namespace, name) = held.world.name(one.subject);
    (
        std::cmp::Reverse(contract.severity as u8),
        contract.name.clone(),
        namespace.to_owned(),
        name.to_owned(),
        one.id,
    )
}

/// Behind the violation of a cursor. When that is there no more, nobody knows where it stood.
fn place_after(held: &Evaluated, order: &[&found::Violation], cursor: &str) -> Result<usize> {
    let bad = |why: &str| coded("BAD_INPUT", format!("after: {cursor:?} {why}"));
    let id = cursor
        .parse::<ViolationId>()
        .map_err(|()| bad("is no cursor of this connection"))?;
    if let Some(at) = order.iter().position(|one| one.id == id) {
        return Ok(at + 1);
    }
    let Some(gone) = held.violation(id) else {
        return Err(bad("was closed meanwhile; begin again without a cursor"));
    };
    let gone = key(held, gone);
    Ok(order.partition_point(|one| key(held, one) <= gone))
}

fn check(held: &Evaluated, filter: &ViolationFilter) -> Result<()> {
    let contracts = &held.world.policy.contracts;
    for name in filter.contracts.iter().flatten() {
        if !contracts.iter().any(|one| one.name == *name) {
            let message = format!("contracts: the policy has no contract {name:?}");
            return Err(coded("BAD_INPUT", message));
        }
    }
    for name in filter.rules.iter().flatten() {
        if crate::contract::policy::rules::by_name(name).is_none() {
            let message = format!("rules: there is no rule {name:?}");
            return Err(coded("BAD_INPUT", message));
        }
    }
    Ok(())
}

impl ViolationFilter {
    fn takes(&self, held: &Evaluated, one: &found::Violation) -> bool {
        let world = &held.world;
        let contract = &world.policy.contracts[one.contract];
        let (namespace, name) = world.name(one.subject);
        let among = |list: &Option<Vec<String>>, text: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == text))
        };
        let state = match one.excepted {
            Some(_) => ViolationState::Excepted,
            None => ViolationState::Open,
        };
        among(&self.contracts, &contract.name)
            && among(&self.rules, contract.rule.name.as_str())
            && self
                .severities
                .as_ref()
                .is_none_or(|all| all.contains(&contract.severity.into()))
            && self.state.is_none_or(|wanted| wanted == state)
            && self
                .namespace
                .as_deref()
                .is_none_or(|wanted| wanted == namespace)
            && self.name.as_deref().is_none_or(|wanted| wanted == name)
            && self.owned(held, one)
            && self
                .layer
                .as_deref()
                .is_none_or(|layer| in_layer(held, one, layer))
    }

    fn owned(&self, held: &Evaluated, one: &found::Violation) -> bool {
        let Some(wanted) = &self.owners else {
            return true;
        };
        let contract = &held.world.policy.contracts[one.contract];
        let mut owners = held.world.owners(one.subject);
        if owners.is_empty() {
            owners.extend(contract.owner.as_deref());
        }
        owners
            .iter()
            .any(|owner| wanted.iter().any(|one| one == owner))
    }
}

fn in_layer(held: &Evaluated, one: &found::Violation, layer: &str) -> bool {
    let subject = match one.subject {
        crate::contract::Subject::Dataset(id) => Some(id),
        crate::contract::Subject::Job(_) => None,
    };
    let mut datasets = subject.into_iter().chain(one.object);
    datasets.any(|id| held.layer_name(id) == Some(layer))
}
