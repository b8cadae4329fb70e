//! Typed readers for the standard facets, in a file for each level, and [`standard`], the list of
//! them from which `docs/FACETS.md` is made.
//!
//! Each reads canonical JSON leniently: a member of the wrong kind is as good as absent, and the
//! verbatim facet stays available. Each has limits that depend on the facet alone: what one facet
//! can make us remember stays in proportion to its bytes, and every replay reads the same. Where a
//! limit cuts a list, [`left_out`] says so for the receipt. To add a facet: its reader here, its line
//! in [`standard`], its use in [`crate::project`] or the API.

mod consumer;
mod dataset;
mod explicit;
mod job;
mod lineage;
mod quality;
mod read;
mod retired;
mod run;
mod schema;
pub mod standard;

use std::borrow::Cow;

use super::cursor::{Cursor, Kind};

pub use consumer::{
    CONSUMER, Consumer, EXPOSURE, EXPOSURE_NAMESPACE, EXPOSURES, Exposure, consumer, dbt_config,
    dbt_exposure, dbt_exposures,
};
pub use dataset::{
    CatalogEntry, DataSource, DatasetKind, HierarchyLevel, Lifecycle, MAX_SYMLINKS, Storage,
    Symlink, catalog, data_source, dataset_type, dataset_version, hierarchy, lifecycle, storage,
    symlinks,
};
pub use explicit::{Entry, Explicit, dataset_lineage, job_lineage};
pub use job::{
    JobType, SourceCode, SourceCodeLocation, Sql, job_type, source_code, source_code_location, sql,
};
pub use lineage::{
    ColumnLineage, InputField, MAX_INPUT_COLUMNS, MAX_OUTPUT_COLUMNS, MAX_TRANSFORMATIONS,
    Transformation, column_lineage,
};
pub use quality::{
    Assertion, ColumnMetrics, Metrics, Statistics, Subset, assertions, merge_assertions, metrics,
    statistics, subset,
};
pub use retired::{RETIRED, Retirement, retired};
pub use run::{
    Dependency, ErrorMessage, ExternalQuery, ExtractionError, ExtractionFailure, JobDependencies,
    NamedValue, NominalTime, Parent, ProcessingEngine, TestResult, environment_variables,
    error_message, execution_parameters, external_query, extraction_error, job_dependencies,
    nominal_time, parent, processing_engine, root, test_results,
};
pub use schema::{Field, MAX_FIELDS, MAX_NESTING, path_budget, schema};

/// Owners or tags of one facet that are read.
pub const MAX_LISTED: usize = 10_000;

/// What the readers here leave out of a facet, as a message; `None` when they read all they know.
pub fn left_out(name: &str, facet: &[u8]) -> Option<String> {
    match name {
        "schema" => schema::left_out(facet),
        "columnLineage" => lineage::left_out(facet),
        "lineage" => explicit::left_out(facet),
        "tags" => list_left_out(facet, "tags", tag),
        "ownership" => list_left_out(facet, "owners", owner),
        "symlinks" => dataset::names_left_out(facet),
        _ => {
            let (_, member) = LISTS.iter().find(|(facet, _)| *facet == name)?;
            list_left_out(facet, member, any)
        }
    }
}

/// Facets that are shown as lists, and the member that is listed.
const LISTS: &[(&str, &str)] = &[
    ("dataQualityAssertions", "assertions"),
    ("environmentVariables", "environmentVariables"),
    ("executionParameters", "parameters"),
    ("extractionError", "errors"),
    ("hierarchy", "hierarchy"),
    ("test", "tests"),
];

/// An object, whatever is in it.
#[allow(clippy::unnecessary_wraps)] // the form of a reader
fn any(cursor: &mut Cursor<'_>) -> Option<()> {
    while cursor.key().is_some() {
        cursor.skip();
    }
    Some(())
}

/// One owner of an `ownership` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// For example `team:finance`.
    pub name: String,
    /// For example `MAINTAINER`.
    pub kind: Option<String>,
}

/// The owners of an `ownership` facet.
pub fn owners(facet: &[u8]) -> Vec<Owner> {
    list_of(facet, "owners", owner).0
}

fn owner(cursor: &mut Cursor<'_>) -> Option<Owner> {
    let (mut name, mut kind) = (None, None);
    while let Some(key) = cursor.key() {
        match &*key {
            "name" => name = cursor.string(),
            "type" => kind = told(cursor),
            _ => cursor.skip(),
        }
    }
    Some(Owner {
        name: name?.into_owned(),
        kind,
    })
}

/// One tag of a `tags` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; empty where there is none.
    pub value: String,
    /// The column it holds for, on dataset tags.
    pub field: Option<String>,
    /// Who set it.
    pub source: Option<String>,
}

/// The tags of a `tags` facet.
pub fn tags(facet: &[u8]) -> Vec<Tag> {
    list_of(facet, "tags", tag).0
}

