//! What is read from statements, in numbers of this store: what a statement is read with, taking in
//! what came of it, and the column edges that it is.

use std::sync::Arc;

use ahash::HashSet;

use crate::graph::{ColumnLink, ColumnRef, WHOLE_DATASET};
use crate::openlineage::facets::sql;
use crate::openlineage::{ContentHash, EventTime};
use crate::store::StoreError;

use super::names::DatasetId;
use super::reading::{Gap, ReadEdge, Reading, Relation, Statement};
use super::records::{Assertion, Mapping, unite};
use super::state::{State, push_links};

/// What came of reading a statement, in numbers of this store.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Derived {
    pub fingerprint: ContentHash,
    /// What it made, by the number that `mappings` refer to.
    pub target: DatasetId,
    pub mappings: Vec<Mapping>,
    pub dialect: &'static str,
    pub gaps: Vec<Gap>,
}

impl State {
    /// Takes statements to be read.
    pub fn statements_to_read(&mut self, limit: usize) -> Result<Vec<Statement>, StoreError> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let Some(id) = self.statements.waiting.pop_first() else {
                break;
            };
            let Some(statement) = self.statement(id)? else {
                continue;
            };
            let derived = self.statements.derived.get(&id);
            if derived.is_some_and(|derived| derived.fingerprint == statement.fingerprint) {
                continue;
            }
            self.statements.under_way.insert(id);
            taken.push(statement);
        }
        Ok(taken)
    }

    fn statement(&self, id: u32) -> Result<Option<Statement>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(None);
        };
        let (Some(facet), Some(&output)) = (assertion.sql, assertion.outputs.first()) else {
            return Ok(None);
        };
        let output = self.identity.canonical(output);
        let mut datasets = self.canonical_all(&assertion.inputs);
        unite(&mut datasets, vec![output]);
        let mut relations: Vec<Relation> = datasets.iter().map(|&id| self.relation(id)).collect();
        // Numbers are of this store alone, and must not show.
        relations.sort_by(|a, b| a.names.cmp(&b.names));
        let target = relations
            .iter()
            .position(|relation| relation.dataset == output);
        let told = self.facet_body(&facet)?.and_then(|body| sql(&body));
        let (query, dialect) = told.map(|told| (told.query, told.dialect)).unzip();
        let mut statement = Statement {
            id,
            content: assertion.content,
            fingerprint: facet,
            query,
            dialect: dialect.flatten(),
            target: target.unwrap_or_default(),
            relations,
        };
        statement.fingerprint = statement.hash();
        Ok(Some(statement))
    }

    /// A dataset as a statement may know it.
    fn relation(&self, id: DatasetId) -> Relation {
        let members = self.identity.members(&id);
        let names = members.iter().map(|&member| {
            let (namespace, name) = self.dataset_names.name(member);
            (self.strings.text(namespace).to_owned(), name.to_owned())
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        let columns = self.columns_since(id).into_iter();
        Relation {
            dataset: id,
            names,
            columns: columns
                .map(|(_, name, _)| self.strings.text(name).to_owned())
                .collect(),
        }
    }

    /// Takes in what was read.
    pub fn take_in_readings(&mut self, readings: Vec<Reading>) -> Result<(), StoreError> {
        for reading in readings {
            let id = reading.statement.id;
            self.statements.under_way.remove(&id);
            let same = |held: &Assertion| held.content == reading.statement.content;
            let held = self.assertions.get(id as usize);
            if !held.is_some_and(|held| held.as_ref().is_some_and(same)) {
                continue;
            }
            let derived = self.derived(&reading);
            let is_live = self.live[id as usize];
            if is_live {
                self.leave(id)?;
            }
            self.statements.derived.insert(id, Arc::new(derived));
            if is_live {
                self.enter(id)?;
            }
        }
        Ok(())
    }

    /// What was read, in numbers. Columns that no event names are no columns here.
    fn derived(&mut self, reading: &Reading) -> Derived {
        let mut gaps = reading.gaps.clone();
        let target = &reading.statement.relations[reading.statement.target];
        let (target, target_name) = (target.dataset, target.shown().to_owned());
        let mut mappings = Vec::new();
        for edge in &reading.edges {
            let relation = &reading.statement.relations[edge.relation];
            let (dataset, shown) = (relation.dataset, relation.shown());
            let to = match &edge.to {
                None => Some(WHOLE_DATASET),
                Some(column) => self.known_column(target, column),
            };
            let from = self.known_column(dataset, &edge.from);
            match (from, to) {
                (Some(from), Some(to)) => mappings.push(self.read_mapping(edge, dataset, from, to)),
                (None, _) => gaps.push(Gap::column(shown, &edge.from)),
                (_, None) => {
                    gaps.push(Gap::column(
                        &target_name,
                        edge.to.as_deref().unwrap_or_default(),
                    ));
                }
            }
        }
        mappings.sort();
        mappings.dedup();
        gaps.sort();
        gaps.dedup();
        Derived {
            fingerprint: reading.statement.fingerprint,
            target,
            mappings,
            dialect: reading.dialect,
            gaps,
        }
    }

    fn known_column(&self, dataset: DatasetId, name: &str) -> Option<u32> {
        let ordinal = self.find_column(dataset, self.strings.get(name)?)?;
        (!self.is_hidden(dataset, ordinal)).then_some(ordinal)
    }

    fn read_mapping(
        &mut self,
        edge: &ReadEdge,
        dataset: DatasetId,
        from_column: u32,
        to_column: u32,
    ) -> Mapping {
        let transformations = edge.transformations.iter().map(|text| self.string(text));
        Mapping {
            from_dataset: dataset,
            from_column,
            to_column,
            transformations: transformations.collect(),
            indirect: edge.indirect,
            direct: edge.direct && to_column != WHOLE_DATASET,
        }
    }

    /// What was read from a statement, with the columns between which it is an edge. Where names
    /// came together or apart since, there is none until it is read again.
    pub fn statement_mappings(
        &self,
        id: u32,
    ) -> impl Iterator<Item = (&Mapping, ColumnRef, ColumnRef)> {
        let derived = self.statements.derived.get(&id);
        let assertion = self.assertions.get(id as usize).and_then(|a| a.as_ref());
        let output = assertion.and_then(|a| a.outputs.first().copied());
        let output = output.map(|output| self.identity.canonical(output));
        let derived = derived.filter(|derived| Some(derived.target) == output);
        // Only what the assertion speaks of by now: it is told when that moves, and of nothing else.
        let known: HashSet<DatasetId> = assertion
            .into_iter()
            .flat_map(|a| a.inputs.iter().chain(&a.outputs))
            .map(|&dataset| self.identity.canonical(dataset))
            .collect();
        derived.into_iter().flat_map(move |derived| {
            let held = derived.mappings.iter();
            let known = known.clone();
            held.filter(move |mapping| known.contains(&mapping.from_dataset))
                .map(|mapping| {
                    let from = ColumnRef {
                        dataset: mapping.from_dataset,
                        ordinal: mapping.from_column,
                    };
                    let to = ColumnRef {
                        dataset: derived.target,
                        ordinal: mapping.to_column,
                    };
                    (mapping, from, to)
                })
        })
    }

    /// The column edges that were read from a statement.
    pub fn statement_links(&self, id: u32, at: Option<EventTime>) -> Vec<ColumnLink> {
        let mut links = Vec::new();
        let gone = |id| self.retired.is_without(id, at);
        for (mapping, from, to) in self.statement_mappings(id) {
            if gone(from.dataset) || gone(to.dataset) {
                continue;
            }
            push_links(&mut links, mapping, from, to);
        }
        links
    }

    /// The column edges that are read from SQL, as canonical columns: for tests of convergence.
    #[cfg(test)]
    pub fn read_links(&self) -> Result<Vec<(ColumnRef, ColumnRef, bool)>, StoreError> {
        let mut all = Vec::new();
        for (id, assertion) in (0..).zip(&self.assertions) {
            if assertion.as_ref().is_some_and(|a| a.sql.is_some()) && self.live[id as usize] {
                all.extend(
                    self.links(id)?
                        .into_iter()
                        .map(|l| (l.from, l.to, l.indirect)),
                );
            }
        }
        Ok(all)
    }
}
