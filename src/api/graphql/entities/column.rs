//! Columns of datasets.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::catalog::{ColumnView, DatasetId};
use crate::graph::ColumnRef;
use crate::openlineage::EventTime;

use super::{Tag, graph_of};

/// A column of a dataset.
pub struct Column {
    dataset: DatasetId,
    view: ColumnView,
    as_of: Option<EventTime>,
}

impl Column {
    /// A column as the catalog shows it.
    pub fn new(dataset: DatasetId, view: ColumnView, as_of: Option<EventTime>) -> Self {
        Self {
            dataset,
            view,
            as_of,
        }
    }
}

/// A column of a dataset; nested fields are columns by path.
#[Object]
impl Column {
    /// Path of the column, for example `address.city`.
    async fn name(&self) -> &str {
        &self.view.name
    }

    /// Type as its producer names it, in the latest schema that lists the column.
    #[graphql(name = "type")]
    async fn data_type(&self) -> Option<&str> {
        self.view.data_type.as_deref()
    }

    /// Description in the latest schema that lists the column.
    async fn description(&self) -> Option<&str> {
        self.view.description.as_deref()
    }

    /// Tags set on it.
    async fn tags(&self) -> Vec<Tag> {
        let tags = self.view.tags.iter().cloned();
        tags.map(Tag::from).collect()
    }

    /// Every source that ever listed it has since sent a schema without it.
    async fn removed(&self) -> bool {
        self.view.removed
    }

    /// When the last of them did so; null while one lists it.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.view.removed_at.and_then(EventTime::to_utc)
    }

    /// Time of the first event that names it.
    async fn first_seen(&self) -> Option<DateTime<Utc>> {
        self.view.since.to_utc()
    }

    /// No schema ever listed it: it is known from column lineage alone.
    async fn from_lineage_only(&self) -> bool {
        self.view.from_lineage_only
    }

    /// Columns that feed it, one hop.
    async fn upstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.degrees(ctx)?.0)
    }

    /// Columns that it feeds, one hop.
    async fn downstream_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.degrees(ctx)?.1)
    }
}

impl Column {
    fn degrees(&self, ctx: &Context<'_>) -> Result<(usize, usize)> {
        let column = ColumnRef {
            dataset: self.dataset,
            ordinal: self.view.ordinal,
        };
        Ok(graph_of(ctx, self.as_of)?.column_degrees(column))
    }
}
