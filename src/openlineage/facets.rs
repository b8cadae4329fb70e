//! Typed readers for the standard facets that mean something to the catalog.
//!
//! Each reads canonical JSON leniently: a member of the wrong kind is as good as absent, and the
//! verbatim facet stays available. To add a facet: its reader here, its use in
//! [`crate::project`] or the API.

use serde::Deserialize;
use serde_json::Value;

/// One column of a `schema` facet, nested fields by path (`address.city`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Path of the column.
    pub path: String,
    /// Its type as the producer names it.
    pub data_type: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// Nesting that is followed in a schema facet; deeper fields are left out of the columns.
const MAX_NESTING: usize = 64;

/// The columns of a `schema` facet in their order; fields without a name are passed over.
pub fn schema(facet: &[u8]) -> Vec<Field> {
    let Ok(value) = serde_json::from_slice::<Value>(facet) else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    collect_fields(value.get("fields"), "", 0, &mut fields);
    fields
}

fn collect_fields(list: Option<&Value>, prefix: &str, depth: usize, into: &mut Vec<Field>) {
    let Some(list) = list.and_then(Value::as_array) else {
        return;
    };
    for field in list {
        let Some(name) = field
            .get("name")
            .and_then(Value::as_str)
            .filter(|n| !n.is_empty())
        else {
            continue;
        };
        let path = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        };
        let text = |key| {
            field
                .get(key)
                .and_then(Value::as_str)
                .filter(|t| !t.is_empty())
        };
        into.push(Field {
            path: path.clone(),
            data_type: text("type").map(str::to_owned),
            description: text("description").map(str::to_owned),
        });
        if depth < MAX_NESTING {
            collect_fields(field.get("fields"), &path, depth + 1, into);
        }
    }
}

/// How an output column uses an input column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transformation {
    /// `DIRECT`, `INDIRECT`, or empty where the producer does not say.
    pub kind: String,
    /// `IDENTITY`, `AGGREGATION`, `JOIN`, `FILTER`, …, or empty.
    pub subtype: String,
    /// The value is masked.
    pub masking: bool,
}

impl Transformation {
    /// True when the output is not made from the value but depends on it (join, filter, sort…).
    pub fn is_indirect(&self) -> bool {
        self.kind.eq_ignore_ascii_case("INDIRECT")
    }
}

/// One input column of a `columnLineage` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputField {
    /// Namespace of its dataset.
    pub namespace: String,
    /// Name of its dataset.
    pub name: String,
    /// The column.
    pub field: String,
    /// What is done with it; empty where the producer does not say.
    pub transformations: Vec<Transformation>,
}

/// A `columnLineage` facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnLineage {
    /// Output column and what it is made from.
    pub fields: Vec<(String, Vec<InputField>)>,
    /// Columns that every output column depends on. Indirect by their place, though some
    /// producers type them DIRECT.
    pub dataset: Vec<InputField>,
}

/// Reads a `columnLineage` facet, the deprecated per-field `transformationType` included.
pub fn column_lineage(facet: &[u8]) -> ColumnLineage {
    let Ok(value) = serde_json::from_slice::<Value>(facet) else {
        return ColumnLineage::default();
    };
    let mut lineage = ColumnLineage::default();
    if let Some(fields) = value.get("fields").and_then(Value::as_object) {
        for (output, field) in fields {
            let mut inputs = input_fields(field.get("inputFields"));
            if let Some(kind) = field.get("transformationType").and_then(Value::as_str) {
                let old = deprecated_transformation(kind);
                for input in inputs
                    .iter_mut()
                    .filter(|input| input.transformations.is_empty())
                {
                    input.transformations.push(old.clone());
                }
            }
            lineage.fields.push((output.clone(), inputs));
        }
    }
    lineage.dataset = input_fields(value.get("dataset"));
    for transformation in lineage
        .dataset
        .iter_mut()
        .flat_map(|f| &mut f.transformations)
    {
        "INDIRECT".clone_into(&mut transformation.kind);
    }
    lineage
}

fn deprecated_transformation(kind: &str) -> Transformation {
    let subtype = if kind.eq_ignore_ascii_case("IDENTITY") {
        "IDENTITY"
    } else {
        "TRANSFORMATION"
    };
    Transformation {
        kind: "DIRECT".to_owned(),
        subtype: subtype.to_owned(),
        masking: kind.eq_ignore_ascii_case("MASKED"),
    }
}

fn input_fields(list: Option<&Value>) -> Vec<InputField> {
    let list = list
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    list.iter()
        .filter_map(|input| {
            let text = |key| input.get(key).and_then(Value::as_str).map(str::to_owned);
            Some(InputField {
                namespace: text("namespace")?,
                name: text("name").filter(|name| !name.is_empty())?,
                field: text("field").filter(|field| !field.is_empty())?,
                transformations: transformations(input.get("transformations")),
            })
        })
        .collect()
}

