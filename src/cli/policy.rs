//! `policy`: looking at a policy file before a server is given it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::contract::policy::{Policy, Problem, json_schema};
use crate::openlineage::EventTime;

use super::remote;

#[derive(Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Say what is wrong with a policy file, with line and column; exit code 1 when something is.
    Check(FileArgs),
    /// Say what a policy would find on a running server, now and on the days before. Nothing changes.
    Test(TestArgs),
    /// Print the JSON Schema of policy files, for editors.
    Schema,
}

#[derive(Args)]
struct FileArgs {
    /// The policy file.
    file: PathBuf,
}

#[derive(Args)]
struct TestArgs {
    /// The policy file.
    file: PathBuf,
    /// URL of the server, for example `http://127.0.0.1:5050`.
    #[arg(long)]
    server: String,
    /// Days before now that it is tried on too, 90 at most.
    #[arg(long, default_value_t = 30)]
    days: u32,
}

pub fn run(args: &PolicyArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        PolicyCommand::Check(args) => check(&args.file),
        PolicyCommand::Test(args) => test(args),
        PolicyCommand::Schema => {
            print!("{}", json_schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the policy {}", file.display()))?;
    let policy = match Policy::read(&text) {
        Ok(policy) => policy,
        Err(problems) => return Ok(tell(file, &problems)),
    };
    // Here, where somebody can mend it; a server goes on without it.
    let expired = policy.expired(EventTime::from(chrono::Utc::now()));
    if !expired.is_empty() {
        return Ok(tell(file, &expired));
    }
    println!(
        "{}: {} layers, {} contracts, {} exceptions; nothing is wrong",
        file.display(),
        policy.layers.len(),
        policy.contracts.len(),
        policy.exceptions.len()
    );
    Ok(ExitCode::SUCCESS)
}

fn test(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&args.file)
        .with_context(|| format!("cannot read the policy {}", args.file.display()))?;
    if let Err(problems) = Policy::read(&text) {
        return Ok(tell(&args.file, &problems));
    }
    let found = remote::try_policy(args.server.trim_end_matches('/'), text, args.days)?;
    print!("{}", told(&found));
    Ok(ExitCode::SUCCESS)
}

/// The answer of a trial as text.
fn told(found: &Value) -> String {
    let mut text = format!(
        "now: {} open, {} excepted; {} consumers, {} unclassified datasets\n\n",
        found["open"], found["excepted"], found["consumers"], found["unclassified"]
    );
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for contract in list(&found["contracts"]) {
        let examples = list(&contract["examples"]);
        let open = contract["open"].as_u64().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:8} {} ({}): {open} open, {} excepted",
            word(&contract["severity"]),
            word(&contract["name"]),
            word(&contract["rule"]),
            contract["excepted"]
        );
        for example in &examples {
            let _ = writeln!(text, "           {}", word(example));
        }
        let more = open.saturating_sub(examples.len() as u64);
        if more > 0 {
            let _ = writeln!(text, "           and {more} more");
        }
    }
    let before = list(&found["before"]);
    if !before.is_empty() {
        text.push_str("\nbefore, with the facets and layers of now:\n");
    }
    for day in before {
        let at = word(&day["at"]);
        let day_of = at.get(..10).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {day_of}  {} open, {} excepted",
            day["open"], day["excepted"]
        );
    }
    text
}

fn tell(file: &Path, problems: &[Problem]) -> ExitCode {
    for problem in problems {
        eprintln!("{}:{problem}", file.display());
    }
    ExitCode::from(1)
}
