//! The shell steps of `integrations/` and of the pre-commit hook, run as their runners run them.

use std::path::Path;
use std::process::{Command, Output};

use headwater::contract::policy::yaml::{self, Node};

use super::support::estate;

fn read(path: &str) -> Node {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    yaml::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn get<'n>(node: &'n Node, path: &[&str]) -> &'n Node {
    path.iter().fold(node, |node, name| {
        let at = name.parse::<usize>().ok();
        at.map_or_else(|| node.get(name), |at| node.items().get(at))
            .unwrap_or_else(|| panic!("no {name}"))
    })
}

/// Runs a shell step with `headwater` on the path.
fn step(script: &str, dir: &Path, env: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_headwater")).parent().unwrap();
    let path = format!(
        "{}:{}:{}",
        dir.join("bin").display(),
        binary.display(),
        std::env::var("PATH").unwrap()
    );
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(dir)
        .env_remove("HEADWATER_SERVER")
        .env("PATH", path)
        .env("RUST_LOG", "error")
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_steps_of_each_runner_work() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let server = estate(&dir.join("data"));
    std::fs::create_dir_all(dir.join("migrations")).unwrap();
    std::fs::create_dir_all(dir.join("bin")).unwrap();
    std::fs::write(
        dir.join("migrations/1.sql"),
        "alter table raw drop column email;\n",
    )
    .unwrap();
    std::fs::write(
        dir.join("migrations/0.sql"),
        "alter table raw add column phone text;\n",
    )
    .unwrap();
    let check = "sql --namespace ns --dialect postgres migrations/1.sql";

    // GitHub: the check fails, annotates, and leaves its files.
    let action = read("integrations/github/action.yml");
    let run = |at| {
        get(&action, &["runs", "steps", at, "run"])
            .text()
            .unwrap()
            .to_owned()
    };
    let temp = dir.to_str().unwrap();
    let (outputs, summary) = (dir.join("outputs"), dir.join("summary"));
    let env = [
        ("HEADWATER_CHECK", check),
        ("HEADWATER_SERVER", server.url.as_str()),
        ("HEADWATER_GRAPH", ""),
        ("HEADWATER_TOKEN", ""),
        ("HEADWATER_ON_ERROR", "fail"),
        ("HEADWATER_STORE", "true"),
        ("RUNNER_TEMP", temp),
        ("GITHUB_OUTPUT", outputs.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let done = step(&run("0"), dir, &env);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    assert!(
        text(&done.stdout).starts_with("::error file=migrations/1.sql,line=1,"),
        "{}",
        text(&done.stdout)
    );
    assert!(
        std::fs::read_to_string(&outputs)
            .unwrap()
            .contains("sarif=")
    );
    let comment = std::fs::read_to_string(&summary).unwrap();
    assert!(
        comment.starts_with("<!-- headwater-check -->\n## Headwater: FAIL"),
        "{comment}"
    );
    let link = format!("[The whole report]({}/checks/", server.url);
    assert!(comment.contains(&link), "{comment}");
    assert!(dir.join("headwater.sarif").is_file());

    // Its comment is written once and changed afterwards; gh is one of ours that notes its arguments.
    let gh = "#!/bin/sh\necho \"$@\" >> \"$NOTED\"\ncase \"$*\" in *--jq*) cat \"$HELD\";; esac\n";
    std::fs::write(dir.join("bin/gh"), gh).unwrap();
    assert!(
        Command::new("chmod")
            .arg("+x")
            .arg(dir.join("bin/gh"))
            .status()
            .unwrap()
            .success()
    );
    let markdown = dir.join("headwater.md");
    for (held, expected) in [
        ("", "-X POST repos/o/r/issues/7/comments"),
        ("42\n", "-X PATCH repos/o/r/issues/comments/42"),
    ] {
        let (noted, known) = (dir.join("noted"), dir.join("held"));
        _ = std::fs::remove_file(&noted);
        std::fs::write(&known, held).unwrap();
        let env = [
            ("GITHUB_REPOSITORY", "o/r"),
            ("PULL_REQUEST", "7"),
            ("MARKDOWN", markdown.to_str().unwrap()),
            ("NOTED", noted.to_str().unwrap()),
            ("HELD", known.to_str().unwrap()),
        ];
        let done = step(&run("1"), dir, &env);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let noted = std::fs::read_to_string(noted).unwrap();
        assert!(noted.contains(expected), "{noted}");
    }

    // GitLab: the same, and a JUnit report.
    let template = read("integrations/gitlab/headwater.gitlab-ci.yml");
    let script = get(&template, &[".headwater-check", "script", "0"])
        .text()
        .unwrap();
    let env = [
        ("HEADWATER_CHECK", check),
        ("HEADWATER_SERVER", server.url.as_str()),
        ("HEADWATER_ON_ERROR", "fail"),
        ("HEADWATER_STORE", "true"),
    ];
    let done = step(script, dir, &env);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("FAIL breaking: column removed raw.email"));
    assert!(text(&done.stdout).contains(&format!("stored: {}/checks/", server.url)));
    assert!(
        std::fs::read_to_string(dir.join("headwater.xml"))
            .unwrap()
            .contains("failures=\"1\"")
    );
    // Without a server it can reach, it could not tell, which fails here.
    let env = [
        ("HEADWATER_CHECK", check),
        ("HEADWATER_SERVER", "http://127.0.0.1:9"),
        ("HEADWATER_ON_ERROR", "fail"),
    ];
    assert_eq!(step(script, dir, &env).status.code(), Some(1));

    // pre-commit: the entry, the arguments of the hook, the files.
    let hooks = read(".pre-commit-hooks.yaml");
    let entry = get(&hooks, &["0", "entry"]).text().unwrap();
    for (file, code) in [("migrations/0.sql", 0), ("migrations/1.sql", 1)] {
        let line = format!("{entry} --namespace ns --dialect postgres {file}");
        let done = step(&line, dir, &[("HEADWATER_SERVER", server.url.as_str())]);
        assert_eq!(done.status.code(), Some(code), "{}", text(&done.stderr));
    }
}