fn transformations(list: Option<&Value>) -> Vec<Transformation> {
    let list = list
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut read: Vec<_> = list
        .iter()
        .map(|item| {
            let text = |key| item.get(key).and_then(Value::as_str).unwrap_or_default();
            Transformation {
                kind: text("type").to_ascii_uppercase(),
                subtype: text("subtype").to_ascii_uppercase(),
                masking: item
                    .get("masking")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            }
        })
        .collect();
    read.sort();
    read.dedup();
    read
}

/// One owner of an `ownership` facet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// For example `team:finance`.
    pub name: String,
    /// For example `MAINTAINER`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

/// The owners of an `ownership` facet.
pub fn owners(facet: &[u8]) -> Vec<Owner> {
    list_of(facet, "owners")
}

/// One tag of a `tags` facet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; empty where there is none.
    #[serde(default)]
    pub value: String,
    /// The column it holds for, on dataset tags.
    #[serde(default)]
    pub field: Option<String>,
    /// Who set it.
    #[serde(default)]
    pub source: Option<String>,
}

/// The tags of a `tags` facet.
pub fn tags(facet: &[u8]) -> Vec<Tag> {
    list_of(facet, "tags")
}

fn list_of<T: for<'de> Deserialize<'de>>(facet: &[u8], member: &str) -> Vec<T> {
    let Ok(mut value) = serde_json::from_slice::<Value>(facet) else {
        return Vec::new();
    };
    let Some(Value::Array(items)) = value.get_mut(member).map(Value::take) else {
        return Vec::new();
    };
    items
        .into_iter()
        .filter_map(|item| serde_json::from_value(item).ok())
        .collect()
}

/// One member of a facet as text, for example `description` of `documentation`.
pub fn text(facet: &[u8], member: &str) -> Option<String> {
    let value = serde_json::from_slice::<Value>(facet).ok()?;
    value.get(member)?.as_str().map(str::to_owned)
}

/// A `parent` facet: which run of which job started this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Namespace of the parent job.
    pub namespace: String,
    /// Name of the parent job.
    pub name: String,
    /// The parent run.
    pub run_id: String,
}

/// Reads a `parent` facet.
pub fn parent(facet: &[u8]) -> Option<Parent> {
    let value = serde_json::from_slice::<Value>(facet).ok()?;
    let text = |pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Some(Parent {
        namespace: text("/job/namespace")?,
        name: text("/job/name")?,
        run_id: text("/run/runId")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_are_columns_by_path() {
        let facet = br#"{"fields":[{"name":"id","type":"int"},{"name":"address","type":"struct","fields":[{"name":"city","type":"text","description":"where"}]},{"type":"x"},7]}"#;
        let fields = schema(facet);
        let paths: Vec<_> = fields.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["id", "address", "address.city"]);
        assert_eq!(fields[2].description.as_deref(), Some("where"));
        assert!(schema(br#"{"fields":{}}"#).is_empty());
    }

    #[test]
    fn column_lineage_with_dataset_inputs_and_the_deprecated_type() {
        let facet = br#"{
            "fields": {"total": {"inputFields": [{"namespace":"n","name":"t","field":"amount","transformations":[{"type":"DIRECT","subtype":"AGGREGATION","masking":false}]}]},
                       "old": {"inputFields":[{"namespace":"n","name":"t","field":"x"}],"transformationType":"MASKED"},
                       "none": {"inputFields":[]}},
            "dataset": [{"namespace":"n","name":"t","field":"day","transformations":[{"type":"DIRECT","subtype":"GROUP_BY"}]}, {"namespace":"n","name":"t"}]}"#;
        let lineage = column_lineage(facet);
        let by_name = |name: &str| &lineage.fields.iter().find(|(n, _)| n == name).unwrap().1;
        assert_eq!(
            by_name("total")[0].transformations[0].subtype,
            "AGGREGATION"
        );
        assert!(by_name("old")[0].transformations[0].masking);
        assert!(by_name("none").is_empty());
        assert_eq!(lineage.dataset.len(), 1);
        assert!(lineage.dataset[0].transformations[0].is_indirect());
    }

    #[test]
    fn owners_tags_and_texts() {
        assert_eq!(
            owners(br#"{"owners":[{"name":"team:a","type":"OWNER"},{"x":1}]}"#).len(),
            1
        );
        let tags = tags(br#"{"tags":[{"key":"pii","value":"true","field":"email"}]}"#);
        assert_eq!(tags[0].field.as_deref(), Some("email"));
        assert_eq!(
            text(br#"{"description":"d"}"#, "description").as_deref(),
            Some("d")
        );
        assert_eq!(text(b"[]", "description"), None);
    }
}
