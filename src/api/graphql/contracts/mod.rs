//! Contracts: layers, consumers, what is broken and by whom.

mod history;
mod policy;
mod violation;
mod violations;

pub use history::{ViolationChange, ViolationHistory, history};
pub use policy::{ConsumerConnection, Contract, ExceptionRule, Layer, PolicyStatus, policy_status};
pub use violation::Violation;
pub use violations::{ViolationConnection, ViolationFilter, one, page};

use std::sync::Arc;

use async_graphql::{Context, Result};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::engine::Evaluated;

use super::as_of::as_of_time;
use super::refs::{coded, engine, internal};

/// What was found last, or as of an earlier time.
///
/// # Errors
/// `NO_POLICY` where there is none, or it was not looked at yet.
pub fn evaluated(ctx: &Context<'_>, as_of: Option<DateTime<Utc>>) -> Result<Arc<Evaluated>> {
    let engine = engine(ctx)?;
    let none = || {
        let message = match engine.policy() {
            None => "this server has no policy: start it with --policy FILE",
            Some(_) => "contracts were not looked at yet; ask again in a moment",
        };
        coded("NO_POLICY", message)
    };
    let Some(at) = as_of_time(engine.catalog(), as_of)? else {
        return engine.contracts().ok_or_else(none);
    };
    let found = block_in_place(|| engine.contracts_as_of(at)).map_err(internal)?;
    found.map(Arc::new).ok_or_else(none)
}

/// The list of all; ids of contracts are their places in it.
pub fn contracts(ctx: &Context<'_>) -> Result<Vec<Contract>> {
    let held = evaluated(ctx, None)?;
    let all = 0..held.world.policy.contracts.len();
    Ok(all.map(|at| Contract::new(&held, at)).collect())
}

/// The layers of the policy.
pub fn layers(ctx: &Context<'_>) -> Result<Vec<Layer>> {
    let held = evaluated(ctx, None)?;
    Ok(Layer::all(&held))
}

/// The exceptions of the policy.
pub fn exceptions(ctx: &Context<'_>) -> Result<Vec<ExceptionRule>> {
    let held = evaluated(ctx, None)?;
    Ok(ExceptionRule::all(&held))
}
