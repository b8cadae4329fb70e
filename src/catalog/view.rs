//! Looking at the catalog: owned views of datasets, jobs and facets with names in place of numbers,
//! for the APIs. Runs are in [`super::run_view`], evidence in [`super::edge_view`].

use crate::graph::ColumnRef;
use crate::openlineage::facets::{self, Owner as DatasetOwner, Tag};
use crate::openlineage::{ContentHash, EventTime};
use crate::store::StoreError;

use super::apply::SEARCHED;
use super::columns::NOW;
use super::handle::Catalog;
use super::names::{DatasetId, JobId};
use super::records::{Change, FacetRegister, Span};
use super::state::State;
use super::timeline::SchemaVersion;

/// A dataset but for its columns.
#[derive(Debug, Clone)]
pub struct DatasetView {
    /// First and last event time in which it was named itself (not only in column lineage).
    pub seen: Option<(EventTime, EventTime)>,
    /// Who speaks of it.
    pub producers: Vec<String>,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Those of its facets that describe it, with their bodies: documentation, owners, tags.
    pub described: Vec<FacetView>,
    /// Changes in its life, the latest first.
    pub changes: Vec<ChangeView>,
}

/// A kind of change in the life of a dataset.
#[derive(Debug, Clone)]
pub struct ChangeView {
    /// As the specification writes it, for example `DROP`.
    pub change: &'static str,
    /// First and last event time.
    pub seen: (EventTime, EventTime),
    /// Who told it last.
    pub producer: String,
    /// The job whose event told it last; none when it was a dataset event.
    pub job: Option<JobId>,
}

/// A job.
#[derive(Debug, Clone)]
pub struct JobView {
    /// First and last event time.
    pub seen: Option<(EventTime, EventTime)>,
    /// Who speaks of it.
    pub producers: Vec<String>,
    /// Its facets; their bodies are read from the log.
    pub facets: Vec<FacetRef>,
    /// Those of its facets that describe it, with their bodies: documentation, owners, tags.
    pub described: Vec<FacetView>,
}

/// Where the body of a facet stands: in an event of the log.
#[derive(Debug, Clone)]
pub struct FacetRef {
    /// Its name.
    pub name: String,
    /// Hash of its canonical JSON.
    pub hash: ContentHash,
    /// Event time of the event that set it.
    pub time: EventTime,
    /// An event of the log that carries it.
    pub seq: u64,
}

/// One facet that holds.
#[derive(Debug, Clone)]
pub struct FacetView {
    /// Its name.
    pub name: String,
    /// Canonical JSON.
    pub json: String,
    /// Event time of the event that set it.
    pub time: EventTime,
}

/// One column.
#[derive(Debug, Clone)]
pub struct ColumnView {
    /// Its ordinal in this store, for walking the graph.
    pub ordinal: u32,
    /// Path of the column.
    pub name: String,
    /// Type in the latest schema that lists it.
    pub data_type: Option<String>,
    /// Description in the latest schema that lists it.
    pub description: Option<String>,
    /// Every source that ever listed it has since sent a schema without it.
    pub removed: bool,
    /// When the last of them did so.
    pub removed_at: Option<EventTime>,
    /// Time of the first event that names it.
    pub since: EventTime,
    /// No schema ever listed it: it is known from column lineage alone.
    pub from_lineage_only: bool,
    /// Tags set on it.
    pub tags: Vec<Tag>,
}

impl Catalog {
    /// The number of a dataset by any of its names.
    pub fn dataset_id(&self, namespace: &str, name: &str) -> Option<DatasetId> {
        let state = self.state.read();
        let sent = state.strings.get(namespace);
        let sent = sent.and_then(|namespace| state.dataset_names.get(namespace, name));
        let id = sent.or_else(|| state.find_spelling(namespace, name))?;
        Some(state.identity.canonical(id))
    }

    /// The number of a job by its name.
    pub fn job_id(&self, namespace: &str, name: &str) -> Option<JobId> {
        let state = self.state.read();
        state.job_names.get(state.strings.get(namespace)?, name)
    }

    /// A column by its name.
    pub fn column_ref(&self, dataset: DatasetId, column: &str) -> Option<ColumnRef> {
        let state = self.state.read();
        let name = state.strings.get(column)?;
        let dataset = state.identity.canonical(dataset);
        let ordinal = state.find_column(dataset, name)?;
        let seen = !state.is_hidden(dataset, ordinal);
        seen.then_some(ColumnRef { dataset, ordinal })
    }

