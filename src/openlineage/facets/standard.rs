//! The standard facets of spec 2-0-2, one line each: what Headwater does with them.
//!
//! `docs/FACETS.md` is printed from this list; tests fail when they differ, when a field that is
//! named here is not in the GraphQL schema, and when a facet of the specification is missing.

use std::fmt::Write;

/// Where a facet stands in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `run.facets`
    Run,
    /// `job.facets`
    Job,
    /// `facets` of a dataset
    Dataset,
    /// `inputFacets` of a dataset that a run reads
    Input,
    /// `outputFacets` of a dataset that a run writes
    Output,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Job => "job",
            Self::Dataset => "dataset",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// One standard facet.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// Its key.
    pub name: &'static str,
    /// Where it stands.
    pub level: Level,
    /// The version of its own schema that was read for it.
    pub version: &'static str,
    /// Other keys under which producers send it.
    pub also: &'static [&'static str],
    /// Typed fields of the GraphQL schema that show it.
    pub fields: &'static [&'static str],
    /// What it is used for beyond being shown; empty for nothing.
    pub used_for: &'static str,
}

const fn facet(
    level: Level,
    name: &'static str,
    version: &'static str,
    fields: &'static [&'static str],
) -> Standard {
    Standard {
        name,
        level,
        version,
        also: &[],
        fields,
        used_for: "",
    }
}

impl Standard {
    const fn also(mut self, keys: &'static [&'static str]) -> Self {
        self.also = keys;
        self
    }

    const fn used_for(mut self, what: &'static str) -> Self {
        self.used_for = what;
        self
    }
}

use Level::{Dataset, Input, Job, Output, Run};

