//! Datasets, columns, jobs and runs as GraphQL objects: a file each, and here what they share.

mod dataset;
mod job;
mod run;

use async_graphql::{Json, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{self, FacetRef, FacetView};
use crate::engine::Engine;
use crate::openlineage::EventTime;

use super::refs::internal;

pub use dataset::Dataset;
pub use job::Job;
pub use run::Run;

/// A facet, verbatim.
#[derive(SimpleObject, Debug, Clone)]
pub struct Facet {
    /// Its key.
    pub name: String,
    /// As JSON. Numbers beyond 2^53 lose digits here, as in most clients; `text` has them all.
    pub value: Json<serde_json::Value>,
    /// As text, with every digit.
    pub text: String,
    /// Time of the event that set it.
    pub set_at: Option<DateTime<Utc>>,
}

impl From<FacetView> for Facet {
    fn from(view: FacetView) -> Self {
        let value = serde_json::from_str(&view.json).unwrap_or_default();
        Self {
            name: view.name,
            value: Json(value),
            text: view.json,
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
}

/// Facets with their bodies, which are read from the log.
fn facet_list(engine: &Engine, facets: &[FacetRef]) -> Result<Vec<Facet>> {
    let views = engine.facets(facets).map_err(internal)?;
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
    tags.map(|tag| Tag {
        key: tag.key,
        value: tag.value,
    })
    .collect()
}

fn utc(time: Option<EventTime>) -> Option<DateTime<Utc>> {
    time.and_then(EventTime::to_utc)
}

fn unique(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