    /// A dataset.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dataset(&self, id: DatasetId) -> Result<DatasetView, StoreError> {
        let state = self.state.read();
        let meta = state.whole_meta(id)?;
        let Some(meta) = meta else {
            return Ok(DatasetView {
                seen: None,
                producers: Vec::new(),
                facets: Vec::new(),
                described: Vec::new(),
                changes: Vec::new(),
            });
        };
        let mut changes = meta.changes.clone();
        changes.sort_by_key(|change| std::cmp::Reverse((change.last, change.kind)));
        let change = |change: Change| ChangeView {
            change: change.kind.word(),
            seen: (change.first, change.last),
            producer: state.strings.text(change.producer).to_owned(),
            job: change.job,
        };
        Ok(DatasetView {
            changes: changes.into_iter().map(change).collect(),
            seen: Some(times(meta.span)),
            producers: state.producers(&meta.producers),
            facets: state.facet_refs(&meta.facets),
            described: state.kept(&meta.facets)?,
        })
    }

    /// A job.
    ///
    /// # Errors
    /// When the store fails.
    pub fn job(&self, id: JobId) -> Result<JobView, StoreError> {
        let state = self.state.read();
        let Some(meta) = state.job_meta_of(id)? else {
            return Ok(JobView {
                seen: None,
                producers: Vec::new(),
                facets: Vec::new(),
                described: Vec::new(),
            });
        };
        Ok(JobView {
            seen: Some(times(meta.span)),
            producers: state.producers(&meta.producers),
            facets: state.facet_refs(&meta.facets),
            described: state.kept(&meta.facets)?,
        })
    }

    /// All columns of a dataset, removed ones marked, in order of the latest schema.
    ///
    /// # Errors
    /// When the store fails.
    pub fn columns(&self, id: DatasetId) -> Result<Vec<ColumnView>, StoreError> {
        self.columns_at(id, NOW)
    }

    /// All columns of a dataset that were known as of a time, those removed by then marked.
    ///
    /// # Errors
    /// When the store fails.
    pub fn columns_at(&self, id: DatasetId, at: EventTime) -> Result<Vec<ColumnView>, StoreError> {
        self.state.read().column_views(id, at)
    }

    /// The versions of a dataset's schema, the first first, and whether older ones are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn schema_versions(&self, id: DatasetId) -> Result<(Vec<SchemaVersion>, bool), StoreError> {
        // The timeline is a copy: what is computed from it needs no lock.
        let timeline = self.state.read().timeline(id)?;
        Ok(timeline.versions())
    }

    /// First and last event time of all events; `None` before the first event.
    pub fn known(&self) -> Option<(EventTime, EventTime)> {
        self.state.read().known.map(times)
    }

    /// Time of the first event that names a column.
    pub fn column_since(&self, column: ColumnRef) -> Option<EventTime> {
        let columns = self.state.read().columns_since(column.dataset);
        let held = columns.iter().find(|held| held.0 == column.ordinal)?;
        Some(held.2)
    }

    /// Time of the first event that names a dataset or one of its columns.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dataset_since(&self, id: DatasetId) -> Result<Option<EventTime>, StoreError> {
        let state = self.state.read();
        let meta = state.whole_meta(id)?;
        Ok(state.named_since(id, meta.as_ref()))
    }
}

pub(super) fn times(span: Span) -> (EventTime, EventTime) {
    (span.first, span.last)
}

/// Owners told by facets.
pub fn owners(facets: &[FacetView]) -> Vec<DatasetOwner> {
    let facet = facets.iter().find(|facet| facet.name == "ownership");
    facet
        .map(|facet| facets::owners(facet.json.as_bytes()))
        .unwrap_or_default()
}

/// Tags told by facets, those of columns among them.
pub fn tags(facets: &[FacetView]) -> Vec<Tag> {
    let facet = facets.iter().find(|facet| facet.name == "tags");
    facet
        .map(|facet| facets::tags(facet.json.as_bytes()))
        .unwrap_or_default()
}

/// The description told by a documentation facet.
pub fn description(facets: &[FacetView]) -> Option<String> {
    let facet = facets.iter().find(|facet| facet.name == "documentation")?;
    facets::text(facet.json.as_bytes(), "description")
}

impl State {
    fn producers(&self, ids: &[u32]) -> Vec<String> {
        let mut names: Vec<_> = ids
            .iter()
            .map(|&id| self.strings.text(id).to_owned())
            .collect();
        names.sort();
        names
    }

    /// The facets that hold, by name, without their bodies.
    pub fn facet_refs(&self, registers: &[FacetRegister]) -> Vec<FacetRef> {
        let held = registers.iter().filter(|register| !register.deleted);
        let mut refs: Vec<_> = held.map(|register| self.facet_ref(register)).collect();
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        refs
    }

    pub fn facet_ref(&self, register: &FacetRegister) -> FacetRef {
        FacetRef {
            name: self.strings.text(register.name).to_owned(),
            hash: register.hash,
            time: register.time,
            seq: register.seq,
        }
    }

    /// The facets that describe a dataset or job, whose bodies stand in the store.
    pub fn kept(&self, registers: &[FacetRegister]) -> Result<Vec<FacetView>, StoreError> {
        let mut views = Vec::new();
        for register in registers.iter().filter(|register| !register.deleted) {
            let name = self.strings.text(register.name);
            if !SEARCHED.contains(&name) {
                continue;
            }
            if let Some(body) = self.facet_body(&register.hash)? {
                views.push(FacetView {
                    name: name.to_owned(),
                    json: String::from_utf8_lossy(&body).into_owned(),
                    time: register.time,
                });
            }
        }
        Ok(views)
    }
}
