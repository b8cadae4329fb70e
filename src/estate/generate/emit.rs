//! Writes the events of a plan in sending order, and counts what they tell.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use chrono::{DateTime, SecondsFormat};
use uuid::Builder;

use super::edges::JobEdges;
use super::names::{self, ColumnNames};
use super::plan::{Plan, Planned};
use super::sample::Sample;
use super::spec::GenerateSpec;
use super::wire::{
    self, Dataset, DatasetFacets, ErrorMessage, Event, Facet, Inputs, Job, JobFacets, JobType,
    Lineage, Owner, Owners, Run, RunFacets, Schema, Tag, Tags,
};
use super::{DatasetName, GenerateError, Truth};

/// A day in milliseconds.
pub(super) const DAY_MS: i64 = 24 * 3_600_000;
/// The longest that a run takes, in milliseconds.
const LONGEST_RUN_MS: u32 = 300_000;
/// By how many runs an event may be sent late.
const LATEST: u32 = 5_000;
/// Streams of choices for run r of the job that makes dataset n: this plus
/// n · 2^20 + r.
const RUN_STREAMS: u64 = 1 << 60;
const NAMESPACE: &str = "dbt-generated";

/// What becomes of one run: follows from the seed, the job and the number.
struct RunFate {
    id: uuid::Uuid,
    start_ms: i64,
    end_ms: i64,
    started: bool,
    failed: bool,
    /// By how many runs the end is sent late; 0 for in time.
    late_by: u32,
}

/// The end of a run that is still to be sent: when it is due (counted in runs
/// sent), the dataset that the job makes, the number of the run.
type Held = Reverse<(u64, u32, u32)>;

/// Writes the events of one plan.
pub(super) struct Emitter<'a, F> {
    spec: &'a GenerateSpec,
    plan: &'a Plan,
    jobs: Vec<u32>,
    names: ColumnNames,
    edges: JobEdges,
    held: BinaryHeap<Held>,
    buffer: Vec<u8>,
    line: F,
    events: u64,
    column_edges: u64,
}

impl<'a, F: FnMut(&str) -> io::Result<()>> Emitter<'a, F> {
    /// `line` gets each event.
    pub(super) fn new(spec: &'a GenerateSpec, plan: &'a Plan, line: F) -> Self {
        Self {
            spec,
            plan,
            jobs: plan.jobs(),
            names: ColumnNames::new(),
            edges: JobEdges::default(),
            held: BinaryHeap::new(),
            buffer: Vec::with_capacity(64 * 1024),
            line,
            events: 0,
            column_edges: 0,
        }
    }

    /// Writes everything and returns what was told.
    pub(super) fn run(mut self) -> Result<Truth, GenerateError> {
        for dataset in self
            .plan
            .datasets
            .iter()
            .filter(|made| made.inputs.is_empty())
        {
            self.declare(dataset)?;
        }
        for (number, reads) in self.plan.consumers.iter().enumerate() {
            self.consumer(number, reads)?;
        }
        let mut sent = 0;
        for run in 0..self.spec.runs_per_job {
            for at in 0..self.jobs.len() {
                self.release(sent)?;
                self.one_run(sent, self.jobs[at], run)?;
                sent += 1;
            }
        }
        self.release(u64::MAX)?;
        Ok(self.truth())
    }

    fn truth(&self) -> Truth {
        let datasets = &self.plan.datasets;
        let jobs = self.jobs.len() as u64;
        let hub = &datasets[0];
        Truth {
            datasets: datasets.len() as u64,
            columns: datasets.iter().map(|made| u64::from(made.columns)).sum(),
            jobs: jobs + self.plan.consumers.len() as u64,
            runs: jobs * u64::from(self.spec.runs_per_job),
            events: self.events,
            column_edges: self.column_edges,
            dataset_edges: datasets.iter().map(|made| made.inputs.len() as u64).sum(),
            hub: DatasetName {
                namespace: hub.namespace.to_owned(),
                name: hub.name.clone(),
            },
        }
    }

    fn first_ms(&self) -> i64 {
        self.spec.end_ms - i64::from(self.spec.days) * DAY_MS
    }

