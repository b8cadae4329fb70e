//! The receipt of an event that is in the log already, read back.
//!
//! All of it is a function of the event's bytes and of where it stands, so nothing is stored for
//! it. What an event was the first to name is not told: that depends on what came before it, and
//! the catalog is the same whatever came first.

use ahash::HashSet;

use crate::openlineage::facets::{column_lineage, schema};
use crate::openlineage::{Body, DatasetPart, Event, Facet, Warning, parse_event};

use super::accept::Notice;
use super::{Engine, EngineError};

/// What an event in the log is, and what was remarked on it.
#[derive(Debug, Clone)]
pub struct StoredReceipt {
    /// When it was received, milliseconds since 1970.
    pub received_ms: i64,
    /// Kind, time, producer, subject.
    pub event: Notice,
    /// Answers have seen it.
    pub applied: bool,
    /// What its sender should know about it; the same as in the answer to its posting, unless
    /// another version of Headwater gave that.
    pub warnings: Vec<Warning>,
    /// How many of everything it names.
    pub names: Named,
}

/// How many of everything one event names, known before or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Named {
    /// Jobs: 1, or 0 on dataset events.
    pub jobs: usize,
    /// Runs: 1, or 0 on static events.
    pub runs: usize,
    /// Different datasets, among them those that only its column lineage names.
    pub datasets: usize,
    /// Different inputs.
    pub inputs: usize,
    /// Different outputs.
    pub outputs: usize,
    /// Different columns that its schemas and its column lineage name.
    pub columns: usize,
    /// Edges of its column lineage; a column that a whole output depends on counts once.
    pub column_edges: usize,
    /// Facets that are read.
    pub facets: usize,
}

type Name<'a> = (&'a str, &'a str);

fn named(parts: &[DatasetPart]) -> impl Iterator<Item = Name<'_>> {
    parts.iter().map(|part| (&*part.namespace, &*part.name))
}

impl Named {
    /// Counts what an event names.
    pub fn of(event: &Event) -> Self {
        let (own, runs, jobs, inputs, outputs): (Vec<&Facet>, _, _, &[_], &[_]) = match &event.body
        {
            Body::Run {
                run,
                job,
                inputs,
                outputs,
            } => {
                let own = run.facets.iter().chain(&job.facets);
                (own.collect(), 1, 1, inputs, outputs)
            }
            Body::Job {
                job,
                inputs,
                outputs,
            } => (job.facets.iter().collect(), 0, 1, inputs, outputs),
            Body::Dataset { dataset } => (Vec::new(), 0, 0, &[], std::slice::from_ref(dataset)),
        };
        let is_dataset = matches!(event.body, Body::Dataset { .. });
        let mut count = Self {
            jobs,
            runs,
            inputs: named(inputs).collect::<HashSet<_>>().len(),
            outputs: if is_dataset {
                0
            } else {
                named(outputs).collect::<HashSet<_>>().len()
            },
            facets: own.len(),
            ..Self::default()
        };
        let mut seen = Seen::default();
        for part in inputs.iter().chain(outputs) {
            seen.part(part, &mut count);
        }
        count.datasets = seen.datasets.len();
        count.columns = seen.columns.len();
        count
    }
}

/// By hash: names are repeated in each entry of column lineage.
#[derive(Default)]
struct Seen {
    datasets: HashSet<u64>,
    columns: HashSet<u64>,
}

fn key(parts: &[&str]) -> u64 {
    ahash::RandomState::with_seeds(1, 2, 3, 4).hash_one(parts)
}

impl Seen {
    fn column(&mut self, namespace: &str, name: &str, column: &str) {
        self.columns.insert(key(&[namespace, name, column]));
    }

    fn part(&mut self, part: &DatasetPart, count: &mut Named) {
        self.datasets.insert(key(&[&part.namespace, &part.name]));
        count.facets += part.facets.len() + part.io_facets.len();
        for facet in part.facets.iter().filter(|facet| !facet.deleted) {
            match &*facet.name {
                "schema" => {
                    for field in schema(&facet.value) {
                        self.column(&part.namespace, &part.name, &field.path);
                    }
                }
                "columnLineage" => self.lineage(part, facet, count),
                _ => {}
            }
        }
    }

    fn lineage(&mut self, part: &DatasetPart, facet: &Facet, count: &mut Named) {
        let lineage = column_lineage(&facet.value);
        count.column_edges += lineage.dataset.len();
        for (output, inputs) in &lineage.fields {
            self.column(&part.namespace, &part.name, output);
            count.column_edges += inputs.len();
        }
        let inputs = lineage.fields.iter().flat_map(|(_, inputs)| inputs);
        for input in inputs.chain(&lineage.dataset) {
            self.datasets.insert(key(&[&input.namespace, &input.name]));
            self.column(&input.namespace, &input.name, &input.field);
        }
    }
}

impl Engine {
    /// The receipt of an event in the log; `None` when there is no such event.
    ///
    /// # Errors
    /// When the log cannot be read, or the event in it no longer.
    pub fn stored_receipt(&self, seq: u64) -> Result<Option<StoredReceipt>, EngineError> {
        let Some(logged) = self.log().get(seq)? else {
            return Ok(None);
        };
        let mut event = parse_event(&logged.payload).map_err(|error| EngineError::Unreadable {
            seq,
            reason: error.to_string(),
        })?;
        Ok(Some(StoredReceipt {
            received_ms: logged.received_ms,
            event: Notice::new(seq, &event),
            applied: self.shared.graph.load().applied_seq >= seq,
            names: Named::of(&event),
            warnings: std::mem::take(&mut event.warnings),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_names_is_counted_once_each() {
        let event = serde_json::json!({
            "eventTime": "2026-01-31T09:30:00Z", "producer": "p", "eventType": "COMPLETE",
            "run": {"runId": uuid::Uuid::from_u128(1), "facets": {"nominalTime": {}}},
            "job": {"namespace": "n", "name": "j"},
            "inputs": [{"namespace": "n", "name": "a"}, {"namespace": "n", "name": "a"}],
            "outputs": [{"namespace": "n", "name": "b", "facets": {
                "schema": {"fields": [{"name": "x"}, {"name": "y"}]},
                "columnLineage": {
                    "fields": {
                        "x": {"inputFields": [{"namespace": "n", "name": "a", "field": "u"},
                                              {"namespace": "n", "name": "seed", "field": "v"}]},
                        "z": {"inputFields": [{"namespace": "n", "name": "a", "field": "u"}]}},
                    "dataset": [{"namespace": "n", "name": "a", "field": "w"}]},
            }}],
        });
        let event = parse_event(event.to_string().as_bytes()).unwrap();
        let expected = Named {
            jobs: 1,
            runs: 1,
            datasets: 3,
            inputs: 1,
            outputs: 1,
            columns: 6,
            column_edges: 4,
            facets: 3,
        };
        assert_eq!(Named::of(&event), expected);
    }
}