/// All standard facets.
pub const STANDARD: &[Standard] = &[
    facet(
        Run,
        "nominalTime",
        "1-0-1",
        &[
            "Run.nominalStart",
            "Run.nominalEnd",
            "Run.nominalStartText",
            "Run.nominalEndText",
        ],
    ),
    facet(
        Run,
        "parent",
        "1-2-0",
        &[
            "Run.parent",
            "Run.root",
            "Run.children",
            "Job.parent",
            "Job.parents",
            "Job.children",
        ],
    )
    .also(&["parentRun"])
    .used_for("hierarchy of runs and jobs"),
    facet(
        Run,
        "errorMessage",
        "1-0-1",
        &["Run.errorMessage", "Run.stackTrace", "Run.errorLanguage"],
    )
    .also(&["spark.exception"]),
    facet(Run, "extractionError", "1-1-2", &["Run.extractionError"]),
    facet(Run, "externalQuery", "1-0-2", &["Run.externalQuery"]),
    facet(Run, "processing_engine", "1-1-1", &["Run.processingEngine"]).also(&["processingEngine"]),
    facet(
        Run,
        "environmentVariables",
        "1-0-0",
        &["Run.environmentVariables"],
    ),
    facet(
        Run,
        "executionParameters",
        "1-0-0",
        &["Run.executionParameters"],
    ),
    facet(Run, "jobDependencies", "1-0-1", &["Run.jobDependencies"]),
    facet(Run, "tags", "1-0-0", &["Run.tags"]),
    facet(Run, "test", "1-0-1", &["Run.tests"]),
    facet(
        Job,
        "jobType",
        "2-0-4",
        &[
            "Job.processingType",
            "Job.integration",
            "Job.type",
            "Job.emissionPattern",
        ],
    )
    .used_for("current edges: a streaming job counts while it runs"),
    facet(Job, "sql", "1-1-0", &["Job.sql"]),
    facet(Job, "sourceCode", "1-0-1", &["Job.sourceCode"]),
    facet(
        Job,
        "sourceCodeLocation",
        "1-1-0",
        &["Job.sourceCodeLocation"],
    ),
    facet(Job, "ownership", "1-0-1", &["Job.owners"]).used_for("search"),
    facet(Job, "documentation", "1-1-0", &["Job.description"]).used_for("search"),
    facet(Job, "tags", "1-0-0", &["Job.tags"]).used_for("search"),
    facet(Job, "lineage", "1-0-0", &["Query.lineage"])
        .used_for("edges of the datasets that its entries name; outranks columnLineage"),
    facet(Dataset, "schema", "1-2-0", &["Dataset.columns"]).used_for("columns, search"),
    facet(Dataset, "columnLineage", "1-2-0", &["Query.lineage"])
        .used_for("edges of columns and datasets, joined over the events of a run"),
    facet(
        Dataset,
        "symlinks",
        "1-0-1",
        &["Dataset.symlinks", "Dataset.names"],
    )
    .used_for("joining the names of one dataset (docs/IDENTITY.md)"),
    facet(
        Dataset,
        "lifecycleStateChange",
        "1-0-1",
        &["Dataset.lifecycle", "Dataset.changes", "Dataset.droppedAt"],
    )
    .used_for(
        "marking dropped datasets, joining renamed ones with their old names (docs/IDENTITY.md)",
    ),
    facet(Dataset, "version", "1-0-1", &["Dataset.version"]),
    facet(Dataset, "dataSource", "1-0-1", &["Dataset.dataSource"]),
    facet(Dataset, "ownership", "1-0-1", &["Dataset.owners"]).used_for("search"),
    facet(Dataset, "tags", "1-0-0", &["Dataset.tags", "Column.tags"])
        .used_for("search; the tag `layer`"),
    facet(Dataset, "documentation", "1-1-0", &["Dataset.description"]).used_for("search"),
    facet(Dataset, "storage", "1-0-1", &["Dataset.storage"]),
    facet(
        Dataset,
        "datasetType",
        "1-0-1",
        &["Dataset.type", "Dataset.subType"],
    ),
    facet(Dataset, "catalog", "1-1-0", &["Dataset.catalog"]),
    facet(Dataset, "hierarchy", "1-0-0", &["Dataset.hierarchy"]),
    facet(Dataset, "dataQualityMetrics", "1-0-0", &["Dataset.quality"]),
    facet(Dataset, "lineage", "1-0-0", &["Query.lineage"])
        .used_for("edges of columns and datasets; outranks columnLineage and inputs × outputs"),
    facet(
        Input,
        "dataQualityAssertions",
        "1-1-0",
        &["RunDataset.assertions", "Run.assertions", "Dataset.quality"],
    ),
    facet(
        Input,
        "dataQualityMetrics",
        "1-0-3",
        &["RunDataset.metrics", "Dataset.quality"],
    )
    .also(&["dataQuality"]),
    facet(
        Input,
        "inputStatistics",
        "1-0-0",
        &["RunDataset.rowCount", "Run.rowsRead", "Run.bytesRead"],
    ),
    facet(Input, "subset", "1-0-0", &["RunDataset.subset"]),
    facet(
        Output,
        "outputStatistics",
        "1-0-2",
        &["RunDataset.rowCount", "Run.rowsWritten", "Run.bytesWritten"],
    ),
    facet(Output, "subset", "1-0-0", &["RunDataset.subset"]),
];

/// Whether typed fields read a facet of that key, or what stands for it.
pub fn is_read(level: Level, name: &str) -> bool {
    let of_level = STANDARD.iter().filter(|one| one.level == level);
    let mut shown = of_level.filter(|one| !one.fields.is_empty());
    shown.any(|one| one.name == name || one.also.contains(&name))
}

/// What stands above and below the table.
const HEAD: &str = "# Facets

Printed from `src/openlineage/facets/standard.rs`; write it anew with `WRITE_FACETS_MD=1 cargo test --lib standard::`.

Every facet that arrives is kept as it came, known or not, with all digits of its numbers: in the log with its event, and shown by the `facets` fields of `Run`, `Job`, `Dataset` and `RunDataset`, as JSON and as text. Of each facet of a run, job, dataset or use of a dataset by a run, the one with the latest event time counts, and `_deleted: true` takes it away. The fields below read it; a member of the wrong kind, or an empty text, is null there, and a verdict that is not a boolean is null and never passed.

