//! The graph as of an earlier time: the present one with what differs put right.
//!
//! Most of what is current now was current yesterday, so a past graph is a copy of the present one
//! (copies share everything) with the assertions taken out that were not current then, and those put
//! in that were. Where too much differs it is built anew. A past graph stays right until an event is
//! folded in that reaches back to its time.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::graph::{ColumnLink, ColumnRef, Graph, GraphChange};
use crate::openlineage::EventTime;
use crate::project::current::current_at;
use crate::store::StoreError;

use super::handle::Catalog;
use super::keys;
use super::names::DatasetId;
use super::records::Owner;
use super::state::{State, decode, ordinal};

/// Past graphs that are kept.
const KEPT: usize = 8;
/// When more assertions differ than this and half of those current then, the graph is built anew.
const FEW: usize = 2_000;

/// The graph as of a time, and which assertions stand behind it.
pub struct Past {
    /// The time.
    pub at: EventTime,
    /// What was current then.
    pub graph: Arc<Graph>,
    /// By number of assertion.
    current: Vec<bool>,
    /// Assertions with column edges by output, for each output where they differ from now.
    declared_into: HashMap<DatasetId, Vec<u32>>,
}

impl Past {
    /// Whether an assertion was current then.
    pub fn holds(&self, id: u32) -> bool {
        self.current.get(id as usize).copied().unwrap_or_default()
    }
}

impl Catalog {
    /// The graph as of a time. `present` gives the graph as it was published last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn past(
        &self,
        at: EventTime,
        present: impl FnOnce() -> Arc<Graph>,
    ) -> Result<Arc<Past>, StoreError> {
        if let Some(kept) = self.kept_past(at) {
            return Ok(kept);
        }
        let state = self.staged()?;
        // While the state is locked nothing is published, so the two belong together.
        let past = Arc::new(state.past(at, &present())?);
        let mut kept = self.pasts.lock();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Arc::clone(&past));
        Ok(past)
    }

    fn kept_past(&self, at: EventTime) -> Option<Arc<Past>> {
        let mut kept = self.pasts.lock();
        let found = kept.iter().position(|past| past.at == at)?;
        // The one that was asked for last is let go last.
        let past = kept.remove(found);
        kept.push(Arc::clone(&past));
        Some(past)
    }

    /// Lets go of past graphs that an event reaching back to `since` may have changed.
    pub(super) fn forget_pasts(&self, since: EventTime) {
        self.pasts.lock().retain(|past| past.at < since);
    }
}

/// What of now was otherwise then.
#[derive(Default)]
struct Differs {
    /// Current now and not then.
    left: Vec<u32>,
    /// Current then and not now.
    joined: Vec<u32>,
    /// How many were current then.
    total: usize,
}

/// The assertions that static events of owners declared as of a time.
#[derive(Default)]
pub struct Statics(HashMap<Owner, Vec<u32>>);

impl State {
    /// Notes that an event changes what was known from a time on.
    pub fn reach_back(&mut self, time: EventTime) {
        self.reaches_back = self.reaches_back.min(time);
    }

    fn past(&self, at: EventTime, present: &Graph) -> Result<Past, StoreError> {
        let (mut past, differs) = self.current_then(at)?;
        let few = differs.left.len() + differs.joined.len() <= FEW + differs.total / 2;
        // What was retired later is missing in the present flows of others.
        let few = few && !self.retired.datasets.values().any(|&since| since > at);
        let mut graph = if few {
            self.amend(present, &differs, &mut past)?
        } else {
            self.build_past(&mut past)?
        };
        self.leave_out_later(&mut graph, &past);
        past.graph = Arc::new(graph);
        Ok(past)
    }

    /// Built anew, however little differs.
    #[cfg(test)]
    pub fn past_anew(&self, at: EventTime) -> Result<Past, StoreError> {
        let mut past = self.current_then(at)?.0;
        let mut graph = self.build_past(&mut past)?;
        self.leave_out_later(&mut graph, &past);
        past.graph = Arc::new(graph);
        Ok(past)
    }

