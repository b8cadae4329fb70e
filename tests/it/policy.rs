//! `headwater policy`: looking at policy files.

use std::process::Output;

use crate::server::headwater;

fn check(text: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.yaml");
    std::fs::write(&path, text).unwrap();
    let mut command = headwater();
    command.args(["policy", "check"]).arg(&path);
    command.output().unwrap()
}

#[test]
fn mistakes_are_told_with_file_line_and_column() {
    let done = check("version: 1\nlayers:\n  - {nme: raw}\n");
    assert_eq!(done.status.code(), Some(1));
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains("p.yaml:3:6: a layer has no `nme`. Did you mean `name`?"),
        "{told}"
    );
    let done = check("version: 1\nlayers:\n  - name: raw\n");
    assert_eq!(done.status.code(), Some(0));
}

#[test]
fn an_exception_that_has_ended_is_told() {
    let policy = |until: &str| {
        format!(
            "version: 1\ncontracts:\n  - {{name: a, rule: no_cycle}}\nexceptions:\n  - {{contract: a, subject: {{name: x}}, reason: r, owner: o, approved_by: b, until: {until}}}\n"
        )
    };
    assert_eq!(check(&policy("2999-12-31")).status.code(), Some(0));
    let done = check(&policy("2020-02-29"));
    assert_eq!(done.status.code(), Some(1));
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains(":5:5: this exception from a ended with 2020-02-29"),
        "{told}"
    );
}

#[test]
fn a_file_that_is_not_there_is_another_exit_code() {
    let done = headwater()
        .args(["policy", "check", "/nowhere.yaml"])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
}
