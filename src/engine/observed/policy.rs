//! What the policy says of what a check is given: layers, consumers and promises. Without a policy
//! that is only what facets tell.

use std::sync::Arc;

use ahash::HashMap;

use crate::contract::policy::RuleName;
use crate::contract::{Subject, World, promised};
use crate::engine::{Engine, Evaluated};

/// What was found last, by what checks ask for.
pub struct ByPolicy {
    held: Option<Arc<Evaluated>>,
    /// Names of contracts that promise something of a dataset.
    promised: HashMap<u32, Vec<String>>,
}

impl ByPolicy {
    pub fn new(held: Option<Arc<Evaluated>>) -> Self {
        let mut by_dataset: HashMap<u32, Vec<String>> = HashMap::default();
        let world = held.iter().map(|held| &held.world);
        let contracts =
            world.flat_map(|world| world.policy.contracts.iter().map(move |c| (world, c)));
        for (world, contract) in contracts {
            let promises = [
                RuleName::HasOwner,
                RuleName::Fresh,
                RuleName::HasColumns,
                RuleName::ColumnsClassified,
                RuleName::Tested,
                RuleName::Compatible,
            ];
            if !promises.contains(&contract.rule.name) {
                continue;
            }
            for id in promised(world, contract) {
                by_dataset
                    .entry(id)
                    .or_default()
                    .push(contract.name.clone());
            }
        }
        Self {
            held,
            promised: by_dataset,
        }
    }

    /// The last event that contracts have seen, where that is not the last one applied.
    pub fn behind(&self, engine: &Engine, applied: u64) -> Option<u64> {
        engine.policy()?;
        let seen = self.held.as_ref().map_or(0, |held| held.seq);
        (seen < applied).then_some(seen)
    }

    fn world(&self) -> Option<&World> {
        self.held.as_ref().map(|held| &held.world)
    }

    /// The layer of a dataset; by its tag where there is no policy.
    pub fn layer(&self, dataset: u32, tag: Option<&str>) -> Option<String> {
        match &self.held {
            Some(held) => held.layer_name(dataset).map(str::to_owned),
            None => tag.map(str::to_owned),
        }
    }

    /// What kind of consumer something is.
    pub fn consumer(&self, who: Subject) -> Option<String> {
        let consumers = &self.world()?.consumers;
        let at = consumers.binary_search_by_key(&who, |one| one.who).ok()?;
        Some(consumers[at].kind.clone())
    }

    /// Whose something is: by its facets, else by the entry of the policy that makes it a consumer.
    pub fn owners(&self, who: Subject, told: Vec<String>) -> Vec<String> {
        match self.world() {
            Some(world) if told.is_empty() => {
                world.owners(who).into_iter().map(str::to_owned).collect()
            }
            _ => told,
        }
    }

    /// Names of contracts that promise something of a dataset.
    pub fn promises(&self, dataset: u32) -> Vec<String> {
        self.promised.get(&dataset).cloned().unwrap_or_default()
    }
}