fn tag(cursor: &mut Cursor<'_>) -> Option<Tag> {
    let (mut name, mut value, mut field, mut source) = (None, None, None, None);
    while let Some(key) = cursor.key() {
        match &*key {
            "key" => name = cursor.string(),
            "value" => value = cursor.string(),
            "field" => field = cursor.string(),
            "source" => source = told(cursor),
            _ => cursor.skip(),
        }
    }
    Some(Tag {
        key: name?.into_owned(),
        value: value.unwrap_or_default().into_owned(),
        field: field.map(Cow::into_owned),
        source,
    })
}

/// The objects of a list as `read` makes them, and how many there are beyond the limit.
fn list_of<T>(
    facet: &[u8],
    member: &str,
    read: fn(&mut Cursor<'_>) -> Option<T>,
) -> (Vec<T>, usize) {
    let (mut list, mut beyond) = (Vec::new(), 0);
    let mut cursor = Cursor::new(facet);
    if find(&mut cursor, member) && cursor.enter(Kind::Array) {
        while cursor.item() {
            if list.len() == MAX_LISTED {
                beyond += 1;
                cursor.skip();
            } else if cursor.enter(Kind::Object) {
                list.extend(read(&mut cursor));
            }
        }
    }
    (list, beyond)
}

fn list_left_out<T>(
    facet: &[u8],
    member: &str,
    read: fn(&mut Cursor<'_>) -> Option<T>,
) -> Option<String> {
    if facet.len() / "0,".len() <= MAX_LISTED {
        return None;
    }
    let (_, beyond) = list_of(facet, member, read);
    (beyond > 0).then(|| {
        format!("the first {MAX_LISTED} {member} were read and {beyond} left out; the log has the whole event")
    })
}

/// Goes to the value of a member of a document that is an object.
fn find(cursor: &mut Cursor<'_>, member: &str) -> bool {
    if cursor.enter(Kind::Object) {
        while let Some(key) = cursor.key() {
            if key == member {
                return true;
            }
            cursor.skip();
        }
    }
    false
}

/// One member of a facet as text, for example `description` of `documentation`.
pub fn text(facet: &[u8], member: &str) -> Option<String> {
    let mut cursor = Cursor::new(facet);
    let found = find(&mut cursor, member);
    found.then(|| told(&mut cursor)).flatten()
}

/// The text here; an empty one tells nothing (trap 35).
fn told(cursor: &mut Cursor<'_>) -> Option<String> {
    let text = cursor.string().filter(|text| !text.is_empty());
    text.map(Cow::into_owned)
}

#[cfg(test)]
mod reader_tests;

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn owners_tags_and_texts() {
        assert_eq!(
            owners(br#"{"owners":[{"name":"team:a","type":"OWNER"},{"x":1},7]}"#).len(),
            1
        );
        let tags = tags(
            br#"{"tags":[{"key":"pii","value":"true","field":"email"},{"key":"n","value":7}]}"#,
        );
        assert_eq!(tags[0].field.as_deref(), Some("email"));
        assert_eq!((tags[1].key.as_str(), tags[1].value.as_str()), ("n", ""));
        assert_eq!(
            text(br#"{"description":"d \"q\""}"#, "description").as_deref(),
            Some("d \"q\"")
        );
        assert_eq!(text(b"[]", "description"), None);
        assert_eq!(text(b"{\"description\":7}", "description"), None);
    }

    #[test]
    fn a_parent_names_its_job_and_run() {
        let facet = br#"{"job":{"name":"j","namespace":"n"},"root":{},"run":{"runId":"r"}}"#;
        let read = parent(facet).unwrap();
        assert_eq!(
            (read.namespace, read.name, read.run_id),
            ("n".into(), "j".into(), "r".into())
        );
        assert_eq!(parent(br#"{"job":{"name":"j"},"run":{"runId":"r"}}"#), None);
    }

    #[test]
    fn lists_have_a_limit_and_the_cut_is_told() {
        let tags: Vec<String> = (0..MAX_LISTED + 5)
            .map(|n| format!(r#"{{"key":"{n}"}}"#))
            .collect();
        let facet = format!(r#"{{"tags":[{}]}}"#, tags.join(","));
        assert_eq!(super::tags(facet.as_bytes()).len(), MAX_LISTED);
        assert!(
            left_out("tags", facet.as_bytes())
                .unwrap()
                .contains("5 left out")
        );
        assert_eq!(left_out("tags", br#"{"tags":[{"key":"a"}]}"#), None);
        for (name, member) in LISTS {
            let facet = format!(r#"{{"{member}":[{}]}}"#, tags.join(","));
            let told = left_out(name, facet.as_bytes()).unwrap();
            assert!(told.contains("5 left out"), "{name}: {told}");
        }
    }
}
