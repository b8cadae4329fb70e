//! Evidence of edges, written at once: once for each flow, however many edges it holds.

use ahash::HashMap;
use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, Name, Result, ServerResult, Value};
use chrono::{DateTime, Utc};

use crate::catalog::{EdgeEvidence, Namer};
use crate::graph::ColumnRef;

use super::super::refs::internal;
use super::super::request::Budget;
use super::answer::Answer;
use super::selection::{Handles, Picked, Shape, Typename, shared};

/// Flows and links looked up under one lock of the catalog.
const PIECE: usize = 512;

#[derive(Clone, Copy)]
pub enum Field {
    Typename,
    Producer,
    JobNamespace,
    JobName,
    RunId,
    FirstSeen,
    LastSeen,
    Runs,
    Declared,
    IsStatic,
    Transformations,
}

impl Typename for Field {
    fn typename() -> Self {
        Self::Typename
    }
}

/// What is selected of evidence.
pub type EvidenceShape = Shape<Field>;

fn read(picked: &Picked<'_>) -> ServerResult<Option<Field>> {
    Ok(Some(match picked.field {
        "producer" => Field::Producer,
        "jobNamespace" => Field::JobNamespace,
        "jobName" => Field::JobName,
        "runId" => Field::RunId,
        "firstSeen" => Field::FirstSeen,
        "lastSeen" => Field::LastSeen,
        "runs" => Field::Runs,
        "declared" => Field::Declared,
        "isStatic" => Field::IsStatic,
        "transformations" => Field::Transformations,
        _ => return Ok(None),
    }))
}

/// Reads a selection of evidence.
///
/// # Errors
/// When a field is unknown, which validation rules out.
pub fn shape<'a>(
    ctx: &ContextSelectionSet<'a>,
    sets: &[&'a SelectionSet],
) -> ServerResult<EvidenceShape> {
    Shape::new(ctx, sets, "Evidence", read)
}

/// The evidence of each flow that still has some.
///
/// # Errors
/// `DEADLINE`.
pub fn of_flows(
    answer: &Answer,
    budget: &Budget,
    shape: &EvidenceShape,
    flows: &[u32],
) -> Result<HashMap<u32, Value>> {
    let catalog = answer.engine.catalog();
    let mut writer = Writer::default();
    let mut values = HashMap::default();
    for piece in flows.chunks(PIECE) {
        budget.check()?;
        let mut found: Vec<(u32, EdgeEvidence)> = Vec::with_capacity(piece.len());
        let all = catalog.flow_evidence(piece);
        if all.len() == piece.len() {
            found.extend(piece.iter().copied().zip(all));
        } else {
            // Some flows were forgotten since the graph was read, and the answer does not say which.
            for &flow in piece {
                found.extend(
                    catalog
                        .flow_evidence(&[flow])
                        .into_iter()
                        .map(|one| (flow, one)),
                );
            }
        }
        catalog.names(|names| {
            for (flow, one) in &found {
                let told = answer.graph.is_told(*flow);
                values.insert(*flow, writer.row(names, shape, one, told));
            }
        });
    }
    Ok(values)
}

/// The evidence of each column edge, in their order.
///
/// # Errors
/// `DEADLINE`, and when the store fails.
pub fn of_links(
    answer: &Answer,
    budget: &Budget,
    shape: &EvidenceShape,
    links: &[(ColumnRef, ColumnRef)],
) -> Result<Vec<Value>> {
    let catalog = answer.engine.catalog();
    let mut writer = Writer::default();
    let mut values = vec![Value::List(Vec::new()); links.len()];
    // Assertions are read once for each output of a piece, so those of one output go together.
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|&at| links[at].1.dataset);
    for piece in order.chunks(PIECE) {
        budget.check()?;
        let pairs: Vec<_> = piece.iter().map(|&at| links[at]).collect();
        let found = catalog.link_evidence(&pairs).map_err(internal)?;
        catalog.names(|names| {
            for (&at, all) in piece.iter().zip(&found) {
                let rows = all.iter().map(|one| writer.row(names, shape, one, true));
                values[at] = Value::List(rows.collect());
            }
        });
    }
    Ok(values)
}

struct Writer {
    handles: Handles,
    typename: Name,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            handles: Handles::default(),
            typename: Name::new("Evidence"),
        }
    }
}

impl Writer {
    fn row(
        &mut self,
        names: &Namer<'_>,
        shape: &EvidenceShape,
        one: &EdgeEvidence,
        told: bool,
    ) -> Value {
        let job = one.job.map(|id| names.job(id));
        let handles = &mut self.handles;
        shape.row(|field| match field {
            Field::Typename => shared(&self.typename),
            Field::Producer => handles.value(&one.producer),
            Field::JobNamespace => handles.optional(job.map(|job| job.0)),
            Field::JobName => handles.optional(job.map(|job| job.1)),
            Field::RunId => one
                .evidence
                .last_run
                .map_or(Value::Null, |run| unique(run.to_string())),
            Field::FirstSeen => time(one.evidence.first_seen.to_utc()),
            Field::LastSeen => time(one.evidence.last_seen.to_utc()),
            Field::Runs => Value::from(one.evidence.runs),
            Field::Declared => Value::Boolean(one.declared || told),
            Field::IsStatic => Value::Boolean(one.is_static),
            Field::Transformations => {
                let all = one.transformations.iter();
                Value::List(all.map(|text| handles.value(text)).collect())
            }
        })
    }
}

/// A text that stands behind each edge of its flow.
fn unique(text: String) -> Value {
    Value::Enum(Name::new(text))
}

fn time(time: Option<DateTime<Utc>>) -> Value {
    time.map_or(Value::Null, |time| unique(time.to_rfc3339()))
}