The standard facets of OpenLineage 2-0-2:

| level | facet | version | kept | queryable as | used for |
|---|---|---|---|---|---|
";

const FOOT: &str = "
Other facets (`dbt_run`, `spark.logicalPlan`, `gcp_lineage`, `icebergScanReport` …, and whatever your producers make up) have no typed fields: look for them in `facets`.

## Where producers differ

- Prefect's `parentRun` and `processingEngine` are read as `parent` and `processing_engine`.
- A run without an `errorMessage` facet but with Spark's `spark.exception` shows the text of that: its message, or the first line of its trace.
- Great Expectations' `dataQuality` is read as `dataQualityMetrics`. dbt also sends `dataQualityAssertions` as a facet of the dataset itself: `Dataset.quality` reads both.
- Where a producer sends an event for each assertion of a run (Dagster, Great Expectations), the run has all of them: different `dataQualityAssertions` bodies of one run hold beside each other, the latest 1,000 of them. All other facets replace.
- dbt's `dbt_exposures` facet of a dataset lists the dashboards and the like that read it. Each is a job (`Job.exposure`, `Dataset.consumedBy`), with its entry of the list as a facet `dbt_exposure`, which nobody sends ([TIME.md](TIME.md)).
- A job that no event of its own tells of, but that others name as their `parent`, is in the catalog with its children and without times.
- Counts written as `13.0` or `1e3` are whole numbers. What has a fraction or is beyond 64 bits is null as a count; `facets` has it.

## Secrets

What is shown of a facet has `***` in place of values that are secrets by their names (`password`, `client_secret`, `api_key`, `token` …): members, `name` and `value` pairs, `name=value` within a text, passwords in URIs. `masked` of a facet says that this was done. Names are all there is to go by, so it is no promise: Debezium before 3.5 sends its connector's `database.password` (masked), a script that prints one into its `sourceCode` is shown as it is. The log, exports, `GET /api/v1/events` and the quarantine (without `?text=true`) have what was sent.

";

/// The text of `docs/FACETS.md`.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for one in STANDARD {
        let also = one.also.iter().fold(String::new(), |mut text, key| {
            _ = write!(text, ", `{key}`");
            text
        });
        let fields: Vec<String> = one.fields.iter().map(|at| format!("`{at}`")).collect();
        let shown = if fields.is_empty() {
            "`facets` alone".to_owned()
        } else {
            fields.join(", ")
        };
        _ = writeln!(
            page,
            "| {} | `{}`{also} | {} | verbatim | {shown} | {} |",
            one.level.as_str(),
            one.name,
            one.version,
            one.used_for,
        );
    }
    page + FOOT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The facets of the specification, written down from it and not from the list above.
    const SPEC: [(Level, &str); 5] = [
        (
            Run,
            "nominalTime parent errorMessage extractionError externalQuery processing_engine environmentVariables executionParameters jobDependencies tags test",
        ),
        (
            Job,
            "jobType sql sourceCode sourceCodeLocation ownership documentation tags lineage",
        ),
        (
            Dataset,
            "schema columnLineage symlinks lifecycleStateChange version dataSource ownership tags documentation storage datasetType catalog hierarchy dataQualityMetrics lineage",
        ),
        (
            Input,
            "dataQualityAssertions dataQualityMetrics inputStatistics subset",
        ),
        (Output, "outputStatistics subset"),
    ];

    #[test]
    fn every_facet_of_the_specification_is_listed_once() {
        for (level, names) in SPEC {
            let of_level = STANDARD.iter().filter(|one| one.level == level);
            let mut listed: Vec<&str> = of_level.map(|one| one.name).collect();
            let mut wanted: Vec<&str> = names.split(' ').collect();
            listed.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(listed, wanted, "{level:?}");
        }
    }

    #[test]
    fn the_committed_page_is_what_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FACETS.md");
        if std::env::var_os("WRITE_FACETS_MD").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == markdown(),
            "docs/FACETS.md is stale: run `WRITE_FACETS_MD=1 cargo test --lib standard::`"
        );
    }
}
