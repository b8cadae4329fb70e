//! `headwater check sql`: migrations, in the order of the files.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::migration::{Defaults, File, Migrations};
use crate::sql::Dialect;

use super::Common;
use super::ask::Wanted;

#[derive(Args)]
pub struct SqlArgs {
    /// Files of SQL, in the order in which they run.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The SQL: `postgres`, `snowflake`, `bigquery`, `redshift`, `databricks`, `duckdb` …; that of
    /// the namespace unless given.
    #[arg(long)]
    dialect: Option<String>,
    /// Namespace of the datasets, for example `postgres://prod:5432`.
    #[arg(long)]
    namespace: String,
    /// What stands before names that say less: `database.schema`, for example `shop.public`.
    #[arg(long)]
    default: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

pub fn run(args: &SqlArgs) -> anyhow::Result<ExitCode> {
    let dialect = match &args.dialect {
        Some(told) => Dialect::named(told),
        None => Dialect::of_namespace(&args.namespace),
    };
    let Some(dialect) = dialect else {
        match &args.dialect {
            Some(told) => bail!("--dialect {told}: there is no such dialect"),
            None => bail!(
                "the namespace {} does not tell which SQL it is; say so with --dialect",
                args.namespace
            ),
        }
    };
    let mut files = Vec::new();
    for path in &args.files {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {shown}"))?;
        files.push(File { path: shown, text });
    }
    let before = args.default.iter().flat_map(|told| told.split('.'));
    let place = Defaults {
        namespace: args.namespace.clone(),
        before: before.map(str::to_owned).collect(),
        dialect,
    };
    let migrations = Migrations::read(&files, place);
    let names = migrations.datasets().into_iter();
    let wanted = Wanted {
        datasets: names
            .map(|name| (Some(name.namespace), name.name))
            .collect(),
        jobs: Vec::new(),
    };
    let observed = args.common.source().ask(&wanted)?;
    args.common
        .conclude(&migrations.changes(&observed), &observed)
}
