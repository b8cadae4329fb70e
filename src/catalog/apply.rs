//! Folding one event into the records: names, facets, schemas.
//! What its run asserts is in [`super::runs`], what a static event declares in [`super::declared`].

use uuid::Uuid;

use crate::openlineage::facets::RETIRED;
use crate::openlineage::{
    Body, ContentHash, DatasetPart, Event, EventTime, Facet, JobPart, RunState,
};
use crate::store::StoreError;

use super::body;
use super::keys;
use super::looked_at::LOOKED_AT;
use super::names::{DatasetId, JobId, StringId};
use super::records::{DatasetMeta, FacetRegister, Facets, JobMeta, Joined, RunRecord, Span, merge};
use super::schemas::{job_source, producer_source, teller};
use super::state::{Entity, HotDataset, HotJob, State, decode, encode};

/// Facets that change what search shows.
pub(super) const SEARCHED: [&str; 3] = ["documentation", "ownership", "tags"];
/// Facets of datasets and jobs whose bodies stand in the store, because they are read while events
/// are applied or indexed. All others are read from the log when somebody asks.
const KEPT: [&str; 3] = ["documentation", "schema", RETIRED];

/// What joining facets changed.
#[derive(Clone, Copy, Default)]
pub(super) struct Changed {
    /// One that search shows has a new value.
    pub searched: bool,
    /// One that contracts look at has a new value.
    pub looked_at: bool,
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&name) || LOOKED_AT.contains(&name)
}

/// What every part of one event shares.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub seq: u64,
    pub time: EventTime,
    pub producer: StringId,
    /// Hash of the event.
    pub hash: ContentHash,
    /// It says of the datasets at hand that they were written, or are there.
    pub wrote: bool,
}

impl State {
    pub fn apply(&mut self, seq: u64, event: &Event) -> Result<(), StoreError> {
        let producer = self.string(&event.producer);
        let context = Context {
            seq,
            time: event.time,
            producer,
            hash: event.hash,
            wrote: writes(&event.body),
        };
        match &event.body {
            Body::Run {
                run,
                job,
                inputs,
                outputs,
            } => {
                let id = self.job_part(job, context)?;
                self.apply_run(id, job, run, (inputs, outputs), event, context)?;
            }
            Body::Job {
                job,
                inputs,
                outputs,
            } => {
                let id = self.job_part(job, context)?;
                self.apply_static_job(id, job, (inputs, outputs), event, context)?;
            }
            Body::Dataset { dataset } => {
                let id = self.dataset_part(dataset, producer_source(producer), context)?;
                self.apply_static_dataset(id, dataset, event, context)?;
            }
        }
        self.settle_identity()?;
        self.settle_retired(event)?;
        self.settle_drops()?;
        self.applied_seq = self.applied_seq.max(seq);
        self.reach_back(event.time);
        let now = Span::at(event.time);
        self.known.get_or_insert(now).join(now);
        Ok(())
    }

    pub fn string(&mut self, text: &str) -> StringId {
        let (id, new) = self.strings.intern(text);
        if new {
            self.records
                .put(keys::by_id(keys::STRINGS, id), text.as_bytes().to_vec());
        }
        id
    }

    /// The number of a dataset that an event speaks of.
    pub fn dataset(&mut self, namespace: &str, name: &str) -> DatasetId {
        let (id, new) = self.name_dataset(namespace, name);
        if new {
            self.enliven(id);
        } else {
            self.comes_to_life(id);
        }
        id
    }

    /// The number of a dataset's name, and whether it is new.
    pub fn name_dataset(&mut self, namespace: &str, name: &str) -> (DatasetId, bool) {
        let namespace = self.string(namespace);
        self.name_in(namespace, name)
    }

    /// As [`Self::name_dataset`].
    pub fn name_in(&mut self, namespace: StringId, name: &str) -> (DatasetId, bool) {
        if let Some(id) = self.dataset_names.get(namespace, name) {
            return (id, false);
        }
        let id = self.dataset_names.insert(namespace, name);
        self.datasets.push(HotDataset::default());
        self.touched.insert(Entity::Dataset(id));
        if let Ok(record) = encode(&(namespace, name)) {
            self.records.put(keys::by_id(keys::DATASETS, id), record);
        }
        self.spell(id);
        (id, true)
    }

    pub fn job(&mut self, namespace: &str, name: &str) -> JobId {
        let namespace = self.string(namespace);
        if let Some(id) = self.job_names.get(namespace, name) {
            return id;
        }
        let id = self.job_names.insert(namespace, name);
        self.jobs.push(HotJob::default());
        self.counts.jobs += 1;
        self.touched.insert(Entity::Job(id));
        self.join_family(id);
        if let Ok(record) = encode(&(namespace, name)) {
            self.records.put(keys::by_id(keys::JOBS, id), record);
        }
        id
    }

