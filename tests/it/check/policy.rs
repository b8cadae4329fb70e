//! The section `check` of the policy file, and YAML change files.

use super::support::{check, code_and_text, complaint, estate};

#[test]
fn the_policy_decides_and_waivers_hold_to_their_day() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let changes = write(
        "changes.yaml",
        "version: 1\nchanges:\n  - kind: column_removed\n    dataset: {namespace: ns, name: raw}\n    column: email\n    line: 3\n    file: a.sql\n",
    );
    let run = |policy: &str| {
        check(&[
            "changes",
            &changes,
            "--server",
            &server.url,
            "--policy",
            policy,
        ])
    };
    let waiver = |until: &str| {
        format!(
            "version: 1\ncheck:\n  waivers:\n    - of: ra*\n      column: email\n      owner: team:a\n      reason: moved\n      until: {until}\n"
        )
    };
    for (name, policy, code, part) in [
        ("default", "version: 1\n".to_owned(), 1, "FAIL breaking"),
        ("warn", "version: 1\ncheck:\n  breaking: warn\n".to_owned(), 0, "WARN breaking"),
        ("rule", "version: 1\ncheck:\n  rules:\n    - class: [breaking, possibly_breaking]\n      change: column_removed\n      consumer: false\n      then: pass\n".to_owned(), 0, "WARN"),
        ("waived", waiver("2999-12-31"), 0, "waived by team:a until 2999-12-31: moved"),
        ("ended", waiver("2020-12-31"), 1, "ended on 2020-12-31"),
    ] {
        let file = write(&format!("{name}.yaml"), &policy);
        let output = run(&file);
        let (found, text) = code_and_text(&output);
        assert_eq!(found, code, "{name}: {text}{}", complaint(&output));
        assert!(text.contains(part), "{name}: {part:?} is not in {text}");
    }
    let wrong = write("wrong.yaml", "version: 1\ncheck:\n  braking: warn\n");
    let output = run(&wrong);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        complaint(&output).contains("wrong.yaml:3:3"),
        "{}",
        complaint(&output)
    );
    let output = run("nowhere.yaml");
    assert!(complaint(&output).contains("cannot read the policy nowhere.yaml"));
}
