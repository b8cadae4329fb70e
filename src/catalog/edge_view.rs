//! What stands behind edges, as readers see it.

use ahash::HashMap;
use parking_lot::RwLockReadGuard;

use crate::graph::ColumnRef;
use crate::openlineage::EventTime;
use crate::project::intervals::Intervals;
use crate::store::StoreError;

use super::evidence::Evidence;
use super::handle::Catalog;
use super::names::{DatasetId, JobId, StringId};
use super::past::Past;
use super::records::Owner;
use super::state::State;
use super::view::times;

/// What stands behind one edge, from one assertion.
#[derive(Debug, Clone)]
pub struct EdgeEvidence {
    /// The assertion.
    pub flow: u32,
    /// Who told it.
    pub producer: String,
    /// The job whose runs or static event assert it.
    pub job: Option<JobId>,
    /// Read from a lineage facet, as opposed to inferred from inputs × outputs.
    pub declared: bool,
    /// Read from the SQL that the job sent, as opposed to told or inferred.
    pub from_sql: bool,
    /// Declared by a static event.
    pub is_static: bool,
    /// Runs and times.
    pub evidence: Evidence,
    /// The id of the last run as its producer told it, where that is not a UUID.
    pub last_run_text: Option<String>,
    /// When runs assert it; empty unless asked for, and when only static events do.
    pub told: Vec<(EventTime, EventTime)>,
    /// Effective runs of the job since the last that asserts it; 0 unless asked for.
    pub runs_since: u64,
    /// On column edges, what is done with the value, as `TYPE/SUBTYPE`.
    pub transformations: Vec<String>,
}

/// What of evidence is worked out only when it is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Detail {
    /// [`EdgeEvidence::told`].
    pub intervals: bool,
    /// [`EdgeEvidence::runs_since`], of runs that ended by this time.
    pub runs_since: Option<EventTime>,
}

/// What is done with values, by canonical (source dataset, source column, target column).
type Transformations = HashMap<(DatasetId, u32, u32), Vec<StringId>>;

impl Catalog {
    /// The evidence of flows, in their order; flows that are gone meanwhile are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn flow_evidence(
        &self,
        flows: &[u32],
        detail: Detail,
    ) -> Result<Vec<EdgeEvidence>, StoreError> {
        let state = self.to_look_at(detail)?;
        let mut found = Vec::with_capacity(flows.len());
        for &flow in flows {
            found.extend(state.edge_evidence(flow, Vec::new(), detail)?);
        }
        Ok(found)
    }

    fn to_look_at(&self, detail: Detail) -> Result<RwLockReadGuard<'_, State>, StoreError> {
        // Only counting runs reads the history of jobs.
        if detail.runs_since.is_some() {
            self.staged()
        } else {
            Ok(self.state.read())
        }
    }

    /// The evidence of column edges, in their order, as of an earlier time where one is given.
    ///
    /// # Errors
    /// When the store fails.
    pub fn link_evidence(
        &self,
        edges: &[(ColumnRef, ColumnRef)],
        past: Option<&Past>,
        detail: Detail,
    ) -> Result<Vec<Vec<EdgeEvidence>>, StoreError> {
        let state = self.to_look_at(detail)?;
        let mut mappings: HashMap<u32, Transformations> = HashMap::default();
        let mut all = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            let mut evidence = Vec::new();
            for id in state.declared_into(to.dataset, past) {
                if let std::collections::hash_map::Entry::Vacant(vacant) = mappings.entry(id) {
                    vacant.insert(state.canonical_mappings(id)?);
                }
                for target in [to.ordinal, 0] {
                    let mapping = mappings
                        .get(&id)
                        .and_then(|m| m.get(&(from.dataset, from.ordinal, target)));
                    let Some(mapping) = mapping else { continue };
                    let names = mapping.iter().map(|&t| state.strings.text(t).to_owned());
                    evidence.extend(state.edge_evidence(id, names.collect(), detail)?);
                }
            }
            all.push(evidence);
        }
        Ok(all)
    }
}

impl State {
    fn canonical_mappings(&self, id: u32) -> Result<Transformations, StoreError> {
        let mut found = Transformations::default();
        if self.is_statement(id) {
            for (mapping, from, to) in self.statement_mappings(id) {
                let key = (from.dataset, from.ordinal, to.ordinal);
                found
                    .entry(key)
                    .or_default()
                    .extend(&mapping.transformations);
            }
            return Ok(found);
        }
        let output = self.assertions.get(id as usize).and_then(|a| a.as_ref());
        let output = output.and_then(|a| a.outputs.first().copied());
        for mapping in self.mappings(id)? {
            let from = self.canonical_column(ColumnRef {
                dataset: mapping.from_dataset,
                ordinal: mapping.from_column,
            });
            let to = self.canonical_column(ColumnRef {
                dataset: output.unwrap_or_default(),
                ordinal: mapping.to_column,
            });
            let key = (from.dataset, from.ordinal, to.ordinal);
            let held = found.entry(key).or_default();
            for transformation in mapping.transformations {
                if !held.contains(&transformation) {
                    held.push(transformation);
                }
            }
        }
        Ok(found)
    }

    fn edge_evidence(
        &self,
        id: u32,
        transformations: Vec<String>,
        detail: Detail,
    ) -> Result<Option<EdgeEvidence>, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(None);
        };
        let Some(evidence) = assertion.evidence() else {
            return Ok(None);
        };
        let wanted = detail
            .intervals
            .then(|| assertion.told(self.options.edge_window));
        let told = wanted.flatten();
        let told = told.iter().flat_map(Intervals::iter).map(times).collect();
        let runs_since = match (assertion.owner, detail.runs_since) {
            (Owner::Job(job), Some(until)) => match self.asserted_by(id, assertion, until)? {
                Some(last) => self.runs_since(job, last, until)?,
                None => 0,
            },
            _ => 0,
        };
        Ok(Some(EdgeEvidence {
            flow: id,
            producer: self.strings.text(assertion.producer).to_owned(),
            job: assertion.job(),
            declared: assertion.declared || assertion.explicit,
            from_sql: assertion.sql.is_some(),
            is_static: assertion.fixed.is_some() && assertion.reader.is_none(),
            last_run_text: evidence.last_run.and_then(|run| self.run_text(run)),
            evidence,
            told,
            runs_since,
            transformations,
        }))
    }
}