    /// Keeps a facet's body, once for all that carry the same.
    pub fn keep_body(&mut self, facet: &Facet) {
        if self.known_facets.len() > 100_000 {
            self.known_facets.clear();
        }
        if !self.known_facets.insert(facet.hash) {
            return;
        }
        self.records
            .put(keys::facet(&facet.hash), body::pack(&facet.value));
    }

    /// Joins facets into registers.
    pub fn join_facets(
        &mut self,
        held: &mut Facets,
        facets: &[Facet],
        context: Context,
    ) -> Changed {
        let new = self.registers(facets, context);
        let mut changed = Vec::new();
        merge(
            held,
            new.iter().map(|&(register, _)| register).collect(),
            |register| register.name,
            |held, new| {
                if new.is_none_or(|new| held.join(new) == Joined::Changed) {
                    changed.push(held.name);
                }
            },
        );
        let mut told = Changed::default();
        for (register, at) in new {
            let facet = &facets[at];
            if !is_kept(&facet.name) || changed.binary_search(&register.name).is_err() {
                continue;
            }
            self.keep_body(facet);
            told.searched |= SEARCHED.contains(&&*facet.name);
            told.looked_at |= LOOKED_AT.contains(&&*facet.name);
        }
        told
    }

    /// The facets of one part of an event as registers, ascending by name, each with its place.
    pub fn registers(&mut self, facets: &[Facet], context: Context) -> Vec<(FacetRegister, usize)> {
        let mut registers: Vec<_> = facets
            .iter()
            .enumerate()
            .map(|(at, facet)| {
                let register = FacetRegister {
                    name: self.string(&facet.name),
                    time: context.time,
                    hash: facet.hash,
                    deleted: facet.deleted,
                    seq: context.seq,
                };
                (register, at)
            })
            .collect();
        registers.sort_unstable_by_key(|(register, _)| register.name);
        registers
    }

    pub(super) fn job_part(
        &mut self,
        part: &JobPart,
        context: Context,
    ) -> Result<JobId, StoreError> {
        let job = self.job(&part.namespace, &part.name);
        if !self.job_meta.contains(&job) {
            let meta = self.job_meta_of(job)?;
            self.job_meta
                .fill(job, meta.unwrap_or_else(|| JobMeta::at(context.time)));
        }
        let Some(meta) = self.job_meta.edit(job) else {
            return Ok(job);
        };
        meta.span.join(Span::at(context.time));
        note(&mut meta.producers, context.producer);
        let mut facets = std::mem::take(&mut meta.facets);
        let kind = self.string("jobType");
        let job_type = |facets: &Facets| facets.iter().find(|f| f.name == kind).map(|f| f.hash);
        let before = job_type(&facets);
        let changed = self.join_facets(&mut facets, &part.facets, context);
        if changed.searched {
            self.touched.insert(Entity::Job(job));
        }
        if changed.looked_at {
            self.touched.insert(Entity::JobFacts(job));
        }
        if job_type(&facets) != before {
            self.read_job_type(job, &facets)?;
        }
        if let Some(meta) = self.job_meta.edit(job) {
            meta.facets = facets;
        }
        Ok(job)
    }

