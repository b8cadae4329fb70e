//! What was checked and measured of datasets.

use async_graphql::{Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{DatasetId, FacetRef, FacetView, JobId};
use crate::contract::policy::Policy;
use crate::contract::testing::{TestKind, is_of};
use crate::engine::Engine;
use crate::openlineage::facets;

use super::super::refs::internal;
use super::super::request::Budget;
use super::facet_bodies;

/// Facets with assertions.
pub const ASSERTIONS: &[&str] = &["dataQualityAssertions"];
/// Facets with metrics, the standard one first.
pub const METRICS: &[&str] = &["dataQualityMetrics", "dataQuality"];
/// Jobs whose runs are looked at for what they told of a dataset.
const MAX_JOBS: usize = 200;
/// Runs of each job that are looked at.
const MAX_RUNS: usize = 10;

/// A check of data, and what it found.
// The member is called as in the facet.
#[allow(clippy::struct_field_names)]
#[derive(SimpleObject, Debug, Clone)]
pub struct Assertion {
    /// What is checked, for example `not_null`.
    pub assertion: String,
    /// The column; null for the whole dataset.
    pub column: Option<String>,
    /// Whether it held; null when that is not known, which is not passed.
    pub success: Option<bool>,
    /// `error` or `warn`.
    pub severity: Option<String>,
    /// Name of the check.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it wanted.
    pub expected: Option<String>,
    /// What it found.
    pub actual: Option<String>,
    /// Its body, for example SQL.
    pub content: Option<String>,
    /// What the body is.
    pub content_type: Option<String>,
    /// Time of the event that told it.
    pub told_at: Option<DateTime<Utc>>,
}

impl Assertion {
    fn new(read: facets::Assertion, told_at: Option<DateTime<Utc>>) -> Self {
        Self {
            assertion: read.assertion,
            column: read.column,
            success: read.success,
            severity: read.severity,
            name: read.name,
            description: read.description,
            expected: read.expected,
            actual: read.actual,
            content: read.content,
            content_type: read.content_type,
            told_at,
        }
    }

    /// The assertions of facets, merged by assertion and column: the later event counts.
    pub fn merged<'a>(views: impl Iterator<Item = &'a FacetView>) -> Vec<Self> {
        let told = views.filter(|view| ASSERTIONS.contains(&view.name.as_str()));
        let mut told: Vec<_> = told.collect();
        told.sort_by(|a, b| (a.time, &a.json).cmp(&(b.time, &b.json)));
        let told = told.into_iter().map(|view| {
            let read = facets::assertions(view.json.as_bytes());
            let time = view.time.to_utc();
            read.into_iter().map(|one| (one, time)).collect()
        });
        let merged = facets::merge_assertions(told);
        merged
            .into_iter()
            .map(|(one, time)| Self::new(one, time))
            .collect()
    }
}

/// A quantile of a column.
#[derive(SimpleObject, Debug, Clone)]
pub struct Quantile {
    /// Which one, for example `0.5`.
    pub quantile: String,
    /// Its value, as written.
    pub value: String,
}

/// What was measured of a column.
#[derive(SimpleObject, Debug, Clone)]
pub struct ColumnMetrics {
    /// The column as the producer names it; it need not be one of the dataset's.
    pub column: String,
    /// Rows without a value.
    pub null_count: Option<i64>,
    /// Different values.
    pub distinct_count: Option<i64>,
    /// Values, as written.
    pub count: Option<String>,
    /// Sum, as written.
    pub sum: Option<String>,
    /// Smallest, as written.
    pub min: Option<String>,
    /// Greatest, as written.
    pub max: Option<String>,
    /// Quantiles.
    pub quantiles: Vec<Quantile>,
}

/// What was measured of a dataset.
#[derive(SimpleObject, Debug, Clone)]
pub struct Metrics {
    /// Rows.
    pub row_count: Option<i64>,
    /// Bytes.
    pub bytes: Option<i64>,
    /// Files.
    pub file_count: Option<i64>,
    /// When the data changed last, as written.
    pub last_updated: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnMetrics>,
    /// Time of the event that told it.
    pub told_at: Option<DateTime<Utc>>,
}