    /// What run `run` of the job that makes `made` comes to; `slot` is its
    /// place among all runs.
    fn fate(&self, slot: u64, made: u32, run: u32) -> RunFate {
        let stream = RUN_STREAMS + (u64::from(made) << 20) + u64::from(run);
        let mut sample = Sample::new(self.spec.seed, stream);
        let total = self.jobs.len() as u64 * u64::from(self.spec.runs_per_job);
        let span = self.spec.end_ms - self.first_ms() - i64::from(LONGEST_RUN_MS) - 1000;
        let passed = i128::from(span) * i128::from(slot) / i128::from(total.max(1));
        let start_ms = self.first_ms() + i64::try_from(passed).unwrap_or(0);
        let last = run + 1 == self.spec.runs_per_job;
        let id = Builder::from_random_bytes(sample.bytes()).into_uuid();
        let took = 1000 + sample.below(LONGEST_RUN_MS - 1000);
        let late = sample.per_mille(self.spec.late_per_mille);
        RunFate {
            id,
            start_ms,
            end_ms: start_ms + i64::from(took),
            started: sample.per_mille(self.spec.started_per_mille),
            failed: sample.per_mille(self.spec.failed_per_mille) && !last,
            late_by: if late { 1 + sample.below(LATEST) } else { 0 },
        }
    }

    fn one_run(&mut self, slot: u64, made: u32, run: u32) -> io::Result<()> {
        let fate = self.fate(slot, made, run);
        if fate.started {
            self.run_event(made, &fate, "START")?;
        }
        if fate.late_by > 0 {
            self.held
                .push(Reverse((slot + u64::from(fate.late_by), made, run)));
            return Ok(());
        }
        self.end(made, run, &fate)
    }

    /// Sends the held ends that are due after `sent` runs.
    fn release(&mut self, sent: u64) -> io::Result<()> {
        while let Some(&Reverse((due, made, run))) = self.held.peek() {
            if due > sent {
                break;
            }
            self.held.pop();
            let at = self.jobs.partition_point(|&job| job < made);
            let slot = u64::from(run) * self.jobs.len() as u64 + at as u64;
            let fate = self.fate(slot, made, run);
            self.end(made, run, &fate)?;
        }
        Ok(())
    }

    fn end(&mut self, made: u32, run: u32, fate: &RunFate) -> io::Result<()> {
        if fate.failed {
            return self.run_event(made, fate, "FAIL");
        }
        let mut edges = std::mem::take(&mut self.edges);
        edges.derive(self.spec, self.plan, made);
        self.edges = edges;
        // The last run never fails, so each job is counted once.
        if run + 1 == self.spec.runs_per_job {
            let columns = self.plan.datasets[made as usize].columns;
            self.column_edges += self.edges.pairs(columns);
        }
        self.run_event(made, fate, "COMPLETE")
    }

