//! Facets of a run's use of a dataset: what was checked, counted and read of it.

use super::read::{Object, scalar};

/// One check of a `dataQualityAssertions` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// What is checked, for example `not_null`.
    pub assertion: String,
    /// The column; absent for the whole dataset.
    pub column: Option<String>,
    /// Whether it held; absent when it was not told as a boolean, which is not passed (trap 24).
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
}

/// Reads a `dataQualityAssertions` facet.
pub fn assertions(facet: &[u8]) -> Vec<Assertion> {
    let one = |one: &Object<'_>| {
        Some(Assertion {
            assertion: one.text("assertion")?,
            column: one.text("column"),
            success: one.flag("success"),
            severity: one.text("severity"),
            name: one.text("name"),
            description: one.text("description"),
            expected: one.scalar("expected"),
            actual: one.scalar("actual"),
            content: one.text("content"),
            content_type: one.text("contentType"),
        })
    };
    let read = Object::of(facet);
    read.list("assertions").iter().filter_map(one).collect()
}

/// Merges assertions of several facets, the earliest first (trap 27): a later facet replaces what
/// it repeats, by assertion and column, and nothing else. Those that one facet lists stay as they
/// are, because a producer may check one thing in two ways. `T` is what comes with an assertion.
pub fn merge_assertions<T>(
    facets: impl IntoIterator<Item = Vec<(Assertion, T)>>,
) -> Vec<(Assertion, T)> {
    let mut merged: Vec<(Assertion, T)> = Vec::new();
    for facet in facets {
        let repeated: std::collections::BTreeSet<(&str, Option<&str>)> = facet
            .iter()
            .map(|(one, _)| (one.assertion.as_str(), one.column.as_deref()))
            .collect();
        merged.retain(|(one, _)| {
            let key = (one.assertion.as_str(), one.column.as_deref());
            !repeated.contains(&key)
        });
        merged.extend(facet);
    }
    merged
}

/// What was measured of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMetrics {
    /// The column as the producer names it; it need not exist (trap 28).
    pub column: String,
    /// Rows without a value.
    pub null_count: Option<i64>,
    /// Different values.
    pub distinct_count: Option<i64>,
    /// Values.
    pub count: Option<String>,
    /// Sum, as written.
    pub sum: Option<String>,
    /// Smallest, as written; times and texts occur (trap 24).
    pub min: Option<String>,
    /// Greatest, as written.
    pub max: Option<String>,
    /// Quantiles and their values, as written.
    pub quantiles: Vec<(String, String)>,
}

/// A `dataQualityMetrics` facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
}

/// Reads a `dataQualityMetrics` facet, or what Great Expectations sends as `dataQuality`.
pub fn metrics(facet: &[u8]) -> Metrics {
    let read = Object::of(facet);
    let columns = read.object("columnMetrics");
    Metrics {
        row_count: read.whole("rowCount"),
        bytes: read.whole("bytes"),
        file_count: read.whole("fileCount"),
        last_updated: read.scalar("lastUpdated"),
        columns: columns
            .members()
            .map(|(column, raw)| column_metrics(column, raw))
            .collect(),
    }
}

fn column_metrics(column: &str, raw: &str) -> ColumnMetrics {
    let read = Object::of(raw.as_bytes());
    let quantiles = read.object("quantiles");
    let quantiles = quantiles.members();
    ColumnMetrics {
        column: column.to_owned(),
        null_count: read.whole("nullCount"),
        distinct_count: read.whole("distinctCount"),
        count: read.scalar("count"),
        sum: read.scalar("sum"),
        min: read.scalar("min"),
        max: read.scalar("max"),
        quantiles: quantiles
            .filter_map(|(quantile, raw)| Some((quantile.to_owned(), scalar(raw)?)))
            .collect(),
    }
}

/// An `inputStatistics` or `outputStatistics` facet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Rows.
    pub row_count: Option<i64>,
    /// Bytes.
    pub size: Option<i64>,
    /// Files.
    pub file_count: Option<i64>,
}

/// Reads an `inputStatistics` or `outputStatistics` facet.
pub fn statistics(facet: &[u8]) -> Statistics {
    let read = Object::of(facet);
    Statistics {
        row_count: read.whole("rowCount"),
        size: read.whole("size"),
        file_count: read.whole("fileCount"),
    }
}

/// A `subset` facet: the part of the dataset that was read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subset {
    /// `location`, `partition`, `compare` or `binary`.
    pub kind: Option<String>,
    /// The locations of a condition of kind `location`.
    pub locations: Vec<String>,
    /// The partitions of a condition of kind `partition`, as they identify themselves.
    pub partitions: Vec<String>,
    /// The whole condition, as JSON.
    pub condition: String,
}

/// Reads a `subset` facet of an input or output; `None` when it has no condition.
pub fn subset(facet: &[u8]) -> Option<Subset> {
    let read = Object::of(facet);
    let conditions = ["inputCondition", "outputCondition"];
    let raw = conditions.iter().find_map(|key| read.raw(key))?;
    let condition = Object::of(raw.as_bytes());
    let partitions = condition.list("partitions");
    Some(Subset {
        kind: condition.text("type"),
        locations: condition.texts("locations"),
        partitions: partitions
            .iter()
            .filter_map(|one| one.text("identifier"))
            .collect(),
        condition: raw.to_owned(),
    })
}