    /// Whether the job streams, by its current jobType facet.
    fn read_job_type(&mut self, job: JobId, facets: &Facets) -> Result<(), StoreError> {
        let name = self.string("jobType");
        let held = facets.iter().find(|facet| facet.name == name);
        let body = match held.filter(|register| !register.deleted) {
            Some(register) => self.facet_body(&register.hash)?,
            None => None,
        };
        let kind = body.and_then(|body| crate::openlineage::facets::text(&body, "processingType"));
        let streaming = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("STREAMING"));
        let activity = &mut self.jobs[job as usize].activity;
        if activity.streaming != streaming {
            activity.streaming = streaming;
            self.reach_back(EventTime(i64::MIN));
            self.dirty_activity.insert(job);
            for id in self.jobs[job as usize].assertions.clone() {
                self.refresh(id)?;
            }
        }
        Ok(())
    }

    /// Folds in a dataset as an event tells it, but for what a run does with it.
    pub fn dataset_part(
        &mut self,
        part: &DatasetPart,
        source: u64,
        context: Context,
    ) -> Result<DatasetId, StoreError> {
        let id = self.dataset(&part.namespace, &part.name);
        if !self.dataset_meta.contains(&id) {
            let meta = self.dataset_meta_of(id)?;
            self.dataset_meta
                .fill(id, meta.unwrap_or_else(|| DatasetMeta::at(context.time)));
        }
        let Some(meta) = self.dataset_meta.edit(id) else {
            return Ok(id);
        };
        if context.time < meta.span.first {
            // It was there earlier than was known.
            self.touched.insert(Entity::DatasetFacts(id));
        }
        meta.span.join(Span::at(context.time));
        note(&mut meta.producers, context.producer);
        let mut facets = std::mem::take(&mut meta.facets);
        let changed = self.join_facets(&mut facets, &part.facets, context);
        if let Some(meta) = self.dataset_meta.edit(id) {
            meta.facets = facets;
        }
        if changed.looked_at {
            self.touched.insert(Entity::DatasetFacts(id));
        }
        if changed.searched {
            self.touched.insert(Entity::Dataset(id));
            self.touched.insert(Entity::Columns(id));
            self.read_layer(id)?;
        }
        if self.identity.joined() > 0 && part.facets.iter().any(|facet| &*facet.name == "tags") {
            let meta = self.dataset_meta_of(id)?;
            self.note_layer(id, meta.as_ref());
        }
        self.told_life(id, part, teller(source).ok(), context)?;
        self.told_names(id, part, teller(source).ok(), context);
        self.used_at(id, teller(source).ok(), context);
        self.told_tests(id, part, context)?;
        self.told_exposures(id, source, part, context)?;
        let schema = part
            .facets
            .iter()
            .find(|facet| &*facet.name == "schema" && !facet.deleted);
        if let Some(facet) = schema {
            self.join_schema(id, source, facet, context.time)?;
        }
        Ok(id)
    }

    /// The layer as the dataset's own tag tells it.
    fn read_layer(&mut self, id: DatasetId) -> Result<(), StoreError> {
        let name = self.string("tags");
        let held = self
            .dataset_meta
            .get(&id)
            .and_then(|meta| meta.facets.iter().find(|f| f.name == name));
        let body = match held.copied().filter(|register| !register.deleted) {
            Some(register) => self.facet_body(&register.hash)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let tags = crate::openlineage::facets::tags(&body);
        let tag = tags
            .iter()
            .find(|tag| tag.field.is_none() && tag.key.eq_ignore_ascii_case("layer"));
        let layer = tag.map(|tag| self.string(&tag.value));
        if self.datasets[id as usize].layer != layer {
            self.datasets[id as usize].layer = layer;
            self.dirty_columns.insert(id);
        }
        Ok(())
    }

    pub fn run_dataset(
        &mut self,
        part: &DatasetPart,
        job: JobId,
        context: Context,
    ) -> Result<DatasetId, StoreError> {
        self.dataset_part(part, job_source(job), context)
    }

    /// A facet's canonical JSON.
    pub fn facet_body(&self, hash: &[u8; 16]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(stored) = self.records.get(&keys::facet(hash))? else {
            return Ok(None);
        };
        body::unpack(&stored).map(Some).map_err(StoreError::Failed)
    }

    /// A run by job and id, from memory or the store; false when there is none.
    pub fn load_run(&mut self, job: JobId, run: Uuid) -> Result<bool, StoreError> {
        if self.runs.contains(&(job, run)) {
            return Ok(true);
        }
        let Some(record) = self.stored_run(job, run)? else {
            return Ok(false);
        };
        self.runs.fill((job, run), Box::new(record));
        Ok(true)
    }

    /// A run as it was staged or written last.
    pub fn stored_run(&self, job: JobId, run: Uuid) -> Result<Option<RunRecord>, StoreError> {
        let Some(first) = self.records.get(&keys::run_id(run, job))? else {
            return Ok(None);
        };
        let first: [u8; 8] = first.as_slice().try_into().map_err(|_| {
            StoreError::Failed(format!("the place of run {run} has an unknown form"))
        })?;
        let first = EventTime(i64::from_be_bytes(first));
        let Some(bytes) = self.records.get(&keys::run(job, first.0, run))? else {
            return Err(StoreError::Failed(format!(
                "the record of run {run} is gone"
            )));
        };
        let mut record: RunRecord = decode(&bytes)?;
        record.stored_at = Some(first);
        Ok(Some(record))
    }
}

/// Whether an event says of its outputs that they were written, or of its dataset that it is there.
/// A bare START is only a plan, and a failure may have come to nothing.
fn writes(body: &Body) -> bool {
    match body {
        Body::Run { run, .. } => matches!(
            run.state,
            RunState::Complete | RunState::Running | RunState::Other
        ),
        Body::Job { .. } => false,
        Body::Dataset { .. } => true,
    }
}

fn note(set: &mut Vec<StringId>, id: StringId) {
    if let Err(at) = set.binary_search(&id) {
        set.insert(at, id);
    }
}
