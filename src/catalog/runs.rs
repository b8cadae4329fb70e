//! Folding a run event into its run, and the run's evidence into assertions.

use ahash::HashSet;
use uuid::Uuid;

use crate::openlineage::{DatasetPart, Event, RunPart, RunState};
use crate::project::run::{end_rule, settle};
use crate::store::StoreError;

use super::apply::{Context, lineage_facet};
use super::evidence::{Withdrawn, Witness};
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{
    FacetRegister, IoFacet, Joined, Owner, ProducerRegister, RunRecord, Span, join_facet,
};
use super::state::{State, decode};

/// How far a run counts for which edges are current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// It named no dataset.
    None,
    /// It named one.
    Named,
    /// It completed and named one.
    Completed,
}

/// What a run stood for before an event was folded in.
struct Before {
    assertions: Vec<u32>,
    witness: Witness,
    effect: Effect,
}

impl State {
    pub fn apply_run(
        &mut self,
        job: JobId,
        run: &RunPart,
        inputs: &[DatasetPart],
        outputs: &[DatasetPart],
        event: &Event,
    ) -> Result<(), StoreError> {
        let context = Context {
            time: event.time,
            producer: self.string(&event.producer),
        };
        let known = self.load_run(job, run.id)?;
        let before = if known {
            self.runs
                .get(&(job, run.id))
                .map(|r| self.standing(run.id, r))
        } else {
            None
        };
        if !known {
            self.counts.runs += 1;
            self.runs.fill((job, run.id), new_run(context, event));
        }
        let Some(record) = self.runs.edit((job, run.id)) else {
            return Ok(());
        };
        let mut record = std::mem::replace(record, new_run(context, event));
        self.join_run(&mut record, run, context, event);
        for (parts, output) in [(inputs, false), (outputs, true)] {
            for part in parts {
                self.join_use(&mut record, job, part, output, context)?;
            }
        }
        let named = !record.inputs.is_empty() || !record.outputs.is_empty();
        record.flow = named.then(|| {
            self.flow_assertion(
                Owner::Job(job),
                record.producer.producer,
                &record.inputs,
                &record.outputs,
            )
        });
        let now = self.standing(run.id, &record);
        if let Some(held) = self.runs.edit((job, run.id)) {
            *held = record;
        }
        self.settle_evidence(job, before.as_ref(), &now)
    }

    fn join_run(&mut self, record: &mut RunRecord, run: &RunPart, context: Context, event: &Event) {
        let state = (run.state, context.time);
        if let Err(at) = record.states.binary_search(&state) {
            record.states.insert(at, state);
        }
        record.span.join(Span::at(context.time));
        let producer = ProducerRegister {
            time: context.time,
            hash: event.hash,
            producer: context.producer,
        };
        if (producer.time, producer.hash) > (record.producer.time, record.producer.hash) {
            record.producer = producer;
        }
        self.join_facets(&mut record.facets, &run.facets, context.time);
    }

    /// Folds in one dataset that the run reads or writes.
    fn join_use(
        &mut self,
        record: &mut RunRecord,
        job: JobId,
        part: &DatasetPart,
        output: bool,
        context: Context,
    ) -> Result<(), StoreError> {
        let dataset = self.run_dataset(part, job, context)?;
        let uses = if output {
            &mut record.outputs
        } else {
            &mut record.inputs
        };
        if let Err(at) = uses.binary_search(&dataset) {
            uses.insert(at, dataset);
        }
        for facet in &part.io_facets {
            let name = self.string(&facet.name);
            if join_io_facet(&mut record.io_facets, dataset, output, name, context, facet) {
                self.keep_body(facet);
            }
        }
        if let Some(facet) = lineage_facet(part) {
            let id = self.mapping_assertion(Owner::Job(job), context.producer, dataset, facet)?;
            if let Some(id) = id
                && let Err(at) = record.mappings.binary_search(&id)
            {
                record.mappings.insert(at, id);
            }
        }
        Ok(())
    }

    fn standing(&self, run: Uuid, record: &RunRecord) -> Before {
        let rule = end_rule(self.strings.text(record.producer.producer));
        let state = settle(record.states.iter().copied(), rule).state;
        let effect = match record.assertions().next() {
            None => Effect::None,
            Some(_) if state == RunState::Complete => Effect::Completed,
            Some(_) => Effect::Named,
        };
        Before {
            assertions: record.assertions().collect(),
            witness: Witness {
                run,
                span: record.span,
                ended: record.is_ended(),
            },
            effect,
        }
    }

