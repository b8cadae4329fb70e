//! A disk that is really full: a small tmpfs, mounted in a mount namespace of its own.
//!
//! Needs root, `unshare` and `nsenter`. Where they are missing the test says so loudly and proves
//! nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, agent, headwater, run_event};

/// A tmpfs that only processes in its namespace see; gone when dropped.
struct SmallDisk {
    holder: Child,
    stdin: Option<ChildStdin>,
    path: PathBuf,
}

impl SmallDisk {
    fn mount(path: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let script = r#"mount -t tmpfs -o size="$1"m headwater-test "$2" && echo mounted && cat"#;
        let mut holder = Command::new("unshare")
            .args(["--mount", "sh", "-c", script, "sh", &megabytes.to_string()])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take()?)
            .read_line(&mut line)
            .ok()?;
        let stdin = holder.stdin.take();
        let disk = Self {
            holder,
            stdin,
            path: path.to_owned(),
        };
        (line.trim() == "mounted" && disk.inside("true").status().is_ok()).then_some(disk)
    }

    /// A command that sees the disk.
    fn inside(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg("--target")
            .arg(self.holder.id().to_string())
            .arg("--mount")
            .arg("--")
            .arg(program);
        command
    }

    fn serve(&self) -> Server {
        Server::spawn(self.serve_command())
    }

    fn serve_command(&self) -> Command {
        let serve = headwater();
        let mut command = self.inside(serve.get_program());
        command
            .env("RUST_LOG", "error")
            .env_remove("HEADWATER_CONFIG");
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.path.join("data"));
        command
    }

    fn sh(&self, script: &str) {
        let done = self
            .inside("sh")
            .args(["-c", script])
            .current_dir("/")
            .status()
            .unwrap();
        assert!(done.success(), "{script}");
    }

    /// Makes room by growing the disk.
    fn grow(&self, megabytes: u32) {
        self.sh(&format!(
            "mount -o remount,size={megabytes}m '{}'",
            self.path.display()
        ));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.holder.wait();
    }
}

/// An event of some 48 KiB that does not pack.
fn bulky(n: u128) -> String {
    let mut event = run_event(n, &["a"], &["b"]);
    let mut noise = String::new();
    while noise.len() < 48 << 10 {
        let hash = blake3::hash(format!("{n} {}", noise.len()).as_bytes());
        noise.push_str(&hash.to_hex());
    }
    event["run"]["facets"] =
        json!({"bulk": {"_producer": "https://example.org/etl", "noise": noise}});
    event.to_string()
}

/// What a server answered to one event: 201 and its place in the log, or what else.
enum Answer {
    Taken(u64),
    Busy,
}

fn send(server: &Server, n: u128) -> Answer {
    let mut response = agent()
        .post(format!("{}/api/v1/lineage", server.url))
        .header("Content-Type", "application/json")
        .send(bulky(n).as_bytes())
        .unwrap_or_else(|error| panic!("event {n}: no answer: {error}"));
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").cloned();
    let text = response.body_mut().read_to_string().unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}"));
    match status {
        201 => Answer::Taken(body["seq"].as_u64().unwrap()),
        503 => {
            assert!(
                retry_after.is_some(),
                "a client must know when to come back"
            );
            // Not `busy`: an operator must be able to tell it from overload.
            assert_eq!(body["error"]["code"], "disk_full", "{body}");
            assert!(body["error"]["message"].is_string(), "{body}");
            Answer::Busy
        }
        _ => panic!("event {n}: {status} {body}"),
    }
}

/// The code of why it is not ready, `ready` when it is; it always says what to do, and never to
/// rebuild, which would need still more room.
fn readiness(server: &Server) -> String {
    let (status, text) = server.get("/readyz");
    if status == 200 {
        return "ready".to_owned();
    }
    assert_eq!(status, 503, "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    let error = &body["error"];
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("room"), "{message}");
    assert!(!message.contains("headwater rebuild"), "{message}");
    let (_, status) = server.get("/api/v1/status");
    let status: Value = serde_json::from_str(&status).unwrap();
    if status["unready"].is_null() {
        // It may have become ready between the two questions; then it is still.
        assert_eq!(server.get("/readyz").0, 200, "{status}");
        return "ready".to_owned();
    }
    assert!(status["unready"]["code"].is_string(), "{status}");
    error["code"].as_str().unwrap().to_owned()
}