    /// Which assertions were current at a time, without a graph yet.
    fn current_then(&self, at: EventTime) -> Result<(Past, Differs), StoreError> {
        let mut statics = Statics::default();
        let (mut current, mut differs) = (Vec::new(), Differs::default());
        for id in 0..ordinal(self.assertions.len()) {
            let was = self.was_current(id, at, &mut statics)?;
            current.push(was);
            differs.total += usize::from(was);
            match (was, self.live[id as usize]) {
                (false, true) => differs.left.push(id),
                (true, false) => differs.joined.push(id),
                _ => {}
            }
        }
        let past = Past {
            at,
            graph: Arc::default(),
            current,
            declared_into: HashMap::default(),
        };
        Ok((past, differs))
    }

    /// Leaves out the columns that no event had named by then, and the edges to them: statements are
    /// read with the columns that are known now.
    fn leave_out_later(&self, graph: &mut Graph, past: &Past) {
        let later = self.later_columns(past.at);
        let set: HashSet<ColumnRef> = later.iter().copied().collect();
        let statements = (0..).zip(&self.assertions).filter(|(id, held)| {
            !set.is_empty() && past.holds(*id) && held.as_ref().is_some_and(|a| a.sql.is_some())
        });
        for (id, _) in statements {
            for link in self.statement_links(id, Some(past.at)) {
                if set.contains(&link.from) || set.contains(&link.to) {
                    graph.apply(&GraphChange::RemoveLink(link));
                }
            }
        }
        graph.leave_out_columns(later.into_iter());
    }

    /// Columns that no event had named by a time.
    fn later_columns(&self, at: EventTime) -> Vec<ColumnRef> {
        let mut later = Vec::new();
        for (dataset, hot) in (0..).zip(&self.datasets) {
            if self.identity.members(&dataset).len() > 1 {
                let columns = self.columns_since(dataset).into_iter();
                let columns = columns.filter(|(.., since)| *since > at);
                later.extend(columns.map(|(ordinal, ..)| ColumnRef { dataset, ordinal }));
                continue;
            }
            let columns = (1..).zip(&hot.since).filter(|(_, since)| **since > at);
            later.extend(columns.map(|(ordinal, _)| ColumnRef { dataset, ordinal }));
        }
        later
    }

