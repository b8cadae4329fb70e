//! Storing the report on the server, for a link to it.

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Deserialize;

use crate::checks::{Context, Draft, FORMAT};
use crate::impact::report::Report;

use super::{ask, ci};

#[derive(Args)]
pub struct StoreArgs {
    /// Store the report on the server, and tell its link in the report.
    #[arg(long, env = "HEADWATER_STORE", value_parser = clap::builder::FalseyValueParser::new())]
    store: bool,
    /// What the stored check is called; the title of the pull request, as the environment of CI
    /// tells it, unless given.
    #[arg(long)]
    title: Option<String>,
    /// The repository; as CI tells it unless given.
    #[arg(long)]
    repository: Option<String>,
    /// The branch; as CI tells it unless given.
    #[arg(long)]
    branch: Option<String>,
    /// The commit, or another ref of what is checked; as CI tells it unless given.
    #[arg(long = "ref", value_name = "REF")]
    commit: Option<String>,
    /// Link to the pull request or the job; as CI tells it unless given.
    #[arg(long)]
    url: Option<String>,
}

/// What a server said to a check.
#[derive(Deserialize)]
struct Stored {
    path: String,
    dropped: usize,
    keep: usize,
}

impl StoreArgs {
    /// That the flags make sense, before any work is done.
    pub fn check(&self, server: Option<&str>) -> anyhow::Result<()> {
        if self.store && server.is_none() {
            bail!("--store needs the server that keeps the report; say which with --server URL");
        }
        Ok(())
    }

    /// Stores the report if that is wanted, and notes its link in it. A report that could not be stored
    /// is as true as one that was: that is said, and the exit code stays.
    pub fn store(&self, report: &mut Report, exit: u8, server: Option<&str>) {
        let Some(server) = server.filter(|_| self.store) else {
            return;
        };
        match self.send(report, exit, server.trim_end_matches('/')) {
            Ok(link) => report.link = Some(link),
            Err(error) => eprintln!("headwater check: the report was not stored: {error:#}"),
        }
    }

    fn send(&self, report: &Report, exit: u8, server: &str) -> anyhow::Result<String> {
        let draft = Draft {
            headwater_stored_check: FORMAT,
            checked_at: chrono::Utc::now(),
            context: self.context(),
            exit,
            report: report.clone(),
        };
        let body = serde_json::to_vec(&draft).context("writing the report")?;
        let url = format!("{server}/api/v1/checks");
        let (status, bytes) = ask::post(server, &url, &body)?;
        match status {
            200 | 201 => {}
            401 | 403 => bail!(
                "{server} refuses the token ({status}); set HEADWATER_TOKEN to one that may write"
            ),
            404 | 405 => bail!(
                "{url} answered {status}: is {server} a Headwater server, of this version or a later one?"
            ),
            _ => bail!("{url} answered {status}: {}", ask::reason(&bytes)),
        }
        let stored: Stored =
            serde_json::from_slice(&bytes).with_context(|| format!("the answer of {url}"))?;
        if stored.dropped > 0 {
            eprintln!(
                "headwater check: the server keeps {} checks (checks.keep, checks.total_bytes); {} older ones were deleted",
                stored.keep, stored.dropped
            );
        }
        Ok(format!("{server}{}", stored.path))
    }

    fn context(&self) -> Context {
        let variable = |name: &str| std::env::var(name).ok();
        let told = ci::context(&variable, &|path| std::fs::read_to_string(path).ok());
        let context = Context {
            title: self.title.clone().or(told.title),
            repository: self.repository.clone().or(told.repository),
            branch: self.branch.clone().or(told.branch),
            commit: self.commit.clone().or(told.commit),
            url: self.url.clone().or(told.url),
        };
        context.fitted()
    }
}
