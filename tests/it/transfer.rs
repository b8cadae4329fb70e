//! `import`, `export`, `digest`, `verify`, `rebuild` and `status` over every kind of input, into a
//! running server and into the folder of a stopped one; each safe to repeat.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::server::{Server, fixture, headwater};

/// A part of the dbt recording in one of the forms that events come in.
struct Input {
    name: &'static str,
    bytes: Vec<u8>,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pretty(line: &str) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    serde_json::to_vec_pretty(&value).unwrap()
}

/// The twelve events of the recording, spread over every form; each event stands in one file.
fn inputs(lines: &[&str]) -> Vec<Input> {
    assert_eq!(lines.len(), 12);
    let ndjson = |part: &[&str]| (part.join("\n") + "\n").into_bytes();
    let array = |part: &[&str]| format!("[{}]", part.join(",\n ")).into_bytes();
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    // Two gzip members one after the other, as `cat a.gz b.gz` makes them.
    let members = [gzip(&ndjson(&lines[4..5])), gzip(&ndjson(&lines[5..6]))].concat();
    let windows = format!("\r\n{}\r\n\r\n{}", lines[0], lines[1]);
    vec![
        Input {
            name: "windows.ndjson",
            bytes: windows.into_bytes(),
        },
        Input {
            name: "lines.jsonl",
            bytes: ndjson(&lines[2..3]),
        },
        Input {
            name: "one event over several lines.json",
            bytes: pretty(lines[3]),
        },
        Input {
            name: "members.ndjson.gz",
            bytes: members,
        },
        Input {
            name: "array.json",
            bytes: array(&lines[6..8]),
        },
        Input {
            name: "deeper/array.json.gz",
            bytes: gzip(&array(&lines[8..9])),
        },
        Input {
            name: "deeper/still/lines.ndjson.zst",
            bytes: zstd(&ndjson(&lines[9..10])),
        },
        Input {
            name: "array.json.zst",
            bytes: zstd(&array(&lines[10..11])),
        },
        Input {
            name: "deeper/one.json.gz",
            bytes: gzip(&pretty(lines[11])),
        },
    ]
}

fn write_inputs(folder: &Path, inputs: &[Input]) {
    for input in inputs {
        let path = folder.join(input.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &input.bytes).unwrap();
    }
    std::fs::write(folder.join("README.md"), "no events").unwrap();
    std::fs::write(folder.join("deeper/notes.txt"), "no events").unwrap();
}

/// Where events go: `--server URL` or `--data DIR`.
type To<'a> = [&'a str; 2];

fn run(command: &str, to: To, more: &[&Path], stdin: Option<&[u8]>) -> Output {
    let mut child = headwater();
    child.arg(command).args(to).args(more);
    child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A command that refuses its arguments reads nothing; that is no error here.
    let _ = input.write_all(stdin.unwrap_or_default());
    drop(input);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn import(to: To, from: &Path, stdin: Option<&[u8]>) -> (Option<i32>, String) {
    let output = run("import", to, &[from], stdin);
    let line = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(line.ends_with('\n'), "{}", said(&output));
    (output.status.code(), line.trim().to_owned())
}

fn digest(to: To) -> String {
    let output = run("digest", to, &[], None);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn exported(to: To) -> Vec<u8> {
    let output = run("export", to, &[], None);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    output.stdout
}

/// Calls `check` with an empty server and with an empty store.
fn for_both_targets(check: impl Fn(To, &dyn Fn())) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("server"));
    check(["--server", &server.url], &|| server.settle());
    let store = dir.path().join("store");
    check(["--data", store.to_str().unwrap()], &|| ());
}

#[test]
fn every_form_of_input_comes_in_once() {
    let text = fixture("recordings/dbt-build.ndjson");
    let lines: Vec<&str> = text.lines().collect();
    let inputs = inputs(&lines);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("events");
    write_inputs(&folder, &inputs);
    let whole = dir.path().join("whole.ndjson");
    std::fs::write(&whole, &text).unwrap();
    for_both_targets(|to, settle| {
        // Each form by itself, named outright.
        for input in &inputs {
            let count = match input.name {
                "windows.ndjson" | "members.ndjson.gz" | "array.json" => 2,
                _ => 1,
            };
            let path = folder.join(input.name);
            let first = format!("{count} new, 0 known already, 0 refused");
            assert_eq!(import(to, &path, None), (Some(0), first), "{}", input.name);
            let again = format!("0 new, {count} known already, 0 refused");
            assert_eq!(import(to, &path, None), (Some(0), again), "{}", input.name);
        }
        // All of them again as a folder, as one file, and on standard input, in two forms.
        let known = (Some(0), "0 new, 12 known already, 0 refused".to_owned());
        assert_eq!(import(to, &folder, None), known);
        assert_eq!(import(to, &whole, None), known);
        let stdin = Path::new("-");
        assert_eq!(import(to, stdin, Some(text.as_bytes())), known);
        let array = format!("[{}]", lines.join(","));
        assert_eq!(import(to, stdin, Some(array.as_bytes())), known);
        settle();
        let out = exported(to);
        assert_eq!(std::str::from_utf8(&out).unwrap().lines().count(), 12);
    });
}

