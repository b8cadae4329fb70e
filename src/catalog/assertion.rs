//! Assertions as a whole: finding or making one, whether it is current, what that does to the graph.

use crate::graph::{ColumnLink, GraphChange};
use crate::openlineage::facets::{Explicit, InputField, Transformation, column_lineage};
use crate::openlineage::{ContentHash, EventTime, Facet, content_hash};
use crate::store::StoreError;

use super::apply::Context;
use super::keys;
use super::names::{DatasetId, StringId};
use super::records::{Assertion, Mapping, Owner};
use super::state::{State, encode};

/// Identity of "outputs from inputs" in local numbers.
fn flow_content(producer: StringId, inputs: &[DatasetId], outputs: &[DatasetId]) -> ContentHash {
    let mut bytes = Vec::with_capacity(16 + (inputs.len() + outputs.len()) * 4);
    bytes.extend_from_slice(b"flow");
    for number in [&[producer], inputs, &[u32::MAX], outputs]
        .into_iter()
        .flatten()
    {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    content_hash(&bytes)
}

fn mapping_content(producer: StringId, output: DatasetId, facet: &ContentHash) -> ContentHash {
    let mut bytes = b"columns".to_vec();
    bytes.extend_from_slice(&producer.to_le_bytes());
    bytes.extend_from_slice(&output.to_le_bytes());
    bytes.extend_from_slice(facet);
    content_hash(&bytes)
}

fn explicit_content(
    kind: &[u8],
    producer: StringId,
    output: DatasetId,
    facet: &ContentHash,
) -> ContentHash {
    let mut bytes = kind.to_vec();
    bytes.extend_from_slice(&producer.to_le_bytes());
    bytes.extend_from_slice(&output.to_le_bytes());
    bytes.extend_from_slice(facet);
    content_hash(&bytes)
}

/// The datasets that column edges come from, ascending.
fn sources(mappings: &[Mapping]) -> Vec<DatasetId> {
    let mut inputs: Vec<DatasetId> = mappings.iter().map(|m| m.from_dataset).collect();
    inputs.sort_unstable();
    inputs.dedup();
    inputs
}

impl State {
    /// The assertion that `outputs` are made from `inputs` (both ascending).
    pub fn flow_assertion(
        &mut self,
        owner: Owner,
        producer: StringId,
        inputs: &[DatasetId],
        outputs: &[DatasetId],
    ) -> u32 {
        let content = flow_content(producer, inputs, outputs);
        if let Some(&id) = self.assertion_ids.get(&(owner, content)) {
            return id;
        }
        self.new_assertion(Assertion::of(
            owner,
            producer,
            content,
            inputs.to_vec(),
            outputs.to_vec(),
        ))
    }

    /// The assertion that a columnLineage facet on `output` makes; `None` when it names no column.
    pub fn mapping_assertion(
        &mut self,
        owner: Owner,
        context: Context,
        output: DatasetId,
        facet: &Facet,
    ) -> Result<Option<u32>, StoreError> {
        let producer = context.producer;
        let content = mapping_content(producer, output, &facet.hash);
        let held = self.assertion_ids.get(&(owner, content)).copied();
        if let Some(id) = held
            && !self.is_named_earlier(id, context.time)
        {
            return Ok(Some(id));
        }
        let mappings = self.read_mappings(output, facet, context.time);
        if held.is_some() {
            return Ok(held);
        }
        if mappings.is_empty() {
            return Ok(None);
        }
        let inputs = sources(&mappings);
        let id = self.new_assertion(Assertion {
            declared: true,
            named: context.time,
            ..Assertion::of(owner, producer, content, inputs, vec![output])
        });
        self.records
            .put(keys::by_id(keys::MAPPINGS, id), encode(&mappings)?);
        Ok(Some(id))
    }

    /// The assertions that an explicit lineage facet makes for `output`: of the datasets that it is
    /// made from (none says that it has no upstream), and, where columns are told, of these. They are
    /// two, so that a dataset that is named without columns is known as that.
    pub fn explicit_assertions(
        &mut self,
        owner: Owner,
        context: Context,
        output: DatasetId,
        facet: &ContentHash,
        lineage: &Explicit,
    ) -> Result<Vec<u32>, StoreError> {
        let producer = context.producer;
        let whole = explicit_content(b"explicit", producer, output, facet);
        let columns = explicit_content(b"explicit columns", producer, output, facet);
        if let Some(&id) = self.assertion_ids.get(&(owner, whole)) {
            if self.is_named_earlier(id, context.time) {
                let told = (&lineage.fields, &lineage.dataset);
                self.read_columns(output, told.0, told.1, context.time);
            }
            let columns = self.assertion_ids.get(&(owner, columns)).copied();
            return Ok([id].into_iter().chain(columns).collect());
        }
        let mappings = self.read_columns(output, &lineage.fields, &lineage.dataset, context.time);
        let named = lineage.inputs.iter();
        let mut inputs: Vec<DatasetId> = named
            .map(|(namespace, name)| self.dataset(namespace, name))
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        let told = |content, declared, inputs| Assertion {
            declared,
            explicit: true,
            named: context.time,
            ..Assertion::of(owner, producer, content, inputs, vec![output])
        };
        let mut ids = vec![self.new_assertion(told(whole, false, inputs))];
        if !mappings.is_empty() {
            let id = self.new_assertion(told(columns, true, sources(&mappings)));
            self.records
                .put(keys::by_id(keys::MAPPINGS, id), encode(&mappings)?);
            ids.push(id);
        }
        Ok(ids)
    }

    /// Whether an assertion is told by an event earlier than all that told it so far, so that its
    /// columns have been there for longer than was known.
    fn is_named_earlier(&mut self, id: u32, time: EventTime) -> bool {
        let Some(Some(assertion)) = self.assertions.get_mut(id as usize) else {
            return false;
        };
        let earlier = time < assertion.named;
        if earlier {
            assertion.named = time;
            self.dirty_assertions.insert(id);
        }
        earlier
    }

    pub fn new_assertion(&mut self, assertion: Assertion) -> u32 {
        let next = || u32::try_from(self.assertions.len()).unwrap_or(u32::MAX);
        let id = self.free.pop().unwrap_or_else(next);
        self.hold_assertion(id, assertion);
        self.dirty_assertions.insert(id);
        id
    }

    /// The column edges that a columnLineage facet tells; takes note of every name in it.
    pub fn read_mappings(
        &mut self,
        output: DatasetId,
        facet: &Facet,
        time: EventTime,
    ) -> Vec<Mapping> {
        let lineage = column_lineage(&facet.value);
        self.read_columns(output, &lineage.fields, &lineage.dataset, time)
    }

    fn read_columns(
        &mut self,
        output: DatasetId,
        fields: &[(String, Vec<InputField>)],
        dataset: &[InputField],
        time: EventTime,
    ) -> Vec<Mapping> {
        let mut mappings = Vec::new();
        for (column, inputs) in fields {
            if column.is_empty() {
                continue;
            }
            let to_column = self.column(output, column, time);
            mappings.extend(
                inputs
                    .iter()
                    .map(|input| self.mapping(input, to_column, time)),
            );
        }
        mappings.extend(dataset.iter().map(|input| {
            let mut mapping = self.mapping(input, crate::graph::WHOLE_DATASET, time);
            (mapping.direct, mapping.indirect) = (false, true);
            mapping
        }));
        mappings.sort();
        mappings.dedup();
        mappings
    }

    fn mapping(&mut self, input: &InputField, to_column: u32, time: EventTime) -> Mapping {
        let from_dataset = self.dataset(&input.namespace, &input.name);
        let from_column = self.column(from_dataset, &input.field, time);
        let indirect = input
            .transformations
            .iter()
            .any(Transformation::is_indirect);
        let direct = input.transformations.is_empty()
            || input.transformations.iter().any(|t| !t.is_indirect());
        let transformations = input.transformations.iter().map(|t| {
            let masked = if t.masking { "/MASKED" } else { "" };
            self.string(&format!("{}/{}{masked}", t.kind, t.subtype))
        });
        let transformations = transformations.collect();
        Mapping {
            from_dataset,
            from_column,
            to_column,
            transformations,
            indirect,
            direct,
        }
    }

    /// Whether an assertion holds now: declared by a static event, or asserted by a run that is
    /// recent enough beside its job's latest effective run.
    pub fn is_current(&self, id: u32) -> bool {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return false;
        };
        let mut jobs = assertion.jobs();
        if jobs.any(|job| self.retired.is_without_job(job, None)) {
            return false;
        }
        if let Some(told) = assertion.fixed {
            return assertion.reader.is_none() || self.is_told_lately(assertion.owner, told);
        }
        let (Some(runs), Owner::Job(job)) = (assertion.of_runs(), assertion.owner) else {
            return false;
        };
        let activity = &self.jobs[job as usize].activity;
        activity.is_current(runs.span.last, self.options.edge_window)
    }

    /// Declares assertions by a static event.
    pub fn fix(&mut self, id: u32, time: Option<EventTime>) {
        if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
            assertion.fixed = time;
            self.dirty_assertions.insert(id);
        }
    }

    /// Brings the graph in line with whether an assertion is current; forgets one without evidence.
    pub fn refresh(&mut self, id: u32) -> Result<(), StoreError> {
        let at = id as usize;
        let now = self.is_current(id);
        self.note_oldest(id);
        if now != self.live[at] {
            self.live[at] = now;
            if now {
                self.enter(id)?
            } else {
                self.leave(id)?
            }
        }
        let bare = self.assertions[at]
            .as_ref()
            .is_some_and(|a| a.evidence().is_none());
        if bare {
            self.forget(id);
        }
        Ok(())
    }

    /// Keeps [`HotJob::oldest`](super::state::HotJob) a bound of what is current.
    fn note_oldest(&mut self, id: u32) {
        let Some(Some(assertion)) = self.assertions.get(id as usize) else {
            return;
        };
        if let (Owner::Job(job), Some(evidence)) = (assertion.owner, assertion.evidence())
            && self.is_current(id)
        {
            let oldest = &mut self.jobs[job as usize].oldest;
            *oldest = (*oldest).min(evidence.last_seen);
        }
    }

    pub fn enter(&mut self, id: u32) -> Result<(), StoreError> {
        let links = self.links(id)?;
        let Some(assertion) = &self.assertions[id as usize] else {
            return Ok(());
        };
        let flow = self.flow(id, assertion);
        let is_read = assertion.sql.is_some();
        if assertion.has_links() {
            for &output in &flow.outputs {
                self.declared_into.entry(output).or_default().push(id);
            }
        }
        if !is_read {
            self.changes.push(GraphChange::AddFlow(flow));
        }
        self.changes
            .extend(links.into_iter().map(GraphChange::AddLink));
        Ok(())
    }

    pub fn leave(&mut self, id: u32) -> Result<(), StoreError> {
        let mut links = self.links(id)?;
        let Some(assertion) = &self.assertions[id as usize] else {
            return Ok(());
        };
        let flow = self.flow(id, assertion);
        let output = flow.outputs.first().copied();
        let is_read = assertion.sql.is_some();
        let has_links = assertion.has_links();
        if !is_read {
            self.changes.push(GraphChange::RemoveFlow(flow));
        }
        let Some(output) = output.filter(|_| has_links) else {
            return Ok(());
        };
        let others = self.declared_into.entry(output).or_default();
        others.retain(|&other| other != id);
        for other in others.clone() {
            let held: ahash::HashSet<ColumnLink> = self.links(other)?.into_iter().collect();
            links.retain(|link| !held.contains(link));
        }
        self.changes
            .extend(links.into_iter().map(GraphChange::RemoveLink));
        Ok(())
    }

    fn forget(&mut self, id: u32) {
        let Some(assertion) = self.assertions[id as usize].take() else {
            return;
        };
        self.assertion_ids
            .remove(&(assertion.owner, assertion.content));
        for job in assertion.jobs() {
            self.jobs[job as usize]
                .assertions
                .retain(|&held| held != id);
        }
        if assertion.declared {
            self.records.remove(keys::by_id(keys::MAPPINGS, id));
        }
        if assertion.sql.is_some() {
            self.statements.forget(id, &assertion);
        }
        self.counts.assertions -= 1;
        self.dirty_assertions.insert(id);
        self.free.push(id);
    }
}
