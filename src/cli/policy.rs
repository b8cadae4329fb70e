//! `policy`: looking at a policy file before a server is given it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::contract::policy::{Policy, Problem, json_schema};
use crate::openlineage::EventTime;

#[derive(Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Say what is wrong with a policy file, with line and column; exit code 1 when something is.
    Check(FileArgs),
    /// Print the JSON Schema of policy files, for editors.
    Schema,
}

#[derive(Args)]
struct FileArgs {
    /// The policy file.
    file: PathBuf,
}

pub fn run(args: &PolicyArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        PolicyCommand::Check(args) => check(&args.file),
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

fn tell(file: &Path, problems: &[Problem]) -> ExitCode {
    for problem in problems {
        eprintln!("{}:{problem}", file.display());
    }
    ExitCode::from(1)
}