#[test]
fn what_is_exported_leads_to_the_same_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let text = fixture("emitters/dbt-shop/events.ndjson");
    let first = Server::start(&path("first"));
    let to: To = ["--server", &first.url];
    let stdin = Path::new("-");
    assert_eq!(import(to, stdin, Some(text.as_bytes())).0, Some(0));
    first.settle();
    let expected = digest(to);
    assert_eq!(exported(to), text.as_bytes(), "byte for byte");

    // To a file, and from there backwards into a store: order is of no account.
    let file = path("exported.ndjson");
    let output = run("export", to, &[Path::new("--output"), &file], None);
    assert_eq!(
        (output.status.code(), said(&output).as_str()),
        (Some(0), "")
    );
    assert_eq!(std::fs::read(&file).unwrap(), text.as_bytes());
    let mut backwards: Vec<&str> = text.lines().collect();
    backwards.reverse();
    let store = path("store");
    let to: To = ["--data", store.to_str().unwrap()];
    let (code, line) = import(to, stdin, Some(backwards.join("\n").as_bytes()));
    assert_eq!(
        (code, line.as_str()),
        (Some(0), "24 new, 0 known already, 0 refused")
    );
    assert_eq!(digest(to), expected);
    assert_eq!(digest(to), expected, "asking changes nothing");

    // The store serves as the folder of a server.
    let second = Server::start(&store);
    assert_eq!(digest(["--server", &second.url]), expected);
}

#[test]
fn verify_rebuild_and_status_agree_on_server_and_store() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data);
    server.replay("dbt-build");
    let to: To = ["--server", &server.url];
    let expected = digest(to);
    for _ in 0..2 {
        let verify = run("verify", to, &[], None);
        let text = said(&verify);
        assert_eq!(verify.status.code(), Some(0), "{text}");
        assert!(text.contains("events   1 to 12"), "{text}");
        assert_eq!(
            text.matches(&expected).count(),
            2,
            "live and rebuilt: {text}"
        );
    }
    let status = run("status", to, &[], None);
    let value: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(value["counts"]["events"], 12);
    let counts =
        ["datasets", "columns", "jobs", "runs"].map(|key| value["counts"][key].to_string());
    assert_eq!(server.stop(), Some(0));

    let to: To = ["--data", data.to_str().unwrap()];
    for _ in 0..2 {
        let verify = run("verify", to, &[], None);
        assert_eq!(verify.status.code(), Some(0), "{}", said(&verify));
        let rebuild = run("rebuild", to, &[], None);
        assert_eq!(rebuild.status.code(), Some(0), "{}", said(&rebuild));
        let last = format!("rebuilt from 12 events; digest {expected}");
        assert!(said(&rebuild).contains(&last), "{}", said(&rebuild));
    }
    let status = run("status", to, &[], None);
    let text = said(&status);
    assert_eq!(status.status.code(), Some(0), "{text}");
    for (key, count) in ["datasets", "columns", "jobs", "runs"].iter().zip(&counts) {
        let line = text.lines().find(|line| line.starts_with(key));
        let line = line.unwrap_or_else(|| panic!("{key}: {text}"));
        assert_eq!(
            line.split_whitespace().nth(1),
            Some(count.as_str()),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_named_and_told_by_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let text = fixture("recordings/dbt-build.ndjson");
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(path("cut.ndjson.gz"), {
        let packed = gzip(text.as_bytes());
        packed[..packed.len() / 2].to_vec()
    })
    .unwrap();
    std::fs::write(path("cut.json.zst"), {
        let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
        packed[..packed.len() / 2].to_vec()
    })
    .unwrap();
    std::fs::write(path("cut-array.json"), format!("[{},", lines[0])).unwrap();
    std::fs::write(path("empty.ndjson"), "").unwrap();
    let mixed = format!("[{}, {{\"eventTime\": 7}}, {}]", lines[0], lines[1]);
    std::fs::write(path("mixed.json"), mixed).unwrap();
    for_both_targets(|to, _| {
        for name in [
            "cut.ndjson.gz",
            "cut.json.zst",
            "cut-array.json",
            "nothing-there.ndjson",
        ] {
            let output = run("import", to, &[&path(name)], None);
            assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
            assert!(
                said(&output).contains(name),
                "it is named: {}",
                said(&output)
            );
        }
        let nothing = (Some(0), "0 new, 0 known already, 0 refused".to_owned());
        assert_eq!(import(to, &path("empty.ndjson"), None), nothing);
        let output = run("import", to, &[&path("mixed.json")], None);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("1 refused"), "{}", said(&output));
        assert!(said(&output).contains("mixed.json[1]"), "{}", said(&output));
    });
    let nowhere: To = ["--server", "http://127.0.0.1:1"];
    for command in ["import", "export", "digest", "verify", "status"] {
        let more: &[&Path] = if command == "import" {
            &[&path("mixed.json")]
        } else {
            &[]
        };
        let output = run(command, nowhere, more, None);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{command}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains("is the server running there?"),
            "{}",
            said(&output)
        );
    }
    let missing = path("missing");
    for command in ["export", "digest", "verify", "status", "rebuild"] {
        let output = run(command, ["--data", missing.to_str().unwrap()], &[], None);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{command}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains("there is no data folder"),
            "{}",
            said(&output)
        );
        assert!(!missing.exists(), "{command} made it");
    }
}