impl Metrics {
    /// The metrics that a facet tells.
    pub fn read(view: &FacetView) -> Self {
        let read = facets::metrics(view.json.as_bytes());
        let column = |one: facets::ColumnMetrics| ColumnMetrics {
            column: one.column,
            null_count: one.null_count,
            distinct_count: one.distinct_count,
            count: one.count,
            sum: one.sum,
            min: one.min,
            max: one.max,
            quantiles: one
                .quantiles
                .into_iter()
                .map(|(quantile, value)| Quantile { quantile, value })
                .collect(),
        };
        Self {
            row_count: read.row_count,
            bytes: read.bytes,
            file_count: read.file_count,
            last_updated: read.last_updated,
            columns: read.columns.into_iter().map(column).collect(),
            told_at: view.time.to_utc(),
        }
    }
}

/// What was last checked and measured of a dataset, by the dataset's own facets and the latest 10
/// runs of each job that reads or writes it.
#[derive(SimpleObject, Debug, Clone)]
pub struct DatasetQuality {
    /// The latest of each assertion and column.
    pub assertions: Vec<Assertion>,
    /// The latest metrics; null when none were told.
    pub metrics: Option<Metrics>,
    /// Jobs whose runs were not looked at, because there are more than 200.
    pub jobs_left_out: usize,
}

/// Reads what was told of a dataset by itself and by runs of these jobs.
pub fn quality(
    engine: &Engine,
    budget: &Budget,
    dataset: DatasetId,
    jobs: &[JobId],
) -> Result<DatasetQuality> {
    let catalog = engine.catalog();
    let mut refs = catalog.dataset(dataset).map_err(internal)?.facets;
    for &job in jobs.iter().take(MAX_JOBS) {
        budget.check()?;
        for run in catalog.runs_of(job, None, MAX_RUNS).map_err(internal)? {
            let uses = run.io_facets.into_iter().filter(|io| io.0 == dataset);
            refs.extend(uses.map(|(_, _, facet)| facet));
        }
    }
    let told = |facet: &FacetRef| {
        let name = facet.name.as_str();
        ASSERTIONS.contains(&name) || METRICS.contains(&name)
    };
    refs.retain(told);
    refs.sort_by(|a, b| (a.time, &a.hash).cmp(&(b.time, &b.hash)));
    let views = facet_bodies(engine, budget, &refs)?;
    let mut latest = views.iter().rev();
    let metrics = latest.find(|view| METRICS.contains(&view.name.as_str()));
    let metrics = metrics.map(Metrics::read);
    let assertions = Assertion::merged(views.iter());
    let columns = metrics.as_ref().map_or(0, |told| told.columns.len());
    budget.charge(assertions.len() + columns)?;
    Ok(DatasetQuality {
        assertions,
        metrics,
        jobs_left_out: jobs.len().saturating_sub(MAX_JOBS),
    })
}

/// A test or measurement that was told of a dataset, whichever run told it.
#[derive(SimpleObject, Debug, Clone)]
pub struct DatasetTest {
    /// What is tested as its producer calls it; `dataQualityMetrics.rowCount`, `.lastUpdated` and
    /// `.columnMetrics` for measurements.
    pub name: String,
    /// The column; null for the whole dataset.
    pub column: Option<String>,
    /// Kinds of tests that it is of (`docs/CONTRACTS.md`); empty where its name is of none.
    pub kinds: Vec<&'static str>,
    /// Whether it held when it was told last; null where that was not told.
    pub success: Option<bool>,
    /// When it was told first.
    pub first_told: Option<DateTime<Utc>>,
    /// When it was told last.
    pub last_told: Option<DateTime<Utc>>,
}

/// All tests that were ever told of a dataset, by name and column.
pub fn tests(engine: &Engine, budget: &Budget, dataset: DatasetId) -> Result<Vec<DatasetTest>> {
    let told = engine.catalog().tests_of(dataset).map_err(internal)?;
    budget.charge(told.len())?;
    let loaded = engine.policy();
    let none = Policy::default();
    let policy = loaded.as_ref().map_or(&none, |loaded| &loaded.policy);
    let kinds = |name: &str| {
        let all = TestKind::ALL.into_iter();
        all.filter(|(kind, _)| is_of(policy, name, *kind))
            .map(|(_, word)| word)
            .collect()
    };
    let tests = told.into_iter().map(|test| DatasetTest {
        kinds: kinds(&test.name),
        name: test.name,
        column: test.column,
        success: test.success,
        first_told: test.first.to_utc(),
        last_told: test.last.to_utc(),
    });
    Ok(tests.collect())
}
