//! Standard `OpenLineage` facets (spec 2-0-2) as JSON, and references to datasets
//! with the facets of a given day. What is specific to one producer is with
//! that producer.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::check::{Dataset, Estate, Model};
use super::describe::ColumnEntry;
use super::error::EstateError;
use super::lineage::{DayNames, Upstream, model_wide, upstreams};

/// Facets by name.
pub(super) type Facets = Map<String, Value>;

/// A facet of the standard: `schema` is its version and name, such as
/// `1-0-1/NominalTimeRunFacet`; `body` an object.
pub(super) fn facet(producer: &str, schema: &str, body: Value) -> Value {
    let name = schema.rsplit('/').next().unwrap_or(schema);
    let url = format!("https://openlineage.io/spec/facets/{schema}.json#/$defs/{name}");
    custom_facet(producer, &url, body)
}

/// A facet with a schema of its own.
pub(super) fn custom_facet(producer: &str, schema_url: &str, body: Value) -> Value {
    let mut facet = Map::new();
    facet.insert("_producer".into(), producer.into());
    facet.insert("_schemaURL".into(), schema_url.into());
    if let Value::Object(body) = body {
        facet.extend(body);
    }
    Value::Object(facet)
}

/// Collects facets under their names.
pub(super) fn facets<const N: usize>(pairs: [(&str, Value); N]) -> Facets {
    pairs
        .into_iter()
        .map(|(name, facet)| (name.to_owned(), facet))
        .collect()
}

/// `namespace`, `name` and facets of a dataset, as in inputs and outputs.
pub(super) fn dataset_ref(dataset: &Dataset, facets: Facets) -> Value {
    let mut named = json!({ "namespace": dataset.namespace, "name": dataset.name });
    named["facets"] = Value::Object(facets);
    named
}

/// The schema facet with the names of a day; `version` of the facet differs
/// between producers.
pub(super) fn schema(
    producer: &str,
    version: &str,
    key: &str,
    dataset: &Dataset,
    names: DayNames<'_>,
) -> Value {
    let field = |column: &ColumnEntry| {
        json!({
            "name": names.column(key, &column.name),
            "type": column.kind,
            "description": column.about,
        })
    };
    let fields: Vec<Value> = dataset.columns.iter().map(field).collect();
    let schema = format!("{version}/SchemaDatasetFacet");
    facet(producer, &schema, json!({ "fields": fields }))
}

/// The columnLineage facet of a model: pairs by column, and the columns of
/// joins, filters and groups for the dataset as a whole.
pub(super) fn model_lineage(
    producer: &str,
    estate: &Estate,
    model: &Model,
    names: DayNames<'_>,
) -> Result<Value, EstateError> {
    let made = estate.dataset(&model.dataset)?;
    let mut fields = Map::new();
    for column in &made.columns {
        let sql = column.sql.as_deref().unwrap_or_default();
        let mut uses = upstreams(model, sql, None);
        uses.retain(|used| !model.plain_lineage || used.usage.is_direct());
        let inputs = input_fields(estate, &uses, model.plain_lineage, names)?;
        let name = names.column(&model.dataset, &column.name);
        fields.insert(name.to_owned(), json!({ "inputFields": inputs }));
    }
    let wide = if model.plain_lineage {
        Vec::new()
    } else {
        input_fields(estate, &model_wide(model), false, names)?
    };
    let body = json!({ "fields": fields, "dataset": wide });
    Ok(facet(producer, "1-2-0/ColumnLineageDatasetFacet", body))
}

