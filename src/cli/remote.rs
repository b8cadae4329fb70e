//! Commands that ask a running server.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

/// What a server said to a batch.
pub struct Sent {
    pub accepted: usize,
    pub duplicate: usize,
    /// Index in the batch and reason.
    pub refused: Vec<(usize, String)>,
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

fn answer(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> anyhow::Result<(u16, Value)> {
    let mut response =
        response.with_context(|| format!("no answer from {url}; is the server running there?"))?;
    let status = response.status().as_u16();
    let body = response
        .body_mut()
        .with_config()
        .limit(1 << 30)
        .read_to_vec()?;
    let value =
        serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into());
    Ok((status, value))
}

fn get(url: &str) -> anyhow::Result<Value> {
    match answer(url, agent().get(url).call())? {
        (200, value) => Ok(value),
        (status, value) => bail!("{url} answered {status}: {value}"),
    }
}

/// What a policy would find on a server.
pub fn try_policy(server: &str, policy: String, days: u32) -> anyhow::Result<Value> {
    let url = format!("{server}/api/v1/policy/test?days={days}");
    match answer(&url, agent().post(&url).send(policy))? {
        (200, value) => Ok(value),
        (status, value) => bail!("{url} answered {status}: {value}"),
    }
}

/// A dataset, or what a contract is about, as a document of ODCS.
pub fn odcs(server: &str, of: &[(&str, &str)]) -> anyhow::Result<String> {
    let url = format!("{server}/api/v1/odcs");
    let answered = agent().get(&url).query_pairs(of.iter().copied()).call();
    match answer(&url, answered)? {
        (200, Value::String(text)) => Ok(text),
        (status, value) => {
            let message = value["error"]["message"].as_str().map(str::to_owned);
            bail!(
                "{url} answered {status}: {}",
                message.unwrap_or_else(|| value.to_string())
            )
        }
    }
}

/// Sends a JSON array of events, again and again while the server is busy (a minute at most).
pub fn send_batch(server: &str, batch: &[u8]) -> anyhow::Result<Sent> {
    let url = format!("{server}/api/v1/lineage/batch");
    let start = Instant::now();
    loop {
        let request = agent()
            .post(&url)
            .header("Content-Type", "application/json");
        match answer(&url, request.send(batch))? {
            (201, value) => return Ok(read_sent(&value)),
            (503, _) if start.elapsed() < Duration::from_secs(60) => {
                std::thread::sleep(Duration::from_secs(1));
            }
            (status, value) => bail!("{url} answered {status}: {value}"),
        }
    }
}

fn read_sent(value: &Value) -> Sent {
    let list = |key: &str| value[key].as_array().cloned().unwrap_or_default();
    let receipts = list("receipts");
    let accepted = receipts
        .iter()
        .filter(|receipt| receipt["status"] == "accepted")
        .count();
    let refused = list("failed_events").into_iter().map(|failed| {
        let index = failed["index"]
            .as_u64()
            .and_then(|i| usize::try_from(i).ok())
            .unwrap_or_default();
        (
            index,
            failed["reason"].as_str().unwrap_or_default().to_owned(),
        )
    });
    Sent {
        accepted,
        duplicate: receipts.len() - accepted,
        refused: refused.collect(),
    }
}

/// Waits until a server's answers have seen everything that it holds now.
pub fn wait_until_answered(server: &str, limit: Duration) -> anyhow::Result<()> {
    let url = format!("{server}/api/v1/status");
    let start = Instant::now();
    loop {
        let status = get(&url)?;
        let seq = |key: &str| status[key].as_u64().unwrap_or_default();
        if seq("appliedSeq") >= seq("headSeq") && seq("searchSeq") >= seq("headSeq") {
            return Ok(());
        }
        if start.elapsed() > limit {
            bail!("after {limit:?} the server's answers still lag behind its log");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn digest(server: &str) -> anyhow::Result<ExitCode> {
    let value = get(&format!("{server}/api/v1/digest"))?;
    println!(
        "{}",
        value["digest"]
            .as_str()
            .context("the server sent no digest")?
    );
    Ok(ExitCode::SUCCESS)
}

pub fn status(server: &str) -> anyhow::Result<ExitCode> {
    let value = get(&format!("{server}/api/v1/status"))?;
    println!("{}", serde_json::to_string_pretty(&value)?);
    Ok(ExitCode::SUCCESS)
}

pub fn verify(server: &str) -> anyhow::Result<ExitCode> {
    let url = format!("{server}/api/v1/verify");
    let (status, value) = answer(&url, agent().post(&url).send_empty())?;
    if status != 200 {
        bail!("{url} answered {status}: {value}");
    }
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let seq = value["seq"].as_u64().unwrap_or_default();
    Ok(super::offline::report(
        value["holds"] == true,
        seq,
        &text("live"),
        &text("rebuilt"),
    ))
}

/// The whole graph of a server, as JSON.
pub fn graph(server: &str) -> anyhow::Result<Vec<u8>> {
    let url = format!("{server}/api/v1/graph");
    let answer = agent().get(&url).call();
    let mut answer =
        answer.with_context(|| format!("no answer from {url}; is the server running there?"))?;
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(8 << 30)
        .read_to_vec()?;
    if answer.status().as_u16() != 200 {
        bail!(
            "{url} answered {}: {}",
            answer.status(),
            String::from_utf8_lossy(&bytes)
        );
    }
    Ok(bytes)
}

/// All events of a server as NDJSON.
pub fn events(server: &str) -> anyhow::Result<impl std::io::Read> {
    let url = format!("{server}/api/v1/events");
    let response = agent().get(&url).call();
    let response =
        response.with_context(|| format!("no answer from {url}; is the server running there?"))?;
    if response.status().as_u16() != 200 {
        bail!("{url} answered {}", response.status());
    }
    Ok(response.into_body().into_reader())
}
