//! A server process of our own on loopback, and what tests ask of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A running `headwater serve`; killed when dropped.
pub struct Server {
    child: Child,
    pub url: String,
}

pub fn headwater() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headwater"));
    command
        .env_remove("HEADWATER_CONFIG")
        .env("RUST_LOG", "error");
    command
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts with settings from the environment, for example `HEADWATER_RECEIVE_IDLE_SECONDS`.
    pub fn start_with(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = headwater();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .envs(settings.iter().copied());
        Self::spawn(command)
    }

    /// Runs a command that is or becomes a server, and waits until it listens.
    pub fn spawn(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        Self::listening(child).unwrap_or_else(|_| panic!("it does not listen; see its log above"))
    }

    /// As [`Self::spawn`]; what it said and how it ended when it did not come to listen.
    pub fn try_spawn(mut command: Command) -> Result<Self, Output> {
        let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::listening(pipes.spawn().unwrap()).map_err(|child| child.wait_with_output().unwrap())
    }

    fn listening(mut child: Child) -> Result<Self, Child> {
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        if !url.starts_with("http://127.0.0.1:") {
            return Err(child);
        }
        Ok(Self { child, url })
    }

    /// A running `headwater demo`, and what it said until it was loaded.
    pub fn demo(data: &Path) -> (Self, String) {
        let mut command = headwater();
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]);
        let child = command.arg(data).stdout(Stdio::piped()).spawn().unwrap();
        let mut server = Self {
            child,
            url: String::new(),
        };
        let mut said = String::new();
        let mut lines = BufReader::new(server.child.stdout.take().unwrap());
        while !said.contains("Stop with Ctrl-C") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        let start = said.find("http://127.0.0.1:").unwrap();
        let end = said[start..].find("/\n").unwrap();
        said[start..start + end].clone_into(&mut server.url);
        (server, said)
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGHUP.
    pub fn hang_up(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// SIGTERM, and the exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
        let mut request = agent().post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (response.status().as_u16(), value)
    }

    pub fn send(&self, event: &[u8]) -> (u16, Value) {
        self.post(
            "/api/v1/lineage",
            &[("Content-Type", "application/json")],
            event,
        )
    }

    /// The status of a DELETE.
    pub fn delete(&self, path: &str) -> u16 {
        let answer = agent().delete(format!("{}{path}", self.url)).call();
        answer.unwrap().status().as_u16()
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        let mut response = agent().get(format!("{}{path}", self.url)).call().unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_to_string().unwrap(),
        )
    }

    /// Data and errors of a query.
    pub fn graphql(&self, query: &str) -> Value {
        let body = json!({"query": query}).to_string();
        let (status, value) = self.post(
            "/graphql",
            &[("Content-Type", "application/json")],
            body.as_bytes(),
        );
        assert_eq!(status, 200, "{value}");
        value
    }

    /// Sends a recording line by line and waits until it is answered; returns its lines.
    pub fn replay(&self, name: &str) -> Vec<String> {
        let text = fixture(&format!("recordings/{name}.ndjson"));
        for line in text.lines() {
            let (status, receipt) = self.send(line.as_bytes());
            assert_eq!(
                (status, receipt["status"].as_str()),
                (201, Some("accepted")),
                "{name}: {receipt}"
            );
        }
        self.settle();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until answers and search have seen all events, and all SQL is read.
    pub fn settle(&self) {
        let start = Instant::now();
        loop {
            let status: Value = serde_json::from_str(&self.get("/api/v1/status").1).unwrap();
            let seen = |what: &str| status[what] == status["headSeq"];
            if seen("appliedSeq") && seen("searchSeq") && status["sqlWaiting"] == 0 {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

/// A small valid run event.
pub fn run_event(n: u128, inputs: &[&str], outputs: &[&str]) -> Value {
    let dataset = |name: &&str| json!({"namespace": "ns", "name": name});
    json!({
        "eventTime": "2026-01-31T09:30:00Z", "eventType": "COMPLETE", "producer": "https://example.org/etl",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": uuid::Uuid::from_u128(n)}, "job": {"namespace": "ns", "name": "job"},
        "inputs": inputs.iter().map(dataset).collect::<Vec<_>>(),
        "outputs": outputs.iter().map(dataset).collect::<Vec<_>>(),
    })
}

pub fn fixture(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
