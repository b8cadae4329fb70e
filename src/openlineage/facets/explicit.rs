//! The explicit `lineage` facet (2026, experimental), on datasets and on jobs: what something is
//! made from, told outright. It outranks columnLineage, which outranks inputs × outputs.

use crate::openlineage::cursor::{Cursor, Kind};

use super::lineage::{
    Input, InputField, Inputs, MAX_INPUT_COLUMNS, MAX_OUTPUT_COLUMNS, MAX_TRANSFORMATIONS,
    may_exceed,
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

/// Reads the `lineage` facet of a dataset. `None` when it has neither a list of inputs nor fields:
/// then it tells nothing, which is not the same as "no upstream". Inputs that are jobs are left out:
/// they are no data.
pub fn dataset_lineage(facet: &[u8]) -> Option<Explicit> {
    Reader::default().thing(&mut Cursor::new(facet)).lineage
}

/// Reads the `lineage` facet of a job: its entries that are datasets and tell something, one for
/// each dataset. Where several speak of one dataset, it is made from what all of them say.
pub fn job_lineage(facet: &[u8]) -> Vec<Entry> {
    let mut entries = Reader::default().entries(facet);
    // Stable, so that the columns of one dataset keep their order.
    entries.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    entries.dedup_by(|later, first| {
        let same = (&later.namespace, &later.name) == (&first.namespace, &first.name);
        if same {
            first.lineage.extend(std::mem::take(&mut later.lineage));
        }
        same
    });
    for entry in &mut entries {
        entry.lineage.each_once();
    }
    entries
}

/// What of a `lineage` facet is left out; `None` when nothing is.
pub(super) fn left_out(facet: &[u8]) -> Option<String> {
    if !may_exceed(facet, r#"{"name":"a","namespace":""}"#.len()) {
        return None;
    }
    let mut reader = Reader::default();
    reader.entries(facet);
    reader.thing(&mut Cursor::new(facet));
    reader.inputs.cut.then(|| {
        format!(
            "not all of this lineage was read: at most {MAX_OUTPUT_COLUMNS} output columns, {MAX_INPUT_COLUMNS} inputs in all and {MAX_TRANSFORMATIONS} transformations of each are; the log has the whole event"
        )
    })
}

/// An object with lineage: the facet of a dataset, or an entry of a job's.
#[derive(Default)]
struct Thing {
    namespace: Option<String>,
    name: Option<String>,
    kind: Option<String>,
    lineage: Option<Explicit>,
}

/// Counts what was read of one facet: no facet may cost more than its limits.
struct Reader {
    inputs: Inputs,
    outputs: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            inputs: Inputs::new(),
            outputs: 0,
        }
    }
}

/// Entries and inputs are datasets unless they say otherwise.
fn is_data(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case("DATASET"))
}

fn data(input: Input) -> Option<Input> {
    is_data(input.kind.as_deref()).then_some(input)
}

impl Reader {
    fn entries(&mut self, facet: &[u8]) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut cursor = Cursor::new(facet);
        if !cursor.enter(Kind::Object) {
            return entries;
        }
        while let Some(key) = cursor.key() {
            if key != "entries" {
                cursor.skip();
            } else if cursor.enter(Kind::Array) {
                while cursor.item() {
                    let thing = self.thing(&mut cursor);
                    entries.extend(thing.entry());
                }
            }
        }
        entries
    }

    fn thing(&mut self, cursor: &mut Cursor<'_>) -> Thing {
        let mut thing = Thing::default();
        if !cursor.enter(Kind::Object) {
            return thing;
        }
        while let Some(key) = cursor.key() {
            let kind = cursor.kind();
            match (&*key, kind) {
                ("namespace", _) => thing.namespace = cursor.string().map(Into::into),
                ("name", _) => thing.name = cursor.string().map(Into::into),
                ("type", _) => thing.kind = cursor.string().map(Into::into),
                ("inputs", Some(Kind::Array)) => {
                    self.whole(cursor, thing.lineage.get_or_insert_default());
                }
                ("fields", Some(Kind::Object)) => {
                    self.fields(cursor, thing.lineage.get_or_insert_default());
                }
                _ => cursor.skip(),
            }
        }
        if let Some(lineage) = &mut thing.lineage {
            lineage.each_once();
        }
        thing
    }

    /// Inputs of the whole dataset.
    fn whole(&mut self, cursor: &mut Cursor<'_>, lineage: &mut Explicit) {
        for input in self.inputs.list(cursor, data) {
            let of = (input.namespace.clone(), input.name.clone());
            lineage.inputs.push(of);
            lineage.dataset.extend(input.column());
        }
    }

    /// Inputs of single columns; one that names no column counts for the dataset.
    fn fields(&mut self, cursor: &mut Cursor<'_>, lineage: &mut Explicit) {
        if !cursor.enter(Kind::Object) {
            return;
        }
        while let Some(column) = cursor.key() {
            if column.is_empty() || self.outputs == MAX_OUTPUT_COLUMNS {
                self.inputs.cut |= !column.is_empty();
                cursor.skip();
                continue;
            }
            self.outputs += 1;
            let inputs = self.field(cursor);
            let named = inputs.iter().map(|i| (i.namespace.clone(), i.name.clone()));
            lineage.inputs.extend(named);
            let columns = inputs.into_iter().filter_map(Input::column).collect();
            lineage.fields.push((column.into_owned(), columns));
        }
    }

    fn field(&mut self, cursor: &mut Cursor<'_>) -> Vec<Input> {
        let mut inputs = Vec::new();
        if !cursor.enter(Kind::Object) {
            return inputs;
        }
        while let Some(key) = cursor.key() {
            match &*key {
                "inputs" => inputs = self.inputs.list(cursor, data),
                _ => cursor.skip(),
            }
        }
        inputs
    }
}

