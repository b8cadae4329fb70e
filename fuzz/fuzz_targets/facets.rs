//! The readers of facets: never panic, keep their budgets, and read what a plain reader reads.
#![no_main]

use headwater_fuzz::openlineage::canonical::canonicalise;
use headwater_fuzz::openlineage::facets::{self, MAX_FIELDS, MAX_NESTING};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn all(facet: &[u8]) {
    let fields = facets::schema(facet);
    let text: usize = fields.iter().map(|field| field.path.len()).sum();
    assert!(fields.len() <= MAX_FIELDS && text <= facets::path_budget(facet.len()));
    let explicit = facets::dataset_lineage(facet).unwrap_or_default();
    let named: usize = explicit.fields.iter().map(|(_, inputs)| inputs.len()).sum();
    assert!(explicit.inputs.len().max(named) <= facets::MAX_INPUT_COLUMNS);
    let _ = facets::job_lineage(facet);
    let lineage = facets::column_lineage(facet);
    let inputs: usize = lineage.fields.iter().map(|(_, inputs)| inputs.len()).sum();
    assert!(inputs + lineage.dataset.len() <= facets::MAX_INPUT_COLUMNS);
    assert!(facets::tags(facet).len() + facets::owners(facet).len() <= 2 * facets::MAX_LISTED);
    let _ = (facets::text(facet, "description"), facets::parent(facet));
    shown(facet);
    for name in ["schema", "columnLineage", "lineage", "tags", "ownership", "other"] {
        let _ = facets::left_out(name, facet);
    }
}

/// Readers of what is shown only: lists have their limit, counts are as written.
fn shown(facet: &[u8]) {
    let lists = [
        facets::assertions(facet).len(),
        facets::test_results(facet).len(),
        facets::metrics(facet).columns.len(),
        facets::symlinks(facet).len(),
        facets::hierarchy(facet).len(),
        facets::environment_variables(facet).len(),
        facets::execution_parameters(facet).len(),
        facets::extraction_error(facet).errors.len(),
        facets::job_dependencies(facet).upstream.len(),
        facets::subset(facet).map_or(0, |subset| subset.locations.len()),
    ];
    assert!(lists.iter().all(|&length| length <= facets::MAX_LISTED));
    let _ = (facets::root(facet), facets::error_message(facet), facets::statistics(facet));
    let _ = (facets::source_code_location(facet), facets::lifecycle(facet), facets::dataset_version(facet));
}

/// The reader that the budget replaced.
fn plain(list: Option<&Value>, prefix: &str, depth: usize, into: &mut Vec<String>) {
    for field in list.and_then(Value::as_array).into_iter().flatten() {
        let name = field.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            continue;
        }
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        into.push(path.clone());
        if depth < MAX_NESTING {
            plain(field.get("fields"), &path, depth + 1, into);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    all(data);
    let Ok(read) = canonicalise(data) else {
        return;
    };
    all(&read.bytes);
    if let Ok(value) = serde_json::from_slice::<Value>(&read.bytes) {
        let mut paths = Vec::new();
        plain(value.get("fields"), "", 0, &mut paths);
        let fields = facets::schema(&read.bytes);
        let cut = facets::left_out("schema", &read.bytes).is_some();
        assert!(fields.iter().zip(&paths).all(|(field, path)| field.path == *path));
        assert!(cut || fields.len() == paths.len());
        let keys = value.get("tags").and_then(Value::as_array).into_iter().flatten();
        let keys = keys.filter_map(|tag| tag.get("key")?.as_str());
        let tags = facets::tags(&read.bytes);
        assert!(tags.iter().map(|tag| tag.key.as_str()).eq(keys.take(tags.len())));
        let text = value.get("description").and_then(Value::as_str);
        assert_eq!(facets::text(&read.bytes, "description").as_deref(), text);
    }
});
