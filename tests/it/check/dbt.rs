//! dbt: the real change of `../shared/dbt/hubspot`, and what goes wrong.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::{check, code_and_text, complaint};
use crate::server::Server;

/// The real project, which is not part of this repository.
fn hubspot() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/dbt/hubspot");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!(
        "SKIPPED: {} is not there, so the real change is not checked",
        dir.display()
    );
    None
}

fn catalog(dir: &Path, side: &str) -> Value {
    let text = std::fs::read_to_string(dir.join(side).join("catalog.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn manifest(dir: &Path, side: &str) -> Value {
    let text = std::fs::read_to_string(dir.join(side).join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// `name.column` of what the catalogs alone say: removed and retyped, of models and seeds.
fn by_catalogs(dir: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let (base, head) = (catalog(dir, "base"), catalog(dir, "head"));
    let (mut removed, mut retyped) = (BTreeSet::new(), BTreeSet::new());
    for (id, table) in base["nodes"].as_object().unwrap() {
        let new = &head["nodes"][id]["columns"];
        let name = table["metadata"]["name"].as_str().unwrap();
        for (column, old) in table["columns"].as_object().unwrap() {
            let shown = format!("{name}.{column}");
            if new[column].is_null() {
                removed.insert(shown);
            } else if new[column]["type"] != old["type"] {
                retyped.insert(shown);
            }
        }
    }
    (removed, retyped)
}

/// Names of tables downstream of tables, by the manifests.
fn below(dir: &Path, roots: &BTreeSet<String>) -> BTreeSet<String> {
    let mut reach = roots.clone();
    let manifests = [manifest(dir, "base"), manifest(dir, "head")];
    loop {
        let before = reach.len();
        for manifest in &manifests {
            let name = |id: &str| {
                let held = [&manifest["nodes"][id], &manifest["sources"][id]];
                let relation = held
                    .iter()
                    .find_map(|node| node["relation_name"].as_str())?;
                Some(relation.rsplit('.').next()?.trim_matches('"').to_owned())
            };
            for (id, node) in manifest["nodes"].as_object().unwrap() {
                let reads = node["depends_on"]["nodes"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let mut reads = reads.iter().filter_map(|read| name(read.as_str()?));
                if reads.any(|read| reach.contains(&read)) {
                    reach.extend(name(id));
                }
            }
        }
        if reach.len() == before {
            return reach;
        }
    }
}

fn shown(finding: &Value) -> String {
    let change = &finding["change"];
    let table = change["name"].as_str().unwrap().rsplit('.').next().unwrap();
    match change["column"].as_str() {
        Some(column) => format!("{table}.{column}"),
        None => table.to_owned(),
    }
}

fn report(args: &[&str]) -> (i32, Value) {
    let output = check(args);
    let (code, text) = code_and_text(&output);
    let report = serde_json::from_str(&text);
    (
        code,
        report.unwrap_or_else(|_| panic!("{text}{}", complaint(&output))),
    )
}

#[test]
fn the_real_change_is_found_and_nothing_else_is_blamed() {
    let Some(dir) = hubspot() else { return };
    let (base, head) = (dir.join("base"), dir.join("head"));
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let (code, report) = report(&[
        "dbt",
        "--base",
        base.to_str().unwrap(),
        "--head",
        head.to_str().unwrap(),
        "--server",
        &server.url,
        "--format",
        "json",
    ]);
    let findings = report["findings"].as_array().unwrap();
    let of = |kind: &str| -> BTreeSet<String> {
        let held = findings.iter().filter(|f| f["change"]["kind"] == kind);
        held.map(shown).collect()
    };
    let (removed, retyped) = by_catalogs(&dir);
    assert_eq!((removed.len(), retyped.len()), (25, 7));
    assert_eq!(of("column_removed"), removed);
    assert_eq!(of("column_retyped"), retyped);
    for kind in [
        "column_added",
        "column_renamed",
        "dataset_removed",
        "dataset_added",
        "rows_changed",
    ] {
        assert_eq!(of(kind), BTreeSet::new(), "{kind}");
    }
    // Whatever is said of others is said of what lies below, in both senses.
    let roots: BTreeSet<String> = removed
        .iter()
        .chain(&retyped)
        .map(|column| column.split('.').next().unwrap().to_owned())
        .collect();
    let below = below(&dir, &roots);
    for finding in findings {
        let mut named = vec![shown(finding)];
        for list in ["affected", "changedAlong"] {
            let all = finding[list].as_array().unwrap().iter();
            let all = all.filter(|one| one["kind"] != "model" && one["namespace"] != "dbt");
            named.extend(all.map(|one| one["name"].as_str().unwrap().to_owned()));
        }
        for name in named {
            let table = name
                .rsplit_once("public_hubspot.")
                .map_or(name.as_str(), |at| at.1);
            let table = table.rsplit_once("public.").map_or(table, |at| at.1);
            let table = table.split('.').next().unwrap();
            assert!(below.contains(table), "{name} is not below what changed");
        }
    }
    // A column that is dropped all the way down is followed all the way down.
    let stg = findings
        .iter()
        .find(|f| shown(f) == "stg_hubspot__contact_list.metadata_size")
        .unwrap();
    let along = stg["changedAlong"].to_string();
    assert!(along.contains("hubspot__contact_lists"), "{stg}");
    // Nothing of it was ever observed, so who reads it elsewhere is not known.
    assert_eq!((code, report["verdict"].as_str()), (2, Some("cannot_tell")));
}

#[test]
fn the_other_way_round_is_refused_and_the_same_twice_passes() {
    let Some(dir) = hubspot() else { return };
    let (base, head) = (dir.join("base"), dir.join("head"));
    let (base, head) = (base.to_str().unwrap(), head.to_str().unwrap());
    let output = check(&["dbt", "--base", head, "--head", base]);
    assert_eq!(output.status.code(), Some(2));
    assert!(complaint(&output).contains("are --base and --head swapped"));
    let (code, report) = report(&["dbt", "--base", base, "--head", base, "--format", "json"]);
    assert_eq!((code, report["summary"]["changes"].as_u64()), (0, Some(0)));
}

fn tiny(dir: &Path, metadata: &Value, nodes: &Value) -> String {
    std::fs::create_dir_all(dir).unwrap();
    let manifest = json!({"metadata": metadata, "nodes": nodes});
    std::fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
    dir.to_str().unwrap().to_owned()
}

#[test]
fn bad_artifacts_are_told_and_never_pass() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let metadata = |version: u32, project: &str| {
        json!({"dbt_schema_version": format!("https://schemas.getdbt.com/dbt/manifest/v{version}.json"),
            "adapter_type": "postgres", "project_name": project})
    };
    let model = |sql: &str, raw: &str| {
        json!({"model.p.a": {"resource_type": "model", "name": "a", "package_name": "p",
            "relation_name": "\"d\".\"s\".\"a\"", "compiled_code": sql, "raw_code": raw,
            "original_file_path": "models/a.sql", "language": "sql",
            "depends_on": {"nodes": []}}})
    };
    let good = tiny(
        &at("good"),
        &metadata(12, "p"),
        &model("select 1 as x", "x"),
    );
    let old = tiny(&at("old"), &metadata(8, "p"), &json!({}));
    let new = tiny(&at("new"), &metadata(99, "p"), &json!({}));
    let other = tiny(&at("other"), &metadata(12, "q"), &json!({}));
    let cut = tiny(&at("cut"), &metadata(12, "p"), &model("select 1 as x", "x"));
    let file = at("cut").join("manifest.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let list = tiny(&at("list"), &metadata(12, "p"), &json!([]));
    let nowhere = at("nowhere").to_str().unwrap().to_owned();
    std::fs::create_dir_all(at("badcatalog")).unwrap();
    let catalog = tiny(&at("badcatalog"), &metadata(12, "p"), &json!({}));
    std::fs::write(at("badcatalog").join("catalog.json"), "{\"metadata\": {}}").unwrap();
    for (base, head, part) in [
        (&good, &nowhere, "there is no manifest.json in"),
        (&old, &good, "manifests of v9 to v12 are read"),
        (&good, &new, "manifests of v9 to v12 are read"),
        (&good, &other, "two versions of one project"),
        (&good, &cut, "is cut short"),
        (&good, &list, "is no artifact of dbt"),
        (&good, &catalog, "is no catalog of dbt"),
    ] {
        let output = check(&["dbt", "--base", base, "--head", head]);
        let complaint = complaint(&output);
        assert_eq!(output.status.code(), Some(2), "{base} {head}: {complaint}");
        assert!(complaint.contains(part), "{part:?} is not in {complaint}");
    }
    // The other way round, by when the artifacts were made.
    let dated = |name: &str, at: &str| {
        let mut metadata = metadata(12, "p");
        metadata["generated_at"] = at.into();
        tiny(
            &dir.path().join(name),
            &metadata,
            &model("select 1 as x", "x"),
        )
    };
    let (before, after) = (
        dated("before", "2026-01-30T10:00:00Z"),
        dated("after", "2026-01-31T10:00:00Z"),
    );
    let output = check(&["dbt", "--base", &after, "--head", &before]);
    assert_eq!(output.status.code(), Some(2));
    assert!(complaint(&output).contains("are --base and --head swapped? If not, say --any-order"));
    for args in [
        vec!["dbt", "--base", &before, "--head", &after],
        vec!["dbt", "--base", &after, "--head", &before, "--any-order"],
    ] {
        assert_eq!(check(&args).status.code(), Some(0), "{args:?}");
    }
    // Missing compiled SQL, SQL that cannot be parsed, Python: said, and not a pass.
    let uncompiled = tiny(
        &at("uncompiled"),
        &metadata(12, "p"),
        &model("", "select 2 as x"),
    );
    let broken = tiny(
        &at("broken"),
        &metadata(12, "p"),
        &model("select x frm a b", "y"),
    );
    for (head, part) in [
        (&uncompiled, "dbt compile"),
        (&broken, "cannot be compared"),
    ] {
        let (code, text) = code_and_text(&check(&["dbt", "--base", &good, "--head", head]));
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    // Compiled SQL in files, as `dbt compile` leaves it.
    let compiled = at("uncompiled").join("compiled/p/models");
    std::fs::create_dir_all(&compiled).unwrap();
    std::fs::write(compiled.join("a.sql"), "select 1 as x, 2 as y").unwrap();
    let (code, text) = code_and_text(&check(&["dbt", "--base", &good, "--head", &uncompiled]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("column added"), "{text}");
}