    /// A start names datasets only, a failure no outputs, an end tells all.
    fn run_event(&mut self, made: u32, fate: &RunFate, state: &'static str) -> io::Result<()> {
        let (plan, dataset) = (self.plan, &self.plan.datasets[made as usize]);
        let time = time(if state == "START" {
            fate.start_ms
        } else {
            fate.end_ms
        });
        let team = names::team(dataset.domain);
        let error = ErrorMessage {
            message: "Database Error: statement timed out after 3600 s",
            programming_language: "sql",
        };
        let edges = std::mem::take(&mut self.edges);
        let facets = if state == "COMPLETE" {
            DatasetFacets {
                column_lineage: Some(Lineage {
                    plan,
                    made: dataset,
                    edges: &edges,
                    names: &self.names,
                }),
                ..known_facets(dataset, &self.names, &team)
            }
        } else {
            DatasetFacets::default()
        };
        let output = [Dataset {
            namespace: dataset.namespace,
            name: &dataset.name,
            facets,
        }];
        let outputs: &[Dataset<'_>] = if state == "FAIL" { &[] } else { &output };
        let name = format!("{}.build.run", dataset.name);
        let event = Event {
            time: &time,
            state: Some(state),
            producer: wire::PRODUCER,
            schema_url: wire::RUN_EVENT,
            run: Some(Run {
                run_id: fate.id,
                facets: RunFacets {
                    error_message: (state == "FAIL").then(|| Facet::new(wire::ERROR, error)),
                },
            }),
            job: Some(Job {
                namespace: NAMESPACE,
                name: &name,
                facets: JobFacets {
                    job_type: job_type("DBT", "MODEL"),
                    ownership: None,
                    tags: None,
                },
            }),
            dataset: None,
            inputs: Some(Inputs {
                plan,
                datasets: &dataset.inputs,
            }),
            outputs: Some(outputs),
        };
        let written = write(&mut self.buffer, &mut self.line, &event);
        self.edges = edges;
        self.events += 1;
        written
    }

    /// A dataset that no job makes.
    fn declare(&mut self, dataset: &Planned) -> io::Result<()> {
        let time = time(self.first_ms());
        let team = names::team(dataset.domain);
        let event = Event {
            time: &time,
            state: None,
            producer: wire::PRODUCER,
            schema_url: wire::DATASET_EVENT,
            run: None,
            job: None,
            dataset: Some(Dataset {
                namespace: dataset.namespace,
                name: &dataset.name,
                facets: known_facets(dataset, &self.names, &team),
            }),
            inputs: None,
            outputs: None,
        };
        self.events += 1;
        write(&mut self.buffer, &mut self.line, &event)
    }

    fn consumer(&mut self, number: usize, reads: &[u32]) -> io::Result<()> {
        let time = time(self.first_ms());
        let (domain, table) = names::table(u32::try_from(number).unwrap_or(u32::MAX));
        let team = names::team(domain);
        let name = format!("dashboards/{table}");
        let tag = tags("consumer", "dashboard");
        let event = Event {
            time: &time,
            state: None,
            producer: wire::PRODUCER,
            schema_url: wire::JOB_EVENT,
            run: None,
            job: Some(Job {
                namespace: "looker://example",
                name: &name,
                facets: JobFacets {
                    job_type: job_type("LOOKER", "DASHBOARD"),
                    ownership: Some(Facet::new(wire::JOB_OWNERS, owned_by(&team))),
                    tags: Some(Facet::new(wire::JOB_TAGS, tag)),
                },
            }),
            dataset: None,
            inputs: Some(Inputs {
                plan: self.plan,
                datasets: reads,
            }),
            outputs: Some(&[]),
        };
        self.events += 1;
        write(&mut self.buffer, &mut self.line, &event)
    }
}

fn known_facets<'a>(
    dataset: &'a Planned,
    names: &'a ColumnNames,
    team: &'a str,
) -> DatasetFacets<'a> {
    let layer = tags("layer", dataset.layer.as_str());
    DatasetFacets {
        schema: Some(Schema { dataset, names }),
        column_lineage: None,
        ownership: Some(Facet::new(wire::DATASET_OWNERS, owned_by(team))),
        tags: Some(Facet::new(wire::DATASET_TAGS, layer)),
    }
}

fn owned_by(team: &str) -> Owners<'_> {
    Owners {
        owners: [Owner {
            name: team,
            kind: "OWNER",
        }],
    }
}

fn tags(key: &'static str, value: &'static str) -> Tags {
    Tags {
        tags: [Tag {
            key,
            value,
            source: "CONFIG",
        }],
    }
}

fn job_type(integration: &'static str, kind: &'static str) -> Facet<JobType> {
    let body = JobType {
        processing_type: "BATCH",
        integration,
        kind,
    };
    Facet::new(wire::JOB_TYPE, body)
}

/// The time in UTC with milliseconds. The spec was checked, so all times can
/// be written; the first of 1970 stands for one that could not.
fn time(millis: i64) -> String {
    let time = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn write(
    buffer: &mut Vec<u8>,
    line: &mut impl FnMut(&str) -> io::Result<()>,
    event: &Event<'_>,
) -> io::Result<()> {
    buffer.clear();
    serde_json::to_writer(&mut *buffer, event)?;
    let text = std::str::from_utf8(buffer).map_err(io::Error::other)?;
    line(text)
}