fn wait_until_ready(server: &Server) {
    let start = Instant::now();
    while readiness(server) != "ready" {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{}",
            readiness(server)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Every acknowledged event is there, at its place, whole.
fn assert_all_there(server: &Server, acknowledged: &BTreeMap<u64, u128>) {
    for (&seq, &n) in acknowledged {
        let (status, text) = server.get(&format!("/api/v1/events/{seq}"));
        assert_eq!(status, 200, "event {seq}: {text}");
        assert!(text == bulky(n), "event {seq} is not the one acknowledged");
    }
}

fn verify_holds(server: &Server) {
    server.settle();
    let (_, verified) = server.post("/api/v1/verify", &[], b"");
    assert_eq!(verified["holds"], true, "{verified}");
}

/// Sends until the disk has been full for a while; returns the number of the last event.
/// 24 MiB hold 500 such events at most.
fn fill(server: &Server, acknowledged: &mut BTreeMap<u64, u128>) -> u128 {
    let (mut n, mut refused) = (0, 0);
    while refused < 50 {
        n += 1;
        assert!(n < 2_000, "the disk never became full");
        match send(server, n) {
            Answer::Taken(seq) => _ = acknowledged.insert(seq, n),
            Answer::Busy => refused += 1,
        }
    }
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    n
}

/// Sends all events again, as their senders would: each is taken, known ones keep their place.
fn assert_all_taken(server: &Server, last: u128, acknowledged: &mut BTreeMap<u64, u128>) {
    for n in 1..=last {
        let Answer::Taken(seq) = send(server, n) else {
            panic!("event {n} is refused though there is room")
        };
        let first = acknowledged.insert(seq, n);
        assert!(first.is_none_or(|first| first == n), "{seq} was another's");
    }
    assert_eq!(acknowledged.len() as u128, last, "each has one place");
    assert_all_there(server, acknowledged);
    verify_holds(server);
}

fn small_disk(dir: &Path) -> Option<SmallDisk> {
    let disk = SmallDisk::mount(&dir.join("disk"), 24);
    if disk.is_none() {
        // Written past the test harness, which would swallow it.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED, and so NOT PROVEN: a full disk. It needs root, unshare and nsenter."
        );
    }
    disk
}

#[test]
fn a_full_disk_is_answered_with_503_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = small_disk(dir.path()) else {
        return;
    };
    let server = disk.serve();
    let mut acknowledged = BTreeMap::new();
    let last = fill(&server, &mut acknowledged);
    assert_eq!(readiness(&server), "disk_full");
    let metrics = server.get("/metrics").1;
    for line in ["headwater_ready 0", "headwater_append_failing 1"] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}: {metrics}"
        );
    }
    let refused = r#"headwater_refused_total{reason="disk_full"} 50"#;
    assert!(metrics.contains(refused), "{metrics}");
    // One that is there already is acknowledged without a write, which says nothing of the disk.
    let (&seq, &n) = acknowledged.first_key_value().unwrap();
    assert!(matches!(send(&server, n), Answer::Taken(again) if again == seq));
    assert_eq!(readiness(&server), "disk_full");
    // It lives, and still answers from what it has.
    assert_eq!(server.get("/healthz").0, 200);
    let (status, body) = server.get("/api/v1/status");
    assert_eq!(status, 200, "{body}");
    assert_all_there(&server, &acknowledged);

    server.kill();
    disk.grow(96);
    let server = disk.serve();
    assert_eq!(server.get("/readyz").0, 200);
    assert_all_there(&server, &acknowledged);
    verify_holds(&server);
    assert_all_taken(&server, last, &mut acknowledged);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn room_made_under_a_running_server_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = small_disk(dir.path()) else {
        return;
    };
    let server = disk.serve();
    let mut acknowledged = BTreeMap::new();
    let last = fill(&server, &mut acknowledged);
    disk.grow(96);
    for n in 1..=last {
        let Answer::Taken(seq) = send(&server, n) else {
            panic!("event {n} is refused though there is room")
        };
        acknowledged.insert(seq, n);
    }
    assert_all_there(&server, &acknowledged);
    // The catalog may have to be opened anew, which a start does. Search goes on by itself.
    let start = Instant::now();
    loop {
        match readiness(&server).as_str() {
            "ready" | "catalog_broken" => break,
            other => assert!(start.elapsed() < Duration::from_secs(60), "{other}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.stop(), Some(0), "it stops in order");
    let server = disk.serve();
    assert_all_taken(&server, last, &mut acknowledged);
}

#[test]
fn a_start_on_a_full_disk_says_so_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = small_disk(dir.path()) else {
        return;
    };
    let server = disk.serve();
    let mut acknowledged = BTreeMap::new();
    let last = fill(&server, &mut acknowledged);
    server.kill();
    // It may start and serve what it has, or refuse with the reason; never die by a signal or panic.
    for _ in 0..2 {
        match Server::try_spawn(disk.serve_command()) {
            Ok(server) => {
                assert_all_there(&server, &acknowledged);
                readiness(&server);
                server.kill();
            }
            Err(ended) => {
                assert_eq!(ended.status.code(), Some(2));
                let said = String::from_utf8_lossy(&ended.stderr);
                assert!(said.contains("No space left on device"), "{said}");
                assert!(!said.contains("panicked"), "{said}");
                assert!(!said.contains("headwater rebuild"), "{said}");
                assert!(said.contains("make room"), "{said}");
            }
        }
    }
    disk.grow(96);
    let server = disk.serve();
    assert_all_there(&server, &acknowledged);
    assert_all_taken(&server, last, &mut acknowledged);
}

/// The disk is filled by something else before the first event, and is emptied again.
#[test]
fn a_disk_filled_by_another_is_no_harm_once_it_has_room() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = small_disk(dir.path()) else {
        return;
    };
    let server = disk.serve();
    let ballast = disk.path.join("ballast");
    disk.sh(&format!(
        "cat /dev/zero > '{}' 2>/dev/null || true",
        ballast.display()
    ));
    for n in 1..=20 {
        assert!(matches!(send(&server, n), Answer::Busy), "event {n}");
    }
    assert_eq!(server.get("/api/v1/events").1, "", "nothing is half there");
    assert_eq!(readiness(&server), "disk_full");

    disk.sh(&format!("rm '{}'", ballast.display()));
    // By itself: who goes by this answer would never send the event that shows the room.
    wait_until_ready(&server);
    let mut acknowledged = BTreeMap::new();
    assert_all_taken(&server, 20, &mut acknowledged);
    assert_eq!(server.get("/readyz").0, 200);
    assert_eq!(server.stop(), Some(0));
}
