//! `headwater check`: may this change go in?
//!
//! Exit codes: 0 it may (or somebody should look), 1 it should not, 2 it could not be told.

mod ask;
mod changes;
mod ci;
#[cfg(feature = "sql")]
mod dbt;
mod events;
mod output;
#[cfg(feature = "sql")]
mod sql;
mod store;
mod yaml;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use crate::engine::read_policy;
use crate::impact::report::Report;
use crate::impact::{Action, ChangeSet, CheckPolicy, Observed, assess};

use ask::Source;

/// The policy file that is read where none is given.
const POLICY: &str = "headwater.policy.yaml";

#[derive(Args)]
pub struct CheckArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check the changes that a file lists (JSON or YAML; docs/CHECK.md).
    Changes(changes::ChangesArgs),
    /// Check `OpenLineage` events that describe the proposed state.
    #[command(name = "openlineage")]
    Events(events::EventsArgs),
    /// Check two versions of a dbt project by their artifacts.
    #[cfg(feature = "sql")]
    Dbt(dbt::DbtArgs),
    /// Check migrations: files of SQL, in the order in which they run.
    #[cfg(feature = "sql")]
    Sql(sql::SqlArgs),
}

/// What every check takes.
#[derive(Args)]
struct Common {
    /// URL of the server whose graph is asked, for example `http://127.0.0.1:5050`. A token for it
    /// is read from `HEADWATER_TOKEN`.
    #[arg(long, env = "HEADWATER_SERVER", conflicts_with = "graph")]
    server: Option<String>,
    /// File with an exported graph (`headwater export graph`), instead of a server.
    #[arg(long)]
    graph: Option<PathBuf>,
    /// Policy file, whose section `check` says what passes, warns or fails, and what is waived;
    /// `headwater.policy.yaml` where there is one, unless given.
    #[arg(long)]
    policy: Option<PathBuf>,
    #[command(flatten)]
    output: output::OutputArgs,
    #[command(flatten)]
    store: store::StoreArgs,
    /// What a check that could not tell exits with: 0 (pass) or 1 (fail); 2 unless given.
    #[arg(long, value_enum)]
    on_error: Option<OnError>,
}

#[derive(Clone, Copy, ValueEnum)]
enum OnError {
    Pass,
    Fail,
}

impl Common {
    /// That the flags make sense, before any work is done.
    fn check(&self) -> anyhow::Result<()> {
        self.output.check()?;
        self.store.check(self.server.as_deref())
    }

    /// The exit code of a check that could not tell.
    fn untold(&self) -> u8 {
        match self.on_error {
            Some(OnError::Pass) => 0,
            Some(OnError::Fail) => 1,
            None => 2,
        }
    }

    fn source(&self) -> Source {
        match (&self.server, &self.graph) {
            (Some(server), _) => Source::Server(server.trim_end_matches('/').to_owned()),
            (None, Some(graph)) => Source::File(graph.clone()),
            (None, None) => Source::Nothing,
        }
    }

    fn policy(&self) -> anyhow::Result<CheckPolicy> {
        let usual = PathBuf::from(POLICY);
        let file = match &self.policy {
            Some(file) => file.clone(),
            None if usual.is_file() => usual,
            None => return Ok(CheckPolicy::default()),
        };
        match read_policy(&file) {
            Ok((policy, _)) => Ok(policy.check),
            Err(problems) => bail!("the policy is not right:\n{}", problems.join("\n")),
        }
    }

    /// The verdict on a change set, stored if that is wanted, and printed.
    fn conclude(&self, set: &ChangeSet, observed: &Observed) -> anyhow::Result<ExitCode> {
        let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
        let mut report = assess(set, observed, &self.policy()?, &today);
        let exit = self.exit(&report);
        self.store.store(&mut report, exit, self.server.as_deref());
        self.output.write(&report)?;
        Ok(ExitCode::from(exit))
    }

    fn exit(&self, report: &Report) -> u8 {
        match report.verdict {
            Action::Pass | Action::Warn => 0,
            Action::Fail => 1,
            Action::CannotTell => self.untold(),
        }
    }
}

/// Runs a check. What goes wrong is said, and counts as "could not tell".
pub fn check(args: &CheckArgs) -> ExitCode {
    let common = match &args.what {
        What::Changes(args) => &args.common,
        What::Events(args) => &args.common,
        #[cfg(feature = "sql")]
        What::Dbt(args) => &args.common,
        #[cfg(feature = "sql")]
        What::Sql(args) => &args.common,
    };
    let done = common.check().and_then(|()| match &args.what {
        What::Changes(args) => changes::run(args),
        What::Events(args) => events::run(args),
        #[cfg(feature = "sql")]
        What::Dbt(args) => dbt::run(args),
        #[cfg(feature = "sql")]
        What::Sql(args) => sql::run(args),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("headwater check: could not tell: {error:#}");
            ExitCode::from(common.untold())
        }
    }
}
