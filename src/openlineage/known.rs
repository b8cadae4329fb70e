//! The facets that Headwater knows by name, and what the most important member of each must be.
//!
//! A facet that is not here is kept and shown as it came, and its sender is told that nothing is
//! read from it. Names alone: which entity a facet stands on makes no difference. Sources: the
//! facets of `OpenLineage` 2-0-2, and what released producers were seen to send.

use super::cursor::Kind;

/// A member of a facet and the kind that it must be of where it is there.
pub(super) type Shape = Option<(&'static str, Kind)>;

/// How a facet of an event compares with what is known.
pub(super) enum Familiar {
    /// Its name is not known.
    No,
    /// It is as it should be, as far as that is looked at.
    Yes,
    /// A member is of another kind than it should be.
    Misshapen {
        member: &'static str,
        expected: Kind,
        found: Kind,
    },
}

/// Sorted by name.
const KNOWN: &[(&str, Shape)] = &[
    ("airflow", None),
    ("airflowDagRun", None),
    ("airflowState", None),
    ("catalog", Some(("name", Kind::String))),
    ("columnLineage", Some(("fields", Kind::Object))),
    ("dagster_asset_check", None),
    ("dataQuality", None),
    ("dataQualityAssertions", Some(("assertions", Kind::Array))),
    ("dataQualityMetrics", Some(("columnMetrics", Kind::Object))),
    ("dataSource", Some(("name", Kind::String))),
    ("datasetType", Some(("datasetType", Kind::String))),
    ("dbt_exposure", None),
    ("dbt_exposures", None),
    ("dbt_model", None),
    ("dbt_node", None),
    ("dbt_run", None),
    ("dbt_version", None),
    ("debezium_config", None),
    ("dlt_execution", None),
    ("documentation", Some(("description", Kind::String))),
    ("environment-properties", None),
    (
        "environmentVariables",
        Some(("environmentVariables", Kind::Array)),
    ),
    ("errorMessage", Some(("message", Kind::String))),
    ("executionParameters", Some(("parameters", Kind::Array))),
    ("externalQuery", Some(("externalQueryId", Kind::String))),
    ("extractionError", Some(("errors", Kind::Array))),
    ("flink_job", None),
    ("gcp_composer_job", None),
    ("gcp_composer_run", None),
    ("gcp_dataproc", None),
    ("gcp_lineage", None),
    ("greatExpectations_assertions", None),
    ("great_expectations_meta", None),
    ("headwater_consumer", None),
    ("headwater_retired", None),
    ("hierarchy", Some(("hierarchy", Kind::Array))),
    ("icebergCommitReport", None),
    ("icebergScanReport", None),
    ("inputStatistics", None),
    ("jobDependencies", None),
    ("jobType", Some(("processingType", Kind::String))),
    (
        "lifecycleStateChange",
        Some(("lifecycleStateChange", Kind::String)),
    ),
    ("lineage", None),
    ("nominalTime", Some(("nominalStartTime", Kind::String))),
    ("outputStatistics", None),
    ("ownership", Some(("owners", Kind::Array))),
    ("parent", Some(("run", Kind::Object))),
    ("parentRun", None),
    ("prefectDeployment", None),
    ("processingEngine", None),
    ("processing_engine", Some(("version", Kind::String))),
    ("schema", Some(("fields", Kind::Array))),
    ("sourceCode", Some(("sourceCode", Kind::String))),
    ("sourceCodeLocation", Some(("url", Kind::String))),
    ("spark.exception", None),
    ("spark.logicalPlan", None),
    ("spark_applicationDetails", None),
    ("spark_jobDetails", None),
    ("spark_properties", None),
    ("sql", Some(("query", Kind::String))),
    ("sqlmesh_execution", None),
    ("storage", Some(("storageLayer", Kind::String))),
    ("subset", None),
    ("symlinks", Some(("identifiers", Kind::Array))),
    ("tags", Some(("tags", Kind::Array))),
    ("test", None),
    ("version", Some(("datasetVersion", Kind::String))),
];

/// What is known of a facet, and its name without an allocation; `None` when its name is not known.
pub(super) fn known(name: &str) -> Option<(&'static str, Shape)> {
    let mut slot = slot(name.as_bytes());
    loop {
        let (known, shape) = KNOWN.get(usize::from(INDEX[slot]))?;
        if *known == name {
            return Some((known, *shape));
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Slots of the index: many more than names, so that most are found at the first look.
const SLOTS: usize = 256;
const EMPTY: u8 = u8::MAX;

/// Where names stand in [`KNOWN`]. Made by the compiler: this is asked for each facet of each
/// event, and searching the sorted list would take several times as long.
static INDEX: [u8; SLOTS] = {
    let mut index = [EMPTY; SLOTS];
    let mut at = 0;
    while at < KNOWN.len() {
        let mut slot = slot(KNOWN[at].0.as_bytes());
        while index[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        assert!(at < EMPTY as usize);
        #[allow(clippy::cast_possible_truncation)] // see the assertion
        let entry = at as u8;
        index[slot] = entry;
        at += 1;
    }
    index
};

const fn slot(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return 0;
    };
    let middle = name[name.len() / 2];
    (name.len() * 61 + *first as usize * 7 + *last as usize * 29 + middle as usize * 13) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_each_is_found() {
        assert!(KNOWN.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, shape) in KNOWN {
            assert_eq!(known(name), Some((*name, *shape)), "{name}");
        }
        assert_eq!(known("unheardOf"), None);
        assert_eq!(known(""), None);
    }
}
