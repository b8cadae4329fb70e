//! The `columnLineage` facet: which columns an output column is made from.

use std::borrow::Cow;

use crate::openlineage::cursor::{Cursor, Kind};

/// Output columns of one facet that are read.
pub const MAX_OUTPUT_COLUMNS: usize = 65_536;
/// Input columns of one facet that are read, over all its output columns.
pub const MAX_INPUT_COLUMNS: usize = 262_144;
/// Different transformations of one input column that are read.
pub const MAX_TRANSFORMATIONS: usize = 32;

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
    Reader::read(facet).lineage
}

/// What of a `columnLineage` facet is left out; `None` when nothing is.
pub(super) fn left_out(facet: &[u8]) -> Option<String> {
    if !may_exceed(facet, r#"{"field":"a","name":"b","namespace":""}"#.len()) {
        return None;
    }
    Reader::read(facet).inputs.cut.then(|| {
        format!(
            "not all of this column lineage was read: at most {MAX_OUTPUT_COLUMNS} output columns, {MAX_INPUT_COLUMNS} input columns in all and {MAX_TRANSFORMATIONS} transformations of each are; the log has the whole event"
        )
    })
}

/// Whether the facet is long enough for too many columns, or says `"type"` more often than its
/// inputs account for. Real facets have one or two transformations for each input.
pub(super) fn may_exceed(facet: &[u8], shortest_input: usize) -> bool {
    // Nearly every facet is settled by its length.
    if facet.len() < MAX_TRANSFORMATIONS * r#"{"type":"a"},"#.len() {
        return false;
    }
    let shortest_column = r#""":0,"#.len();
    if facet.len() / shortest_column > MAX_OUTPUT_COLUMNS
        || facet.len() / shortest_input > MAX_INPUT_COLUMNS
    {
        return true;
    }
    let text = std::str::from_utf8(facet).unwrap_or_default();
    let mut lists = text.split("\"transformations\":").skip(1);
    lists.any(|list| list.matches("type\":").nth(MAX_TRANSFORMATIONS).is_some())
}

/// One input as any of the lineage facets lists it.
pub(super) struct Input {
    pub namespace: String,
    pub name: String,
    pub field: Option<String>,
    /// `DATASET` or `JOB`, in the explicit facet.
    pub kind: Option<String>,
    pub transformations: Vec<Transformation>,
}

impl Input {
    /// The column that it names, if it names one.
    pub fn column(self) -> Option<InputField> {
        Some(InputField {
            namespace: self.namespace,
            name: self.name,
            field: self.field?,
            transformations: self.transformations,
        })
    }
}

/// Reads inputs, and counts them over a whole facet.
pub(super) struct Inputs {
    left: usize,
    /// Something was left out.
    pub cut: bool,
}

struct Reader {
    lineage: ColumnLineage,
    inputs: Inputs,
}

impl Reader {
    fn read(facet: &[u8]) -> Self {
        let mut reader = Self {
            lineage: ColumnLineage::default(),
            inputs: Inputs::new(),
        };
        let mut cursor = Cursor::new(facet);
        if cursor.enter(Kind::Object) {
            while let Some(key) = cursor.key() {
                match &*key {
                    "fields" => reader.outputs(&mut cursor),
                    "dataset" => reader.dataset(&mut cursor),
                    _ => cursor.skip(),
                }
            }
        }
        reader
    }

    fn dataset(&mut self, cursor: &mut Cursor<'_>) {
        let mut inputs = self.inputs.list(cursor, Input::column);
        for transformation in inputs.iter_mut().flat_map(|f| &mut f.transformations) {
            "INDIRECT".clone_into(&mut transformation.kind);
        }
        self.lineage.dataset = inputs;
    }

    fn outputs(&mut self, cursor: &mut Cursor<'_>) {
        if !cursor.enter(Kind::Object) {
            return;
        }
        while let Some(output) = cursor.key() {
            if self.lineage.fields.len() == MAX_OUTPUT_COLUMNS {
                self.inputs.cut = true;
                cursor.skip();
                continue;
            }
            let inputs = self.output(cursor);
            self.lineage.fields.push((output.into_owned(), inputs));
        }
    }

    fn output(&mut self, cursor: &mut Cursor<'_>) -> Vec<InputField> {
        let (mut inputs, mut old) = (Vec::new(), None);
        if cursor.enter(Kind::Object) {
            while let Some(key) = cursor.key() {
                match &*key {
                    "inputFields" => inputs = self.inputs.list(cursor, Input::column),
                    "transformationType" => old = cursor.string(),
                    _ => cursor.skip(),
                }
            }
        }
        if let Some(kind) = old {
            let old = deprecated_transformation(&kind);
            for input in &mut inputs {
                if input.transformations.is_empty() {
                    input.transformations.push(old.clone());
                }
            }
        }
        inputs
    }
}

impl Inputs {
    pub fn new() -> Self {
        Self {
            left: MAX_INPUT_COLUMNS,
            cut: false,
        }
    }

