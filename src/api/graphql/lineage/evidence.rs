//! Evidence of edges, written at once: once for each flow, however many edges it holds.

use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, Result, ServerResult};

use crate::catalog::{Detail, EdgeEvidence, NOW, Namer};
use crate::graph::ColumnRef;
use crate::openlineage::EventTime;

use super::super::refs::internal;
use super::super::request::Budget;
use super::answer::Answer;
use super::selection::{Picked, Shape, Written, json};

/// Flows and links looked up under one lock of the catalog.
const PIECE: usize = 512;

pub enum Field {
    Producer,
    JobNamespace,
    JobName,
    RunId,
    FirstSeen,
    LastSeen,
    Runs,
    Declared,
    Origin,
    IsStatic,
    Transformations,
    RunsSince,
    Intervals(Shape<End>),
}

/// A field of an interval.
pub enum End {
    From,
    To,
}

/// What is selected of evidence.
pub type EvidenceShape = Shape<Field>;

fn read<'a>(ctx: &ContextSelectionSet<'a>, picked: &Picked<'a>) -> ServerResult<Option<Field>> {
    Ok(Some(match picked.field {
        "producer" => Field::Producer,
        "jobNamespace" => Field::JobNamespace,
        "jobName" => Field::JobName,
        "runId" => Field::RunId,
        "firstSeen" => Field::FirstSeen,
        "lastSeen" => Field::LastSeen,
        "runs" => Field::Runs,
        "declared" => Field::Declared,
        "origin" => Field::Origin,
        "isStatic" => Field::IsStatic,
        "transformations" => Field::Transformations,
        "runsSince" => Field::RunsSince,
        "intervals" => {
            let ends = |picked: &Picked<'_>| {
                Ok(match picked.field {
                    "from" => Some(End::From),
                    "to" => Some(End::To),
                    _ => None,
                })
            };
            Field::Intervals(Shape::new(ctx, &picked.below, "AssertedInterval", ends)?)
        }
        _ => return Ok(None),
    }))
}

/// What of evidence the selection needs beside the usual.
fn detail(answer: &Answer, shape: &EvidenceShape) -> Detail {
    let until = answer.past.as_ref().map_or(NOW, |past| past.at);
    let counts = shape.any(|field| matches!(field, Field::RunsSince));
    Detail {
        intervals: shape.any(|field| matches!(field, Field::Intervals(_))),
        runs_since: counts.then_some(until),
    }
}

/// Reads a selection of evidence.
///
/// # Errors
/// When a field is unknown, which validation rules out.
pub fn shape<'a>(
    ctx: &ContextSelectionSet<'a>,
    sets: &[&'a SelectionSet],
) -> ServerResult<EvidenceShape> {
    Shape::new(ctx, sets, "Evidence", |picked| read(ctx, picked))
}

/// The evidence of each flow, in their order; nothing at all for a flow that was forgotten since the
/// graph was read.
///
/// # Errors
/// `DEADLINE`, and when the store fails.
pub fn of_flows(
    answer: &Answer,
    budget: &Budget,
    shape: &EvidenceShape,
    flows: &[u32],
) -> Result<Written> {
    let catalog = answer.engine.catalog();
    let (mut written, detail) = (Written::default(), detail(answer, shape));
    for piece in flows.chunks(PIECE) {
        budget.check()?;
        let all = catalog.flow_evidence(piece, detail).map_err(internal)?;
        let found: Vec<Option<EdgeEvidence>> = if all.len() == piece.len() {
            all.into_iter().map(Some).collect()
        } else {
            // Some are missing, and the list does not say which.
            let one = |&flow| {
                Ok(catalog
                    .flow_evidence(&[flow], detail)
                    .map_err(internal)?
                    .pop())
            };
            piece.iter().map(one).collect::<Result<_>>()?
        };
        catalog.names(|names| {
            for (&flow, one) in piece.iter().zip(&found) {
                written.push(|out| {
                    if let Some(one) = one {
                        row(out, names, shape, one, answer.graph.is_told(flow));
                    }
                });
            }
        });
    }
    Ok(written)
}

/// The evidence of each column edge, as a list, in their order.
///
/// # Errors
/// `DEADLINE`, and when the store fails.
pub fn of_links(
    answer: &Answer,
    budget: &Budget,
    shape: &EvidenceShape,
    links: &[(ColumnRef, ColumnRef)],
) -> Result<Written> {
    let catalog = answer.engine.catalog();
    // Assertions are read once for each output of a piece, so those of one output go together.
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|&at| links[at].1.dataset);
    let (mut sorted, mut place) = (Written::default(), vec![0; links.len()]);
    for piece in order.chunks(PIECE) {
        budget.check()?;
        let pairs: Vec<_> = piece.iter().map(|&at| links[at]).collect();
        let found = catalog
            .link_evidence(&pairs, answer.past.as_deref(), detail(answer, shape))
            .map_err(internal)?;
        catalog.names(|names| {
            for (&at, all) in piece.iter().zip(&found) {
                place[at] = sorted.len();
                sorted.push(|out| {
                    json::list(out, all, |out, one| {
                        row(out, names, shape, one, !one.from_sql)
                    });
                });
            }
        });
    }
    let mut written = Written::default();
    for at in place {
        written.push(|out| out.extend_from_slice(sorted.get(at)));
    }
    Ok(written)
}

fn row(
    out: &mut Vec<u8>,
    names: &Namer<'_>,
    shape: &EvidenceShape,
    one: &EdgeEvidence,
    told: bool,
) {
    let job = one.job.map(|id| names.job(id));
    let time = |time: EventTime| time.to_utc().map(|time| time.to_rfc3339());
    shape.row(out, |out, field| match field {
        Field::Producer => json::text(out, &one.producer),
        Field::JobNamespace => json::value(out, job.map(|job| job.0)),
        Field::JobName => json::value(out, job.map(|job| job.1)),
        Field::RunId => match &one.last_run_text {
            Some(text) => json::text(out, text),
            None => json::value(out, one.evidence.last_run),
        },
        Field::FirstSeen => json::value(out, time(one.evidence.first_seen)),
        Field::LastSeen => json::value(out, time(one.evidence.last_seen)),
        Field::Runs => json::value(out, one.evidence.runs),
        Field::Declared => json::value(out, one.declared || told),
        Field::Origin => json::text(
            out,
            match (one.from_sql, one.declared || told) {
                (true, _) => "FROM_SQL",
                (false, true) => "DECLARED",
                (false, false) => "INFERRED",
            },
        ),
        Field::IsStatic => json::value(out, one.is_static),
        Field::Transformations => json::value(out, &one.transformations),
        Field::RunsSince => json::value(out, one.runs_since),
        Field::Intervals(ends) => json::list(out, &one.told, |out, &(from, to)| {
            ends.row(out, |out, end| match end {
                End::From => json::value(out, time(from)),
                End::To => json::value(out, time(to)),
            });
        }),
    });
}
