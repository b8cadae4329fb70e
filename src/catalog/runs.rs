//! Folding a run event into its run, and the run's evidence into assertions.

use std::cmp::Ordering;

use ahash::HashSet;
use uuid::Uuid;

use crate::openlineage::{DatasetPart, Event, EventTime, JobPart, RunPart, RunState};
use crate::project::current as project;
use crate::project::run::{end_rule, settle};
use crate::store::StoreError;

use super::apply::Context;
use super::evidence::{Withdrawn, Witness};
use super::keys;
use super::names::{DatasetId, JobId};
use super::records::{FacetRegister, Owner, ProducerRegister, RunRecord, Span, merge, unite};
use super::state::{State, decode};
use super::told::Told;
use super::uses;

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
        part: &JobPart,
        run: &RunPart,
        (inputs, outputs): (&[DatasetPart], &[DatasetPart]),
        event: &Event,
        context: Context,
    ) -> Result<(), StoreError> {
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
            self.jobs[job as usize].runs += 1;
            self.dirty_activity.insert(job);
            if let Some(text) = &run.text {
                self.records
                    .put(keys::run_text(run.id), text.as_bytes().to_vec());
            }
            self.runs
                .fill((job, run.id), Box::new(new_run(context, event)));
        }
        let Some(record) = self.runs.edit((job, run.id)) else {
            return Ok(());
        };
        let mut record = std::mem::replace(&mut **record, new_run(context, event));
        self.join_parents(&mut record, (job, run.id), &run.facets, context);
        self.join_run(&mut record, run, context, event);
        let mut told = Told::default();
        self.told_by_job(Owner::Job(job), part, context, &mut told)?;
        self.join_uses(&mut record, job, inputs, outputs, context, told)?;
        record.flow = self.inferred_flow(job, &record);
        self.join_statements(&mut record, job, part);
        let now = self.standing(run.id, &record);
        self.reach_back(record.span.first);
        if let Some(held) = self.runs.edit((job, run.id)) {
            **held = record;
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
        let new = self.registers(&run.facets, context);
        let new = new.into_iter().map(|(register, _)| register).collect();
        merge(&mut record.facets, new, |register| register.name, join);
    }

    /// Folds in the datasets that the run reads and writes, and the lineage told of them.
    fn join_uses(
        &mut self,
        record: &mut RunRecord,
        job: JobId,
        inputs: &[DatasetPart],
        outputs: &[DatasetPart],
        context: Context,
        mut told: Told,
    ) -> Result<(), StoreError> {
        let owner = Owner::Job(job);
        let (mut io_facets, mut named) = (Vec::new(), Vec::new());
        for (parts, output) in [(inputs, false), (outputs, true)] {
            let mut used = Vec::with_capacity(parts.len());
            for part in parts {
                let as_used = Context {
                    wrote: context.wrote && output,
                    ..context
                };
                let dataset = self.run_dataset(part, job, as_used)?;
                used.push(dataset);
                named.push((dataset, part));
                self.facets_of_use(dataset, output, part, context, &mut io_facets);
                self.told_explicitly(owner, dataset, part, context, &mut told)?;
            }
            let held = if output {
                &mut record.outputs
            } else {
                &mut record.inputs
            };
            unite(held, used);
        }
        record.io_facets_cut |= uses::join(&mut record.io_facets, io_facets);
        unite(&mut record.explicit, std::mem::take(&mut told.explicit));
        let explicit = self.explicit_outputs(&record.explicit);
        for (dataset, part) in named {
            self.told_by_columns(owner, dataset, part, context, &explicit, &mut told)?;
        }
        unite(&mut record.mappings, told.columns);
        if !explicit.is_empty() {
            // An explicit facet stays for the whole run, so what it outranks is out for good.
            let mappings = std::mem::take(&mut record.mappings);
            let kept = mappings.into_iter().filter(|&id| {
                let of = self.explicit_outputs(&[id]);
                of.is_disjoint(&explicit)
            });
            record.mappings = kept.collect();
        }
        Ok(())
    }

    /// "These outputs from these inputs", but for outputs whose lineage is told explicitly.
    fn inferred_flow(&mut self, job: JobId, record: &RunRecord) -> Option<u32> {
        let explicit = self.explicit_outputs(&record.explicit);
        let outputs = record.outputs.iter().copied();
        let outputs: Vec<DatasetId> = outputs.filter(|id| !explicit.contains(id)).collect();
        if record.inputs.is_empty() && outputs.is_empty() {
            return None;
        }
        let producer = record.producer.producer;
        Some(self.flow_assertion(Owner::Job(job), producer, &record.inputs, &outputs))
    }

    /// How a run counts for when its job was effective; not at all when it named no dataset.
    pub fn effect_of(&self, record: &RunRecord) -> Option<project::Effect> {
        let standing = self.standing(Uuid::nil(), record);
        (standing.effect > Effect::None).then_some(project::Effect {
            last: record.span.last,
            completed: standing.effect == Effect::Completed,
        })
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
        let gap = self.options.edge_window;
        let mut changed: HashSet<u32> = HashSet::default();
        let held: &[u32] = before.map(|b| b.assertions.as_slice()).unwrap_or_default();
        for &id in &now.assertions {
            if let Some(Some(assertion)) = self.assertions.get_mut(id as usize) {
                if held.contains(&id) {
                    assertion.update(now.witness, gap)
                } else {
                    assertion.add(now.witness, gap)
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
        self.note_length(job, now.witness.span);
        let fell = before.is_some_and(|before| before.effect > now.effect);
        let moved = self.note_activity(job, now, fell)?;
        self.dirty_assertions.extend(&changed);
        // Later: some may have expired. Earlier: some that had may be current again.
        if moved == Ordering::Less || moved == Ordering::Greater && self.may_expire(job) {
            changed.extend(&self.jobs[job as usize].assertions);
            // Each refresh lowers it to what is current.
            self.jobs[job as usize].oldest = EventTime(i64::MAX);
        }
        changed.into_iter().try_for_each(|id| self.refresh(id))
    }

    /// Keeps the length of a job's longest run, by which its history is looked through.
    fn note_length(&mut self, job: JobId, span: Span) {
        let length = span.last.0.saturating_sub(span.first.0);
        let job_record = &mut self.jobs[job as usize];
        if length > job_record.longest {
            job_record.longest = length;
            self.dirty_activity.insert(job);
        }
    }

    /// Whether the window of a job may have passed one of its current assertions.
    fn may_expire(&self, job: JobId) -> bool {
        let job = &self.jobs[job as usize];
        !job.activity
            .is_current(job.oldest, self.options.edge_window)
    }

    /// Returns which way the job's latest effective run moved in time.
    fn note_activity(
        &mut self,
        job: JobId,
        now: &Before,
        fell: bool,
    ) -> Result<Ordering, StoreError> {
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
        // The first run that completed counts alone, so this may go back too.
        let moved = activity.effective().cmp(&held.effective());
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
            assertion.refold(witnesses.into_iter(), self.options.edge_window);
        }
        Ok(())
    }

    /// Visits every run of a job, those not yet written among them.
    pub fn each_run(
        &self,
        job: JobId,
        mut visit: impl FnMut(&Self, Uuid, &RunRecord),
    ) -> Result<(), StoreError> {
        for pair in self.records.scan(&keys::by_id(keys::RUNS, job), None) {
            let (key, value) = pair?;
            let Some(run) = keys::run_of(&key) else {
                continue;
            };
            if !self.runs.is_changed(&(job, run)) {
                visit(self, run, &decode(&value)?);
            }
        }
        for (&(owner, run), record) in self.runs.changed() {
            if owner == job {
                visit(self, run, record);
            }
        }
        Ok(())
    }
}

fn completed(run: &Before) -> Option<EventTime> {
    (run.effect == Effect::Completed).then_some(run.witness.span.last)
}

fn named(run: &Before) -> Option<EventTime> {
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
        io_facets_cut: false,
        parents: Vec::new(),
        mappings: Vec::new(),
        explicit: Vec::new(),
        flow: None,
        sql: Vec::new(),
        statements: Vec::new(),
        stored_at: None,
    }
}

fn join(held: &mut FacetRegister, new: Option<FacetRegister>) {
    if let Some(new) = new {
        held.join(new);
    }
}