    /// A list of inputs, those that `take` takes.
    pub fn list<T>(
        &mut self,
        cursor: &mut Cursor<'_>,
        take: impl Fn(Input) -> Option<T>,
    ) -> Vec<T> {
        let mut inputs = Vec::new();
        if !cursor.enter(Kind::Array) {
            return inputs;
        }
        while cursor.item() {
            if self.left == 0 {
                self.cut = true;
                cursor.skip();
            } else if let Some(input) = self.input(cursor).and_then(&take) {
                self.left -= 1;
                inputs.push(input);
            }
        }
        inputs
    }

    fn input(&mut self, cursor: &mut Cursor<'_>) -> Option<Input> {
        if !cursor.enter(Kind::Object) {
            return None;
        }
        let (mut namespace, mut name, mut field, mut kind) = (None, None, None, None);
        let mut transformations = Vec::new();
        while let Some(key) = cursor.key() {
            match &*key {
                "namespace" => namespace = cursor.string(),
                "name" => name = cursor.string(),
                "field" => field = cursor.string(),
                "type" => kind = cursor.string(),
                "transformations" => transformations = self.transformations(cursor),
                _ => cursor.skip(),
            }
        }
        let field = field.filter(|field| !field.is_empty());
        Some(Input {
            namespace: namespace?.into_owned(),
            name: name.filter(|name| !name.is_empty())?.into_owned(),
            field: field.map(Cow::into_owned),
            kind: kind.map(Cow::into_owned),
            transformations,
        })
    }

    fn transformations(&mut self, cursor: &mut Cursor<'_>) -> Vec<Transformation> {
        let mut read = Vec::new();
        if !cursor.enter(Kind::Array) {
            return read;
        }
        while cursor.item() {
            let one = transformation(cursor);
            if read.contains(&one) {
                continue;
            }
            if read.len() == MAX_TRANSFORMATIONS {
                self.cut = true;
                continue;
            }
            read.push(one);
        }
        read.sort();
        read
    }
}

fn transformation(cursor: &mut Cursor<'_>) -> Transformation {
    let (mut kind, mut subtype, mut masking) = (None, None, None);
    if cursor.enter(Kind::Object) {
        while let Some(key) = cursor.key() {
            match &*key {
                "type" => kind = cursor.string(),
                "subtype" => subtype = cursor.string(),
                "masking" => masking = cursor.boolean(),
                _ => cursor.skip(),
            }
        }
    }
    let upper = |text: Option<Cow<'_, str>>| text.unwrap_or_default().to_ascii_uppercase();
    Transformation {
        kind: upper(kind),
        subtype: upper(subtype),
        masking: masking.unwrap_or_default(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(left_out(facet), None);
    }

    #[test]
    fn columns_and_inputs_have_limits_and_the_cut_is_told() {
        let outputs: Vec<String> = (0..=MAX_OUTPUT_COLUMNS)
            .map(|n| format!("\"{n}\":0"))
            .collect();
        let facet = format!(r#"{{"fields":{{{}}}}}"#, outputs.join(","));
        assert_eq!(
            column_lineage(facet.as_bytes()).fields.len(),
            MAX_OUTPUT_COLUMNS
        );
        assert!(
            left_out(facet.as_bytes())
                .unwrap()
                .contains("65536 output columns")
        );

        let input = r#"{"field":"a","name":"b","namespace":""}"#;
        let inputs = vec![input; MAX_INPUT_COLUMNS + 1].join(",");
        let facet = format!(
            r#"{{"fields":{{"x":{{"inputFields":[{inputs}]}},"y":{{"inputFields":[{input}]}}}}}}"#
        );
        let lineage = column_lineage(facet.as_bytes());
        assert_eq!(lineage.fields[0].1.len(), MAX_INPUT_COLUMNS);
        assert!(lineage.fields[1].1.is_empty());
        assert!(left_out(facet.as_bytes()).is_some());
    }

    #[test]
    fn equal_transformations_are_one_and_different_ones_have_a_limit() {
        let facet = |list: &str| {
            format!(
                r#"{{"fields":{{"x":{{"inputFields":[{{"field":"a","name":"b","namespace":"n","transformations":[{list}]}}]}}}}}}"#
            )
        };
        let equal = facet(&vec!["{}"; 100_000].join(","));
        assert_eq!(
            column_lineage(equal.as_bytes()).fields[0].1[0]
                .transformations
                .len(),
            1
        );
        assert_eq!(left_out(equal.as_bytes()), None);
        let different: Vec<String> = (0..100).map(|n| format!(r#"{{"type":"t{n}"}}"#)).collect();
        let different = facet(&different.join(","));
        let read = column_lineage(different.as_bytes());
        assert_eq!(
            read.fields[0].1[0].transformations.len(),
            MAX_TRANSFORMATIONS
        );
        assert!(left_out(different.as_bytes()).is_some());
    }
}
