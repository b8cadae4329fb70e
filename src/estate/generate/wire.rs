//! The shapes of the generated events on the wire, written straight to JSON
//! (a tree of values for each event would halve the speed).

use std::borrow::Cow;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::edges::{JobEdges, Use};
use super::names::ColumnNames;
use super::plan::{Plan, Planned};

/// The producer of all generated events.
pub(super) const PRODUCER: &str =
    "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/integration/dbt";

/// Declares the constant URL of a facet's schema.
macro_rules! facet_url {
    ($version:literal, $name:literal) => {
        concat!(
            "https://openlineage.io/spec/facets/",
            $version,
            "/",
            $name,
            ".json#/$defs/",
            $name
        )
    };
}

pub(super) const RUN_EVENT: &str =
    "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
pub(super) const JOB_EVENT: &str =
    "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
pub(super) const DATASET_EVENT: &str =
    "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent";
pub(super) const SCHEMA: &str = facet_url!("1-2-0", "SchemaDatasetFacet");
pub(super) const LINEAGE: &str = facet_url!("1-2-0", "ColumnLineageDatasetFacet");
pub(super) const DATASET_OWNERS: &str = facet_url!("1-0-1", "OwnershipDatasetFacet");
pub(super) const JOB_OWNERS: &str = facet_url!("1-0-1", "OwnershipJobFacet");
pub(super) const DATASET_TAGS: &str = facet_url!("1-0-0", "TagsDatasetFacet");
pub(super) const JOB_TAGS: &str = facet_url!("1-0-0", "TagsJobFacet");
pub(super) const JOB_TYPE: &str = facet_url!("2-0-4", "JobTypeJobFacet");
pub(super) const ERROR: &str = facet_url!("1-0-1", "ErrorMessageRunFacet");

/// Any of the three kinds of event: members that are `None` are left out.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "eventTime")]
    pub(super) time: &'a str,
    #[serde(rename = "eventType", skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    pub(super) producer: &'static str,
    #[serde(rename = "schemaURL")]
    pub(super) schema_url: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<Job<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dataset: Option<Dataset<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inputs: Option<Inputs<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outputs: Option<&'a [Dataset<'a>]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) run_id: Uuid,
    pub(super) facets: RunFacets,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunFacets {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<Facet<ErrorMessage>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorMessage {
    pub(super) message: &'static str,
    pub(super) programming_language: &'static str,
}

/// A facet: its origin, and its body.
#[derive(Serialize)]
pub(super) struct Facet<T> {
    #[serde(rename = "_producer")]
    producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema_url: &'static str,
    #[serde(flatten)]
    body: T,
}

impl<T> Facet<T> {
    pub(super) fn new(schema_url: &'static str, body: T) -> Self {
        Self {
            producer: PRODUCER,
            schema_url,
            body,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Job<'a> {
    pub(super) namespace: &'static str,
    pub(super) name: &'a str,
    pub(super) facets: JobFacets<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobFacets<'a> {
    pub(super) job_type: Facet<JobType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ownership: Option<Facet<Owners<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Facet<Tags>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobType {
    pub(super) processing_type: &'static str,
    pub(super) integration: &'static str,
    #[serde(rename = "jobType")]
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct Owners<'a> {
    pub(super) owners: [Owner<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct Owner<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tags {
    pub(super) tags: [Tag; 1],
}

#[derive(Serialize)]
pub(super) struct Tag {
    pub(super) key: &'static str,
    pub(super) value: &'static str,
    pub(super) source: &'static str,
}

#[derive(Serialize)]
pub(super) struct Dataset<'a> {
    pub(super) namespace: &'static str,
    pub(super) name: &'a str,
    pub(super) facets: DatasetFacets<'a>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DatasetFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<Schema<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column_lineage: Option<Lineage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ownership: Option<Facet<Owners<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Facet<Tags>>,
}

/// The inputs of a job: datasets by index, names only.
pub(super) struct Inputs<'a> {
    pub(super) plan: &'a Plan,
    pub(super) datasets: &'a [u32],
}

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.datasets.iter().map(|&index| {
            let dataset = &self.plan.datasets[index as usize];
            Dataset {
                namespace: dataset.namespace,
                name: &dataset.name,
                facets: DatasetFacets::default(),
            }
        }))
    }
}

/// The schema facet of a planned dataset.
pub(super) struct Schema<'a> {
    pub(super) dataset: &'a Planned,
    pub(super) names: &'a ColumnNames,
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("_producer", PRODUCER)?;
        map.serialize_entry("_schemaURL", SCHEMA)?;
        map.serialize_entry("fields", &SchemaFields(self))?;
        map.end()
    }
}

struct SchemaFields<'a>(&'a Schema<'a>);

impl Serialize for SchemaFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Field<'a> {
            name: Cow<'a, str>,
            #[serde(rename = "type")]
            kind: &'static str,
        }
        let Schema { dataset, names } = self.0;
        serializer.collect_seq((0..dataset.columns).map(|column| Field {
            name: names.name(dataset.first_name, column),
            kind: ColumnNames::kind(dataset.first_name, column),
        }))
    }
}

/// The columnLineage facet of a job's output.
pub(super) struct Lineage<'a> {
    pub(super) plan: &'a Plan,
    pub(super) made: &'a Planned,
    pub(super) edges: &'a JobEdges,
    pub(super) names: &'a ColumnNames,
}

impl Serialize for Lineage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("_producer", PRODUCER)?;
        map.serialize_entry("_schemaURL", LINEAGE)?;
        map.serialize_entry("fields", &LineageFields(self))?;
        map.end()
    }
}

struct LineageFields<'a>(&'a Lineage<'a>);

impl Serialize for LineageFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Lineage { made, names, .. } = self.0;
        let mut map = serializer.serialize_map(Some(made.columns as usize))?;
        for column in 0..made.columns {
            let uses = OneField {
                input_fields: Uses(self.0, column),
            };
            map.serialize_entry(&*names.name(made.first_name, column), &uses)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OneField<'a> {
    input_fields: Uses<'a>,
}

struct Uses<'a>(&'a Lineage<'a>, u32);

impl Serialize for Uses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for used in self.0.edges.of(self.1) {
            seq.serialize_element(&input_field(self.0, used))?;
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct InputField<'a> {
    namespace: &'static str,
    name: &'a str,
    field: Cow<'a, str>,
    transformations: [Transformation; 1],
}

#[derive(Serialize)]
struct Transformation {
    #[serde(rename = "type")]
    kind: &'static str,
    subtype: &'static str,
}

fn input_field<'a>(lineage: &'a Lineage<'a>, used: &Use) -> InputField<'a> {
    let from = &lineage.plan.datasets[used.dataset as usize];
    let (kind, subtype) = used.kind;
    InputField {
        namespace: from.namespace,
        name: &from.name,
        field: lineage.names.name(from.first_name, used.column),
        transformations: [Transformation { kind, subtype }],
    }
}
