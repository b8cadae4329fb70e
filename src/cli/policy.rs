//! `policy`: looking at a policy file before a server is given it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::contract::policy::{Policy, Problem, json_schema};
use crate::engine::{read_policy, whole_policy};
use crate::openlineage::EventTime;

use super::{odcs, remote};

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
    /// Print the contracts that documents of the Open Data Contract Standard promise; what of them is
    /// not held goes to standard error.
    ImportOdcs(odcs::ImportArgs),
    /// Print a document of the Open Data Contract Standard for a dataset, or for all that a contract is
    /// about.
    ExportOdcs(odcs::ExportArgs),
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
        PolicyCommand::ImportOdcs(args) => odcs::import(args),
        PolicyCommand::ExportOdcs(args) => odcs::export(args),
    }
}

fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let policy = match read(file)? {
        Ok(policy) => policy,
        Err(code) => return Ok(code),
    };
    // Here, where somebody can mend it; a server goes on without it.
    let expired = policy.expired(EventTime::from(chrono::Utc::now()));
    if !expired.is_empty() {
        return Ok(tell(file, &expired));
    }
    for document in &policy.documents.named {
        for left in &document.left {
            eprintln!("{}:{left}", document.file);
        }
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

/// The policy of a file; when it is wrong, that was told and the exit code is left.
fn read(file: &Path) -> anyhow::Result<Result<Policy, ExitCode>> {
    // What is not there is another exit code than what is wrong.
    std::fs::metadata(file)
        .with_context(|| format!("cannot read the policy {}", file.display()))?;
    Ok(match read_policy(file) {
        Ok((policy, _)) => Ok(policy),
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            Err(ExitCode::from(1))
        }
    })
}

fn test(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let policy = match read(&args.file)? {
        Ok(policy) => policy,
        Err(code) => return Ok(code),
    };
    let text = if policy.documents.patterns.is_empty() {
        std::fs::read_to_string(&args.file)?
    } else {
        whole_policy(&args.file).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?
    };
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
        if contract["selected"] == 0 {
            text.push_str(
                "           selects nothing at present: look at its patterns, unless it is for what comes\n",
            );
        }
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
