//! The observed graph: from a server, or from a file that one exported.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::impact::{ChangeSet, Name, Observed};

/// A server that says nothing for so long is taken for gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer.
const MOST_BYTES: u64 = 2 << 30;

/// Where the graph comes from.
pub enum Source {
    Server(String),
    File(PathBuf),
    /// Nowhere: only what the change itself tells is known.
    Nothing,
}

/// What of the graph is wanted.
#[derive(Default)]
pub struct Wanted {
    /// Datasets; those without a namespace by name alone.
    pub datasets: Vec<(Option<String>, String)>,
    /// Jobs.
    pub jobs: Vec<Name>,
}

impl Wanted {
    /// What the changes of a set are about.
    pub fn of(set: &ChangeSet) -> Self {
        let mut wanted = Self::default();
        for change in &set.changes {
            if change.kind.is_of_job() {
                wanted.jobs.push(change.of.clone());
            } else {
                let Name { namespace, name } = change.of.clone();
                wanted.datasets.push((Some(namespace), name));
            }
        }
        wanted
    }
}

impl Source {
    /// Gets the graph.
    pub fn ask(&self, wanted: &Wanted) -> anyhow::Result<Observed> {
        match self {
            Self::Server(url) => from_server(url, wanted),
            Self::File(file) => from_file(file),
            Self::Nothing => Ok(Observed {
                headwater_graph: crate::impact::FORMAT,
                ..Observed::default()
            }),
        }
    }
}

fn from_file(file: &Path) -> anyhow::Result<Observed> {
    let shown = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("reading the graph {shown}"))?;
    let bytes = if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::decode_all(bytes.as_slice()).with_context(|| format!("unpacking {shown}"))?
    } else {
        bytes
    };
    Observed::read(&bytes).with_context(|| shown.to_string())
}

fn from_server(server: &str, wanted: &Wanted) -> anyhow::Result<Observed> {
    let url = format!("{server}/api/v1/graph");
    let datasets = wanted
        .datasets
        .iter()
        .map(|(namespace, name)| match namespace {
            Some(namespace) => json!({"namespace": namespace, "name": name}),
            None => json!({"name": name}),
        });
    let body = json!({"datasets": datasets.collect::<Vec<Value>>(), "jobs": wanted.jobs});
    let (status, bytes) = post(server, &url, body.to_string().as_bytes())?;
    match status {
        200 => Observed::read(&bytes).with_context(|| format!("the answer of {url}")),
        401 | 403 => bail!(
            "{server} refuses the token ({status}); set HEADWATER_TOKEN to one that may read the graph"
        ),
        404 | 405 => bail!(
            "{url} answered {status}: is {server} a Headwater server, of this version or a later one?"
        ),
        _ => bail!("{url} answered {status}: {}", reason(&bytes)),
    }
}

/// Posts JSON, and gives the status and the body of the answer.
pub fn post(server: &str, url: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut request = agent.post(url).header("Content-Type", "application/json");
    if let Ok(token) = std::env::var("HEADWATER_TOKEN") {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send(body).with_context(|| {
        format!("no answer from {server}; is the server running there, and can this machine reach it? (--graph FILE checks without one)")
    })?;
    let status = answer.status().as_u16();
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(MOST_BYTES)
        .read_to_vec()
        .with_context(|| format!("reading the answer of {url}"))?;
    Ok((status, bytes))
}

/// Why a server refused, as it said itself.
pub fn reason(answer: &[u8]) -> String {
    let value: Option<Value> = serde_json::from_slice(answer).ok();
    let told = value
        .as_ref()
        .and_then(|value| value["error"]["message"].as_str());
    told.map_or_else(
        || String::from_utf8_lossy(answer).into_owned(),
        str::to_owned,
    )
}
