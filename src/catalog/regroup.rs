//! What has to move when names become one dataset, or come apart: lineage in the graph, columns,
//! the layer. What does not change costs nothing.

use ahash::HashMap;

use crate::graph::Flow;
use crate::openlineage::EventTime;
use crate::store::StoreError;

use super::names::DatasetId;
use super::records::{Assertion, DatasetMeta};
use super::state::{Counts, Entity, State};

impl State {
    /// Makes names one dataset, or apart, as it was decided: (name, canonical name) of all names of a
    /// piece.
    pub fn regroup(&mut self, decided: &[(DatasetId, DatasetId)]) -> Result<(), StoreError> {
        let moving: Vec<DatasetId> = decided
            .iter()
            .filter(|&&(id, canonical)| self.identity.canonical(id) != canonical)
            .map(|&(id, _)| id)
            .collect();
        if moving.is_empty() {
            return Ok(());
        }
        // Names are joined for all times.
        self.reach_back(EventTime(i64::MIN));
        // Whether a dataset is retired depends on all of its names.
        let names = decided.iter().map(|pair| pair.0);
        let retiring = !self.retired.is_silent(names.clone());
        let assertions = if retiring {
            self.assertions_of(&names.collect::<Vec<_>>())
        } else {
            self.assertions_of(&moving)
        };
        for &id in &assertions {
            self.leave(id)?;
        }
        for &(id, _) in decided {
            self.take_back(id);
        }
        self.identity.set_canonical(decided);
        for &(id, canonical) in decided.iter().filter(|_| retiring) {
            let since = if id == canonical {
                self.retired_since(id)?
            } else {
                None
            };
            self.set_retired(id, since);
        }
        for &(id, canonical) in decided.iter().filter(|pair| pair.0 != pair.1) {
            let names: Vec<_> = self.own_columns(id).map(|(_, name)| name).collect();
            for name in names {
                self.lend(canonical, name);
            }
        }
        for id in assertions {
            self.enter(id)?;
        }
        for &(id, canonical) in decided {
            self.group_layers.remove(&id);
            self.drop_states.remove(&id);
            if id == canonical {
                self.settle_layer(id)?;
                self.settle_drop(id)?;
            }
            self.touched.insert(Entity::Dataset(id));
            self.touched.insert(Entity::Columns(id));
        }
        Ok(())
    }

    /// Live assertions that speak of some of these datasets, ascending.
    pub fn assertions_of(&mut self, datasets: &[DatasetId]) -> Vec<u32> {
        let named = |id: &&DatasetId| !self.identity.only_named.contains(id);
        // Names that are nothing but other names are in no assertion; most are.
        let datasets: Vec<DatasetId> = datasets.iter().filter(named).copied().collect();
        if datasets.is_empty() || !self.live.contains(&true) {
            return Vec::new();
        }
        if self.uses.is_none() {
            let mut uses: HashMap<DatasetId, Vec<u32>> = HashMap::default();
            for (id, assertion) in (0..).zip(&self.assertions) {
                for &dataset in assertion
                    .iter()
                    .flat_map(|a| a.inputs.iter().chain(&a.outputs))
                {
                    uses.entry(dataset).or_default().push(id);
                }
            }
            self.uses = Some(uses);
        }
        let uses = self.uses.iter();
        let mut found: Vec<u32> = uses
            .flat_map(|uses| datasets.iter().filter_map(|id| uses.get(id)))
            .flatten()
            .copied()
            .filter(|&id| self.live[id as usize])
            .filter(|&id| {
                let assertion = self.assertions[id as usize].as_ref();
                assertion.is_some_and(|a| datasets.iter().any(|dataset| speaks_of(a, *dataset)))
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Keeps the assertions of each dataset, once that was asked for.
    pub fn note_uses(&mut self, id: u32, assertion: &Assertion) {
        let Some(uses) = &mut self.uses else { return };
        for &dataset in assertion.inputs.iter().chain(&assertion.outputs) {
            let held = uses.entry(dataset).or_default();
            if held.len() == held.capacity() {
                // Before it grows, what is gone meanwhile goes too.
                held.sort_unstable();
                held.dedup();
                held.retain(|&id| {
                    let assertion = self.assertions.get(id as usize);
                    assertion
                        .and_then(|a| a.as_ref())
                        .is_some_and(|a| speaks_of(a, dataset))
                });
            }
            held.push(id);
        }
    }

    /// An assertion as the graph knows it, between canonical datasets.
    pub fn flow(&self, id: u32, assertion: &Assertion) -> Flow {
        self.flow_at(id, assertion, None)
    }

    /// As [`Self::flow`], as of a time.
    pub fn flow_at(&self, id: u32, assertion: &Assertion, at: Option<EventTime>) -> Flow {
        Flow {
            id,
            job: assertion.job(),
            declared: assertion.declared,
            explicit: assertion.explicit && !assertion.declared,
            inputs: self.not_retired(&assertion.inputs, at),
            outputs: self.not_retired(&assertion.outputs, at),
        }
    }

    fn not_retired(&self, ids: &[DatasetId], at: Option<EventTime>) -> Vec<DatasetId> {
        let mut all = self.canonical_all(ids);
        if !self.retired.datasets.is_empty() {
            all.retain(|&id| !self.retired.is_without(id, at));
        }
        all
    }

    /// Canonical numbers, ascending, each once.
    pub fn canonical_all(&self, ids: &[DatasetId]) -> Vec<DatasetId> {
        if self.identity.joined() == 0 {
            return ids.to_vec();
        }
        let mut all: Vec<DatasetId> = ids.iter().map(|&id| self.identity.canonical(id)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Works out the layer of a dataset of several names: that of the name whose tags were told last.
    fn settle_layer(&mut self, id: DatasetId) -> Result<(), StoreError> {
        self.group_layers.remove(&id);
        let members = self.identity.members(&id).to_vec();
        if members.len() < 2 {
            return Ok(());
        }
        for member in members {
            let meta = self.dataset_meta_of(member)?;
            self.note_layer(member, meta.as_ref());
        }
        Ok(())
    }

    /// Takes note of the tags of one name of a dataset.
    pub fn note_layer(&mut self, id: DatasetId, meta: Option<&DatasetMeta>) {
        let canonical = self.identity.canonical(id);
        if self.identity.members(&canonical).len() < 2 {
            return;
        }
        let layer = self.datasets[id as usize].layer;
        let tags = self.strings.get("tags");
        let facets = meta.into_iter().flat_map(|meta| &meta.facets);
        let told = facets
            .filter(|facet| Some(facet.name) == tags)
            .map(|facet| (facet.time, facet.hash, layer))
            .next();
        let held = self.group_layers.entry(canonical).or_default();
        // Two that are told at one time with one hash are the same.
        *held = (*held).max(told);
    }

    /// How many of everything; names of one dataset count once.
    pub fn counts(&self) -> Counts {
        let mut counts = self.counts;
        let names = self.datasets.len();
        counts.datasets = (names - self.identity.joined()) as u64;
        for (&id, members) in self.identity.groups() {
            let own = members.iter().map(|&m| self.own_columns(m).count());
            let own = own.sum::<usize>() as u64;
            counts.columns = counts.columns + self.visible_columns(id) as u64 - own;
        }
        counts
    }
}

fn speaks_of(assertion: &Assertion, dataset: DatasetId) -> bool {
    // Both are ascending.
    assertion.inputs.binary_search(&dataset).is_ok()
        || assertion.outputs.binary_search(&dataset).is_ok()
}