    /// Moves a run's evidence from what it stood for to what it stands for now.
    fn settle_evidence(
        &mut self,
        job: JobId,
        before: Option<&Before>,
        now: &Before,
    ) -> Result<(), StoreError> {
        let mut changed: HashSet<u32> = HashSet::default();
        let held: &[u32] = before.map(|b| b.assertions.as_slice()).unwrap_or_default();
        for &id in &now.assertions {
            if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
                if held.contains(&id) {
                    assertion.update(now.witness)
                } else {
                    assertion.add(now.witness)
                }
                changed.insert(id);
            }
        }
        if let Some(before) = before {
            for &id in before
                .assertions
                .iter()
                .filter(|id| !now.assertions.contains(id))
            {
                let Some(Some(assertion)) = self.assertions.get_mut(id as usize) else {
                    continue;
                };
                changed.insert(id);
                if assertion.withdraw(before.witness) == Withdrawn::Refold {
                    self.refold(job, id)?;
                }
            }
        }
        let fell = before.is_some_and(|before| before.effect > now.effect);
        if self.note_activity(job, now, fell)? {
            changed.extend(&self.jobs[job as usize].assertions);
        }
        self.dirty_assertions.extend(&changed);
        changed.into_iter().try_for_each(|id| self.refresh(id))
    }

    /// Returns whether the job's latest effective run moved.
    fn note_activity(&mut self, job: JobId, now: &Before, fell: bool) -> Result<bool, StoreError> {
        let mut activity = self.jobs[job as usize].activity;
        if fell {
            // A completed run turned out to have failed: rare, and only all its runs can tell.
            (activity.completed, activity.named) = (None, None);
            self.each_run(job, |state, run, record| {
                let standing = state.standing(run, record);
                activity.completed = activity.completed.max(completed(&standing));
                activity.named = activity.named.max(named(&standing));
            })?;
        } else {
            activity.completed = activity.completed.max(completed(now));
            activity.named = activity.named.max(named(now));
        }
        let held = &mut self.jobs[job as usize].activity;
        let moved = held.effective() != activity.effective();
        if *held != activity {
            *held = activity;
            self.dirty_activity.insert(job);
        }
        Ok(moved)
    }

    fn refold(&mut self, job: JobId, id: u32) -> Result<(), StoreError> {
        let mut witnesses = Vec::new();
        self.each_run(job, |_, run, record| {
            if record.assertions().any(|held| held == id) {
                witnesses.push(Witness {
                    run,
                    span: record.span,
                    ended: record.is_ended(),
                });
            }
        })?;
        if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
            assertion.refold(witnesses.into_iter());
        }
        Ok(())
    }

    /// Visits every run of a job, those not yet written among them.
    pub fn each_run(
        &self,
        job: JobId,
        mut visit: impl FnMut(&Self, Uuid, &RunRecord),
    ) -> Result<(), StoreError> {
        for pair in self.store.scan(&keys::by_id(keys::RUNS, job), None) {
            let (key, value) = pair?;
            let Some(run) = keys::run_of(&key) else {
                continue;
            };
            if !self.runs.contains(&(job, run)) {
                visit(self, run, &decode(&value)?);
            }
        }
        for (&(owner, run), record) in self.runs.iter() {
            if owner == job {
                visit(self, run, record);
            }
        }
        Ok(())
    }
}

fn completed(run: &Before) -> Option<crate::openlineage::EventTime> {
    (run.effect == Effect::Completed).then_some(run.witness.span.last)
}

fn named(run: &Before) -> Option<crate::openlineage::EventTime> {
    (run.effect >= Effect::Named).then_some(run.witness.span.last)
}

fn new_run(context: Context, event: &Event) -> RunRecord {
    RunRecord {
        states: Vec::new(),
        span: Span::at(context.time),
        producer: ProducerRegister {
            time: context.time,
            hash: event.hash,
            producer: context.producer,
        },
        facets: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        io_facets: Vec::new(),
        mappings: Vec::new(),
        flow: None,
        indexed: None,
    }
}

/// Joins a facet of one use; returns whether it has a new value.
fn join_io_facet(
    held: &mut Vec<IoFacet>,
    dataset: DatasetId,
    output: bool,
    name: u32,
    context: Context,
    facet: &crate::openlineage::Facet,
) -> bool {
    let same = |io: &IoFacet| io.dataset == dataset && io.output == output && io.facet.name == name;
    let Some(at) = held.iter().position(same) else {
        let register = FacetRegister {
            name,
            time: context.time,
            hash: facet.hash,
            deleted: facet.deleted,
        };
        held.push(IoFacet {
            dataset,
            output,
            facet: register,
        });
        return true;
    };
    let mut register = vec![held[at].facet];
    let joined = join_facet(&mut register, name, context.time, facet);
    held[at].facet = register[0];
    joined == Joined::Changed
}