    /// Whether an assertion was current at a time. Expects changed runs to be staged.
    pub fn was_current(
        &self,
        id: u32,
        at: EventTime,
        statics: &mut Statics,
    ) -> Result<bool, StoreError> {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return Ok(false);
        };
        let mut jobs = assertion.jobs();
        if jobs.any(|job| self.retired.is_without_job(job, Some(at))) {
            return Ok(false);
        }
        if assertion.reader.is_some() {
            return self.was_read(id, assertion, at);
        }
        if assertion.fixed.is_some_and(|since| since <= at) {
            return Ok(true);
        }
        if assertion.statics.is_some_and(|span| span.first <= at) {
            let declared = match statics.0.entry(assertion.owner) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(vacant) => vacant.insert(self.declared_at(assertion.owner, at)?),
            };
            if declared.contains(&id) {
                return Ok(true);
            }
        }
        let Owner::Job(job) = assertion.owner else {
            return Ok(false);
        };
        let window = self.options.edge_window;
        current_at(assertion.last_by(at), window, at, |ask| {
            self.effective_between(job, ask)
        })
    }

    /// What the static event of an owner declared that held at a time.
    fn declared_at(&self, owner: Owner, at: EventTime) -> Result<Vec<u32>, StoreError> {
        let held = self.static_at(owner, at)?;
        held.map_or(Ok(Vec::new()), |(_, ids)| decode(&ids))
    }

    /// Time and record of the static event of an owner that held at a time.
    pub fn static_at(
        &self,
        owner: Owner,
        at: EventTime,
    ) -> Result<Option<(EventTime, Vec<u8>)>, StoreError> {
        let prefix = keys::statics_of(owner);
        let next = EventTime(at.0.saturating_add(1));
        // Keys descend: the last of those later than `at`, whatever their hash.
        let after = keys::statics(owner, next, &[0; 16]);
        let after = (next > at).then_some(after.as_slice());
        let Some(pair) = self.records.scan(&prefix, after).next() else {
            return Ok(None);
        };
        let (key, ids) = pair?;
        Ok(keys::statics_in(&key).map(|(_, time, _)| (time, ids)))
    }

    /// The present graph without the assertions that left and with those that joined.
    fn amend(
        &self,
        present: &Graph,
        differs: &Differs,
        past: &mut Past,
    ) -> Result<Graph, StoreError> {
        let mut graph = present.clone();
        let mut changed: HashMap<DatasetId, (Vec<u32>, Vec<u32>)> = HashMap::default();
        for (ids, joins) in [(&differs.left, false), (&differs.joined, true)] {
            for &id in ids {
                let Some(Some(assertion)) = self.assertions.get(id as usize) else {
                    continue;
                };
                let flow = self.flow(id, assertion);
                let declared = assertion.has_links().then(|| flow.outputs.clone());
                for output in declared.into_iter().flatten() {
                    let (left, joined) = changed.entry(output).or_default();
                    if joins {
                        joined.push(id)
                    } else {
                        left.push(id)
                    }
                }
                if assertion.sql.is_some() {
                    continue;
                }
                graph.apply(&if joins {
                    GraphChange::AddFlow(flow)
                } else {
                    GraphChange::RemoveFlow(flow)
                });
            }
        }
        for (output, (left, joined)) in changed {
            let held = self.declared_into.get(&output).into_iter().flatten();
            let mut ids: Vec<u32> = held.copied().filter(|&id| past.holds(id)).collect();
            ids.extend(joined);
            let mut links: HashSet<ColumnLink> = HashSet::default();
            for &id in &ids {
                links.extend(self.links(id)?);
            }
            for id in left {
                let gone = self.links(id)?.into_iter();
                gone.filter(|link| !links.contains(link))
                    .for_each(|link| graph.apply(&GraphChange::RemoveLink(link)));
            }
            for link in links {
                graph.apply(&GraphChange::AddLink(link));
            }
            past.declared_into.insert(output, ids);
        }
        Ok(graph)
    }

    fn build_past(&self, past: &mut Past) -> Result<Graph, StoreError> {
        let (mut flows, mut links) = (Vec::new(), Vec::new());
        for output in self.declared_into.keys() {
            past.declared_into.insert(*output, Vec::new());
        }
        for (id, held) in (0..).zip(&self.assertions) {
            let Some(assertion) = held.as_ref().filter(|_| past.holds(id)) else {
                continue;
            };
            let flow = self.flow_at(id, assertion, Some(past.at));
            if assertion.has_links() {
                links.extend(self.links_at(id, Some(past.at))?);
                for &output in &flow.outputs {
                    past.declared_into.entry(output).or_default().push(id);
                }
            }
            if assertion.sql.is_none() {
                flows.push(flow);
            }
        }
        let columns = self.datasets.iter();
        let columns: Vec<u32> = columns.map(|hot| ordinal(hot.columns.len())).collect();
        let mut graph = Graph::build(&columns, &flows, &links);
        for (&dataset, ordinals) in &self.hidden {
            for &ordinal in ordinals {
                graph.apply(&GraphChange::RemoveColumn(ColumnRef { dataset, ordinal }));
            }
        }
        graph.applied_seq = self.applied_seq;
        Ok(graph)
    }

    /// Assertions with column edges to a dataset, now or as of an earlier time.
    pub fn declared_into<'s>(
        &'s self,
        output: DatasetId,
        past: Option<&'s Past>,
    ) -> impl Iterator<Item = u32> + 's {
        let of_past = past.and_then(|past| past.declared_into.get(&output));
        let ids = of_past.or_else(|| self.declared_into.get(&output));
        let ids = ids.into_iter().flatten().copied();
        ids.filter(move |&id| past.is_none_or(|past| past.holds(id)))
    }
}