impl Explicit {
    fn extend(&mut self, other: Self) {
        self.inputs.extend(other.inputs);
        self.fields.extend(other.fields);
        self.dataset.extend(other.dataset);
    }

    fn each_once(&mut self) {
        self.inputs.sort_unstable();
        self.inputs.dedup();
    }
}

impl Thing {
    fn entry(self) -> Option<Entry> {
        if !is_data(self.kind.as_deref()) {
            return None;
        }
        Some(Entry {
            namespace: self.namespace?,
            name: self.name.filter(|name| !name.is_empty())?,
            lineage: self.lineage?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openlineage::canonical::canonicalise;

    fn canonical(text: &str) -> Vec<u8> {
        canonicalise(text.as_bytes()).unwrap().bytes
    }

    #[test]
    fn trap_18_the_explicit_facet_of_a_dataset() {
        let facet = canonical(
            r#"{"inputs":[{"namespace":"w","name":"a","type":"DATASET"},{"namespace":"w","name":"j","type":"JOB"},
            {"namespace":"w","name":"f","field":"day","transformations":[{"type":"INDIRECT","subtype":"FILTER"}]}],
            "fields":{"total":{"inputs":[{"namespace":"w","name":"b","field":"x"},{"namespace":"w","name":"c"}]}}}"#,
        );
        let lineage = dataset_lineage(&facet).unwrap();
        let names: Vec<&str> = lineage.inputs.iter().map(|i| i.1.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "f"]);
        assert_eq!(lineage.fields[0].1.len(), 1);
        assert_eq!(lineage.dataset[0].field, "day");
    }

    #[test]
    fn no_upstream_is_told_and_what_tells_nothing_is_not_taken_for_it() {
        assert_eq!(
            dataset_lineage(br#"{"inputs":[]}"#),
            Some(Explicit::default())
        );
        for nothing in ["7", "{}", r#"{"inputs":"a"}"#, r#"{"fields":[]}"#] {
            assert_eq!(dataset_lineage(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn a_number_beyond_a_float_hides_no_lineage() {
        let facet = canonical(r#"{"n":1e999,"inputs":[{"namespace":"w","name":"a","x":1e999}]}"#);
        let lineage = dataset_lineage(&facet).unwrap();
        assert_eq!(lineage.inputs, [("w".to_owned(), "a".to_owned())]);
    }

    #[test]
    fn trap_18_entries_of_a_job() {
        let facet = canonical(
            r#"{"entries":[{"namespace":"w","name":"t","type":"DATASET","inputs":[{"namespace":"w","name":"a"}]},
            {"namespace":"w","name":"k","type":"JOB","inputs":[]},{"name":"no namespace","inputs":[]},{"namespace":"w","name":"tells nothing"}]}"#,
        );
        let entries = job_lineage(&facet);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0].lineage.inputs,
            [("w".to_owned(), "a".to_owned())]
        );
    }

    #[test]
    fn entries_of_one_dataset_are_one() {
        let facet = canonical(
            r#"{"entries":[{"namespace":"w","name":"t","inputs":[{"namespace":"w","name":"b"}]},{"namespace":"w","name":"s","inputs":[]},
            {"namespace":"w","name":"t","inputs":[{"namespace":"w","name":"a"},{"namespace":"w","name":"b"}],"fields":{"x":{"inputs":[]}}}]}"#,
        );
        let entries = job_lineage(&facet);
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["s", "t"]);
        let inputs = entries[1].lineage.inputs.iter().map(|i| i.1.as_str());
        assert_eq!(inputs.collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(entries[1].lineage.fields.len(), 1);
    }

    #[test]
    fn what_is_cut_is_told() {
        let input = r#"{"name":"a","namespace":""}"#;
        let many = vec![input; MAX_INPUT_COLUMNS + 1].join(",");
        for facet in [
            format!(r#"{{"inputs":[{many}]}}"#),
            format!(r#"{{"entries":[{{"inputs":[{many}],"name":"t","namespace":"w"}}]}}"#),
        ] {
            assert!(left_out(facet.as_bytes()).unwrap().contains("not all"));
        }
        let few = format!(r#"{{"inputs":[{}]}}"#, vec![input; 100].join(","));
        assert_eq!(left_out(few.as_bytes()), None);
    }
}
