//! `asOf`: which times can be asked for, and the graph of then.

use std::sync::Arc;

use async_graphql::Result;
use chrono::{DateTime, Utc};

use crate::catalog::{Catalog, Past};
use crate::engine::Engine;
use crate::graph::{Graph, Start};
use crate::openlineage::EventTime;

use super::refs::{Found, coded, internal};

/// The event time that an argument `asOf` asks for.
///
/// # Errors
/// `BAD_INPUT` when it lies in the future and after every event: what will be is not known.
pub fn as_of_time(catalog: &Catalog, as_of: Option<DateTime<Utc>>) -> Result<Option<EventTime>> {
    let Some(asked) = as_of else {
        return Ok(None);
    };
    let at = EventTime::from(asked);
    let known = catalog.known();
    let heard = known.is_some_and(|(_, last)| at <= last);
    if asked > Utc::now() && !heard {
        let last = known.map_or_else(
            || "there is no event yet".to_owned(),
            |(_, last)| format!("the last event is of {last}"),
        );
        let message = format!(
            "asOf: {at} lies in the future, and {last}; leave asOf out to ask for the latest"
        );
        return Err(coded("BAD_INPUT", message));
    }
    Ok(Some(at))
}

/// The graph that an answer is about.
pub struct Scene {
    /// What was current.
    pub graph: Arc<Graph>,
    /// Where an earlier time was asked for, what else belongs to it.
    pub past: Option<Arc<Past>>,
    /// The last event that it has seen.
    pub applied_seq: u64,
}

/// The graph of now or of an earlier time.
///
/// # Errors
/// When the store fails.
pub fn scene(engine: &Engine, as_of: Option<EventTime>) -> Result<Scene> {
    // Before the past is looked at, so that an answer never claims an event that it has not seen.
    let graph = engine.graph();
    let applied_seq = graph.applied_seq;
    let Some(at) = as_of else {
        return Ok(Scene {
            graph,
            past: None,
            applied_seq,
        });
    };
    let past = engine.past(at).map_err(internal)?;
    Ok(Scene {
        graph: Arc::clone(&past.graph),
        past: Some(past),
        applied_seq,
    })
}

/// Time of the first event that names a node.
fn named_since(engine: &Engine, node: Found) -> Result<Option<EventTime>> {
    let catalog = engine.catalog();
    Ok(match node {
        Found::Node(Start::Dataset(id)) => catalog.dataset_since(id).map_err(internal)?,
        Found::Node(Start::Job(id)) => catalog.job(id).map_err(internal)?.seen.map(|seen| seen.0),
        Found::Column(column) => catalog.column_since(column),
    })
}

/// Whether an event had named a node by a time.
///
/// # Errors
/// When the store fails.
pub fn exists(engine: &Engine, node: Found, as_of: Option<EventTime>) -> Result<bool> {
    let Some(at) = as_of else {
        return Ok(true);
    };
    Ok(named_since(engine, node)?.is_none_or(|since| since <= at))
}

/// Refuses to answer about what no event had named by then.
///
/// # Errors
/// `NOT_FOUND`, with the time at which it was first named.
pub fn must_exist(engine: &Engine, node: Found, as_of: Option<EventTime>) -> Result<()> {
    let Some(at) = as_of else {
        return Ok(());
    };
    match named_since(engine, node)? {
        Some(since) if since > at => {
            let what = node.kind().word();
            let message = format!(
                "asOf: the {what} was named first by an event of {since}, after {at}; ask for a later time"
            );
            Err(coded("NOT_FOUND", message))
        }
        _ => Ok(()),
    }
}
