//! Datasets, columns, jobs and runs as GraphQL objects: a file each, and here what they share.

mod column;
mod dataset;
mod identity;
mod job;
mod quality;
mod retired;
mod run;
mod run_dataset;
mod schema_history;
mod shelf;
mod sql;
mod told;

use std::sync::Arc;

use async_graphql::{Context, Json, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::{self, FacetRef, FacetView};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::openlineage::{EventTime, facets, secrets};

use super::as_of::scene;
use super::refs::{coded, engine, internal};
use super::request::{Budget, budget, charge, list_complexity, rows_of};

pub use dataset::Dataset;
pub use job::Job;
pub use retired::RetiredEntities;
pub use run::Run;
pub use schema_history::SchemaChanges;

/// A facet, as it came but for secrets.
#[derive(SimpleObject, Debug, Clone)]
pub struct Facet {
    /// Its key.
    pub name: String,
    /// As JSON. Numbers beyond 2^53 lose digits here, as in most clients; `text` has them all.
    pub value: Json<serde_json::Value>,
    /// As text, with every digit.
    pub text: String,
    /// Values that are secrets by their name (`password`, `token` …) are shown as `***`. The event
    /// in the log has them.
    pub masked: bool,
    /// Time of the event that set it.
    pub set_at: Option<DateTime<Utc>>,
}

impl From<FacetView> for Facet {
    fn from(view: FacetView) -> Self {
        let masked = secrets::mask_json(&view.json);
        let (masked, text) = (masked.is_some(), masked.unwrap_or(view.json));
        let value = serde_json::from_str(&text).unwrap_or_default();
        Self {
            name: view.name,
            value: Json(value),
            text,
            masked,
            set_at: view.time.to_utc(),
        }
    }
}

/// An owner.
#[derive(SimpleObject, Debug, Clone)]
pub struct Owner {
    /// For example `team:finance`.
    pub name: String,
    /// For example `MAINTAINER`.
    #[graphql(name = "type")]
    pub kind: Option<String>,
}

/// A tag.
#[derive(SimpleObject, Debug, Clone)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; may be empty.
    pub value: String,
    /// Who set it, where that is told.
    pub source: Option<String>,
}

impl From<facets::Tag> for Tag {
    fn from(read: facets::Tag) -> Self {
        Self {
            key: read.key,
            value: read.value,
            source: read.source,
        }
    }
}

/// The bodies of facets, read from the log for as long as the request may take.
fn facet_bodies(engine: &Engine, budget: &Budget, facets: &[FacetRef]) -> Result<Vec<FacetView>> {
    let read = engine.facets(facets, || budget.check().is_ok());
    read.map_err(|error| budget.check().err().unwrap_or_else(|| internal(error)))
}

/// Facets with their bodies.
fn facet_list(engine: &Engine, budget: &Budget, facets: &[FacetRef]) -> Result<Vec<Facet>> {
    budget.charge(facets.len())?;
    let views = facet_bodies(engine, budget, facets)?;
    Ok(views.into_iter().map(Facet::from).collect())
}

fn owner_list(facets: &[FacetView]) -> Vec<Owner> {
    catalog::owners(facets)
        .into_iter()
        .map(|o| Owner {
            name: o.name,
            kind: o.kind,
        })
        .collect()
}

fn tag_list(facets: &[FacetView]) -> Vec<Tag> {
    let tags = catalog::tags(facets)
        .into_iter()
        .filter(|tag| tag.field.is_none());
    tags.map(Tag::from).collect()
}

/// What a facet lists; nothing when there is no such facet.
fn all<T, U: From<T>>(told: Option<Vec<T>>) -> Vec<U> {
    told.into_iter().flatten().map(U::from).collect()
}

fn utc(time: Option<EventTime>) -> Option<DateTime<Utc>> {
    time.and_then(EventTime::to_utc)
}

fn unique(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What a list counts for in the complexity of a query: its limit, or a guess when it has none.
/// What a list without limit really holds is charged when it is read.
fn list_cost(limit: Option<i32>, child_complexity: usize) -> usize {
    list_complexity(limit.map_or(25, rows_of), child_complexity)
}

/// The part of a list that was asked for.
#[derive(Clone, Copy)]
pub struct Page {
    /// At most this many.
    pub limit: Option<i32>,
    /// Left out at the start.
    pub offset: Option<i32>,
}

impl Page {
    /// Cuts a list.
    ///
    /// # Errors
    /// `BAD_INPUT` for a negative number.
    pub fn cut<T>(self, mut list: Vec<T>) -> Result<Vec<T>> {
        let read = |name: &str, value: i32| {
            usize::try_from(value)
                .map_err(|_| coded("BAD_INPUT", format!("{name}: {value} is negative")))
        };
        if let Some(offset) = self.offset {
            let offset = read("offset", offset)?.min(list.len());
            list.drain(..offset);
        }
        if let Some(limit) = self.limit {
            list.truncate(read("limit", limit)?);
        }
        Ok(list)
    }
}

/// What an entity with its resolvers costs beside a row of a lineage list.
const ENTITY_ROWS: usize = 10;

/// Charges entities that are about to be listed.
fn charge_entities(ctx: &Context<'_>, count: usize) -> Result<()> {
    charge(ctx, count.saturating_mul(ENTITY_ROWS))
}

/// The graph of now, or as of an earlier time.
fn graph_of(ctx: &Context<'_>, as_of: Option<EventTime>) -> Result<Arc<Graph>> {
    let engine = engine(ctx)?;
    Ok(match as_of {
        None => engine.graph(),
        Some(_) => block_in_place(|| scene(engine, as_of))?.graph,
    })
}

/// The datasets at one end of flows, each once, in order of first sight.
fn ends(
    ctx: &Context<'_>,
    graph: &Graph,
    flows: &[u32],
    end: fn(&Graph, u32) -> Vec<u32>,
) -> Result<Vec<u32>> {
    let (budget, mut found) = (budget(ctx)?, Vec::new());
    for &flow in flows {
        budget.check()?;
        found.extend(end(graph, flow));
        // Flows of a hub share most of their ends: fold them before they fill memory.
        if found.len() > 1 << 20 {
            found = unique(found);
        }
    }
    Ok(unique(found))
}

/// The jobs that assert flows, each once, in order of first sight.
fn jobs_of(graph: &Graph, flows: &[u32]) -> Vec<u32> {
    unique(
        flows
            .iter()
            .filter_map(|&flow| graph.job_of(flow))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use crate::api::graphql::sdl;
    use crate::openlineage::facets::standard::STANDARD;

    /// The table of facets names fields that there are.
    #[test]
    fn the_fields_of_the_facet_table_are_in_the_schema() {
        let schema = sdl();
        for path in STANDARD.iter().flat_map(|one| one.fields) {
            let (kind, field) = path.split_once('.').unwrap();
            let (_, from) = schema.split_once(&format!("type {kind} {{")).unwrap();
            let (body, _) = from.split_once("\n}").unwrap();
            let starts = [format!("\n\t{field}:"), format!("\n\t{field}(")];
            let found = starts.iter().any(|start| body.contains(start));
            assert!(found, "the schema has no {path}");
        }
    }
}