/// One input field for each column, with all its uses as transformations.
fn input_fields(
    estate: &Estate,
    uses: &[Upstream],
    plain: bool,
    names: DayNames<'_>,
) -> Result<Vec<Value>, EstateError> {
    let same = |a: &Upstream, b: &Upstream| a.dataset == b.dataset && a.column == b.column;
    let mut fields = Vec::new();
    for group in uses.chunk_by(same) {
        let Some(first) = group.first() else { continue };
        let dataset = estate.dataset(&first.dataset)?;
        let transformations: Vec<Value> = group
            .iter()
            .filter(|_| !plain)
            .map(|used| transformation(used.usage.transformation()))
            .collect();
        fields.push(json!({
            "namespace": dataset.namespace,
            "name": dataset.name,
            "field": names.column(&first.dataset, &first.column),
            "transformations": transformations,
        }));
    }
    Ok(fields)
}

fn transformation((kind, subtype): (&str, &str)) -> Value {
    json!({ "type": kind, "subtype": subtype, "description": "", "masking": false })
}

/// The columnLineage facet of a load: column by column, the same value. A
/// column of `to` without a counterpart in `from` has no inputs.
pub(super) fn copy_lineage(producer: &str, from: &Dataset, to: &Dataset) -> Value {
    let mut fields = Map::new();
    for (at, column) in to.columns.iter().enumerate() {
        let inputs: Vec<Value> = from.columns.get(at).map_or_else(Vec::new, |source| {
            vec![json!({
                "namespace": from.namespace,
                "name": from.name,
                "field": source.name,
                "transformations": [transformation(("DIRECT", "IDENTITY"))],
            })]
        });
        fields.insert(column.name.clone(), json!({ "inputFields": inputs }));
    }
    let body = json!({ "fields": fields, "dataset": [] });
    facet(producer, "1-2-0/ColumnLineageDatasetFacet", body)
}

/// The outputStatistics facet: a table grows by a hundredth each day.
pub(super) fn statistics(producer: &str, dataset: &Dataset, day: usize) -> Value {
    let days = u64::try_from(day).unwrap_or(0);
    let rows = dataset.rows + dataset.rows / 100 * days;
    let width = 12 * u64::try_from(dataset.columns.len()).unwrap_or(0);
    let body = json!({ "rowCount": rows, "size": rows * width });
    facet(producer, "1-0-2/OutputStatisticsOutputDatasetFacet", body)
}

/// The jobType facet.
pub(super) fn job_type(producer: &str, processing: &str, integration: &str, kind: &str) -> Value {
    let body = json!({
        "processingType": processing,
        "integration": integration,
        "jobType": kind,
    });
    facet(producer, "2-0-4/JobTypeJobFacet", body)
}

/// The ownership facet of a job or of a dataset (`of` is `Job` or `Dataset`).
pub(super) fn ownership(producer: &str, of: &str, owner: &str) -> Value {
    let body = json!({ "owners": [{ "name": owner, "type": "OWNER" }] });
    facet(producer, &format!("1-0-1/Ownership{of}Facet"), body)
}

/// The documentation facet of a job or of a dataset.
pub(super) fn documentation(producer: &str, of: &str, text: &str) -> Value {
    let body = json!({ "description": text, "contentType": "text/plain" });
    facet(producer, &format!("1-1-0/Documentation{of}Facet"), body)
}

/// The processing engine facet.
pub(super) fn engine(producer: &str, name: &str, version: &str, adapter: &str) -> Value {
    let body = json!({ "name": name, "version": version, "openlineageAdapterVersion": adapter });
    facet(producer, "1-1-1/ProcessingEngineRunFacet", body)
}

/// A run that others refer to: as parent, or as the root of their chain.
#[derive(Clone, Debug)]
pub(super) struct RunRef {
    pub(super) namespace: String,
    pub(super) job: String,
    pub(super) run_id: Uuid,
}

impl RunRef {
    fn json(&self) -> Value {
        json!({
            "run": { "runId": self.run_id },
            "job": { "namespace": self.namespace, "name": self.job },
        })
    }
}

/// The parent facet with the root of the chain.
pub(super) fn parent(producer: &str, parent: &RunRef, root: &RunRef) -> Value {
    let mut body = parent.json();
    body["root"] = root.json();
    facet(producer, "1-2-0/ParentRunFacet", body)
}
