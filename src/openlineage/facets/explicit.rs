//! The explicit `lineage` facet (2026, experimental), on datasets and on jobs: what something is
//! made from, told outright. It outranks columnLineage, which outranks inputs × outputs.

use serde_json::Value;

use super::lineage::{
    InputField, MAX_INPUT_COLUMNS, MAX_OUTPUT_COLUMNS, MAX_TRANSFORMATIONS, Transformation,
};

/// What one dataset is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explicit {
    /// Namespaces and names of the datasets it is made from; none means that it has no upstream.
    pub inputs: Vec<(String, String)>,
    /// Its columns and what each is made from.
    pub fields: Vec<(String, Vec<InputField>)>,
    /// Inputs of the whole dataset that name a column: a filter, a join.
    pub dataset: Vec<InputField>,
}

/// What a job says of one dataset that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Namespace of the dataset.
    pub namespace: String,
    /// Name of the dataset.
    pub name: String,
    /// What it is made from.
    pub lineage: Explicit,
}

/// Reads the `lineage` facet of a dataset. Inputs that are jobs are left out: they are no data.
pub fn dataset_lineage(facet: &[u8]) -> Explicit {
    let value = serde_json::from_slice::<Value>(facet).unwrap_or_default();
    Reader::default().explicit(&value)
}

/// Reads the `lineage` facet of a job: its entries that are datasets.
pub fn job_lineage(facet: &[u8]) -> Vec<Entry> {
    let value = serde_json::from_slice::<Value>(facet).unwrap_or_default();
    let mut reader = Reader::default();
    let entries = list(&value, "entries")
        .iter()
        .filter(|entry| is_data(entry));
    entries
        .filter_map(|entry| {
            let (namespace, name) = dataset(entry)?;
            let lineage = reader.explicit(entry);
            Some(Entry {
                namespace,
                name,
                lineage,
            })
        })
        .collect()
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    let list = value.get(member).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, member: &str) -> Option<String> {
    let text = value.get(member).and_then(Value::as_str);
    text.map(str::to_owned)
}

/// Entries and inputs are datasets unless they say otherwise.
fn is_data(value: &Value) -> bool {
    let kind = value.get("type").and_then(Value::as_str);
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case("DATASET"))
}

fn dataset(value: &Value) -> Option<(String, String)> {
    let name = text(value, "name").filter(|name| !name.is_empty())?;
    Some((text(value, "namespace")?, name))
}

/// Counts what was read of one facet: no facet may cost more than its limits.
#[derive(Default)]
struct Reader {
    inputs: usize,
    outputs: usize,
}

impl Reader {
    fn explicit(&mut self, value: &Value) -> Explicit {
        let mut lineage = Explicit::default();
        for input in list(value, "inputs").iter().filter(|input| is_data(input)) {
            match self.field(input) {
                Some(field) => {
                    let of = (field.namespace.clone(), field.name.clone());
                    lineage.inputs.push(of);
                    lineage.dataset.push(field);
                }
                None => lineage
                    .inputs
                    .extend(self.take().then(|| dataset(input)).flatten()),
            }
        }
        let fields = value.get("fields").and_then(Value::as_object);
        for (column, made_from) in fields.into_iter().flatten() {
            if column.is_empty() || self.outputs >= MAX_OUTPUT_COLUMNS {
                continue;
            }
            self.outputs += 1;
            let inputs = list(made_from, "inputs").iter().filter(|i| is_data(i));
            let inputs: Vec<InputField> = inputs.filter_map(|i| self.field(i)).collect();
            let named = inputs.iter().map(|i| (i.namespace.clone(), i.name.clone()));
            lineage.inputs.extend(named);
            lineage.fields.push((column.clone(), inputs));
        }
        lineage.inputs.sort_unstable();
        lineage.inputs.dedup();
        lineage
    }

    fn take(&mut self) -> bool {
        self.inputs += 1;
        self.inputs <= MAX_INPUT_COLUMNS
    }

    /// An input that names a column.
    fn field(&mut self, input: &Value) -> Option<InputField> {
        let field = text(input, "field").filter(|field| !field.is_empty())?;
        let (namespace, name) = dataset(input)?;
        self.take().then(|| InputField {
            namespace,
            name,
            field,
            transformations: transformations(input),
        })
    }
}

fn transformations(input: &Value) -> Vec<Transformation> {
    let mut read: Vec<Transformation> = list(input, "transformations")
        .iter()
        .map(|item| Transformation {
            kind: text(item, "type").unwrap_or_default().to_ascii_uppercase(),
            subtype: text(item, "subtype")
                .unwrap_or_default()
                .to_ascii_uppercase(),
            masking: item
                .get("masking")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
        })
        .collect();
    read.sort();
    read.dedup();
    read.truncate(MAX_TRANSFORMATIONS);
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_18_the_explicit_facet_of_a_dataset() {
        let facet = br#"{"inputs":[{"namespace":"w","name":"a","type":"DATASET"},{"namespace":"w","name":"j","type":"JOB"},
            {"namespace":"w","name":"f","field":"day","transformations":[{"type":"INDIRECT","subtype":"FILTER"}]}],
            "fields":{"total":{"inputs":[{"namespace":"w","name":"b","field":"x"},{"namespace":"w","name":"c"}]}}}"#;
        let lineage = dataset_lineage(facet);
        let names: Vec<&str> = lineage
            .inputs
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        assert_eq!(names, ["a", "b", "f"]);
        assert_eq!(lineage.fields[0].1.len(), 1);
        assert_eq!(lineage.dataset[0].field, "day");
        assert_eq!(dataset_lineage(br#"{"inputs":[]}"#), Explicit::default());
        assert_eq!(dataset_lineage(b"7"), Explicit::default());
    }

    #[test]
    fn trap_18_entries_of_a_job() {
        let facet = br#"{"entries":[{"namespace":"w","name":"t","type":"DATASET","inputs":[{"namespace":"w","name":"a"}]},
            {"namespace":"w","name":"k","type":"JOB","inputs":[]},{"name":"no namespace"}]}"#;
        let entries = job_lineage(facet);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0].lineage.inputs,
            [("w".to_owned(), "a".to_owned())]
        );
    }
}
