//! A run's use of a dataset.

use async_graphql::{Context, Object, Result};

use crate::catalog::{DatasetId, FacetView};
use crate::openlineage::facets;

use super::quality::{Assertion, METRICS, Metrics};
use super::shelf::{Bodies, Place};
use super::told::Subset;
use super::{Dataset, Facet};

/// What a use of a dataset tells of its size.
pub fn statistics(bodies: &Bodies, dataset: DatasetId, output: bool) -> facets::Statistics {
    let name = if output {
        "outputStatistics"
    } else {
        "inputStatistics"
    };
    let mut told = bodies.of_use(dataset, output);
    let found = told.find(|view| view.name == name);
    found
        .map(|view| facets::statistics(view.json.as_bytes()))
        .unwrap_or_default()
}

/// A dataset as a run used it.
pub struct RunDataset {
    pub dataset: Dataset,
    pub output: bool,
    pub uses: Place,
}

impl RunDataset {
    fn told<'c>(&'c self, ctx: &Context<'_>) -> Result<impl Iterator<Item = &'c FacetView>> {
        let bodies = self.uses.bodies(ctx)?;
        Ok(bodies.of_use(self.dataset.id, self.output))
    }

    fn statistics(&self, ctx: &Context<'_>) -> Result<facets::Statistics> {
        let bodies = self.uses.bodies(ctx)?;
        Ok(statistics(bodies, self.dataset.id, self.output))
    }
}

/// A dataset as a run used it.
#[Object]
impl RunDataset {
    /// The dataset.
    async fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The run wrote it; otherwise it read it.
    async fn is_output(&self) -> bool {
        self.output
    }

    /// Facets of this use, verbatim: row counts, subsets, assertions … Of dataQualityAssertions there
    /// may be several, as the run's events told them.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        Ok(self.told(ctx)?.cloned().map(Facet::from).collect())
    }

    /// Rows read or written.
    async fn row_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.statistics(ctx)?.row_count)
    }

    /// Bytes read or written.
    async fn bytes(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.statistics(ctx)?.size)
    }

    /// Files read or written.
    async fn file_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.statistics(ctx)?.file_count)
    }

    /// What this run checked of it, by all of its events, the latest of each assertion and column.
    async fn assertions(&self, ctx: &Context<'_>) -> Result<Vec<Assertion>> {
        Ok(Assertion::merged(self.told(ctx)?))
    }

    /// What this run measured of it.
    async fn metrics(&self, ctx: &Context<'_>) -> Result<Option<Metrics>> {
        let told: Vec<_> = self.told(ctx)?.collect();
        let found = METRICS
            .iter()
            .find_map(|name| told.iter().find(|view| view.name == *name));
        Ok(found.map(|view| Metrics::read(view)))
    }

    /// The part of it that was read or written; null when all of it was, or nothing is told.
    async fn subset(&self, ctx: &Context<'_>) -> Result<Option<Subset>> {
        let found = self.told(ctx)?.find(|view| view.name == "subset");
        let read = found.and_then(|view| facets::subset(view.json.as_bytes()));
        Ok(read.map(Into::into))
    }
}
