//! The command line: one file a command. Exit codes: 0 done, 1 the answer is no (verify found a
//! difference), 2 it could not be done.

mod check;
mod estate;
mod listen;
mod odcs;
mod offline;
mod policy;
mod remote;
mod serve;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::api::Origin;
use crate::config::Config;

/// Lineage catalog and impact-analysis server: `OpenLineage` events in, exact answers out.
#[derive(Parser)]
#[command(name = "headwater", version)]
pub struct Cli {
    /// TOML file with settings; the environment and flags count for more.
    #[arg(long, global = true, env = "HEADWATER_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Run the server on a fresh store with a realistic estate, and say what to try.
    Demo(DemoArgs),
    /// Send events from files into a running server or a store; safe to repeat.
    Import(transfer::ImportArgs),
    /// Write all events, one a line, as they were received, or the graph as it is now.
    Export(transfer::ExportArgs),
    /// Tell what a change breaks before it goes in: exit code 0 it may, 1 it should not, 2 it cannot
    /// be told.
    Check(Box<check::CheckArgs>),
    /// Print the digest of the projected state: equal sets of events give equal digests.
    Digest(TargetArgs),
    /// Rebuild the state beside the live one and compare; exit code 1 when they differ.
    Verify(TargetArgs),
    /// Rebuild the catalog and search of a stopped server from its log.
    Rebuild(DataArgs),
    /// Say how a server or a store stands.
    Status(TargetArgs),
    /// Write the events of a generated estate, one a line, to standard output.
    Generate(estate::GenerateArgs),
    /// Look at a policy file.
    Policy(policy::PolicyArgs),
    /// Print the GraphQL schema.
    Schema,
}

/// Where a server keeps its data and listens.
#[derive(Args)]
struct ServeArgs {
    /// Folder for the log, the catalog and search; made when missing. `headwater-data` unless set.
    #[arg(long, env = "HEADWATER_SERVER_DATA")]
    data: Option<PathBuf>,
    /// Address and port, `127.0.0.1:5050` unless set; port 0 takes a free one and prints it.
    #[arg(long, env = "HEADWATER_SERVER_LISTEN")]
    listen: Option<String>,
    /// Policy file that lineage is held against (docs/CONTRACTS.md); read again when it changes.
    #[arg(long, env = "HEADWATER_POLICY_FILE")]
    policy: Option<PathBuf>,
    /// Address at which browsers find this server, `https://catalog.example.com`, where a proxy before
    /// it does not pass on the Host header: pages of other sites may change nothing. Several with
    /// commas; also from the environment, `HEADWATER_SERVER_ALLOWED_ORIGINS`.
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    allowed_origins: Option<Vec<Origin>>,
}

#[derive(Args)]
struct DemoArgs {
    /// Address and port, `127.0.0.1:5050` unless set; port 0 takes a free one and prints it.
    #[arg(long, env = "HEADWATER_SERVER_LISTEN")]
    listen: Option<String>,
    /// Keep the data in this folder, which must be empty; a temporary one unless given.
    #[arg(long)]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct DataArgs {
    /// Data folder of a stopped server.
    #[arg(long, env = "HEADWATER_SERVER_DATA")]
    data: PathBuf,
}

/// A running server or the data folder of a stopped one.
#[derive(Args, Clone)]
#[group(required = true, multiple = false)]
struct TargetArgs {
    /// URL of a running server, for example `http://127.0.0.1:5050`.
    #[arg(long)]
    server: Option<String>,
    /// Data folder of a stopped server.
    #[arg(long)]
    data: Option<PathBuf>,
}

enum Target {
    Server(String),
    Data(PathBuf),
}

impl TargetArgs {
    fn target(&self) -> anyhow::Result<Target> {
        match (&self.server, &self.data) {
            (Some(server), None) => Ok(Target::Server(server.trim_end_matches('/').to_owned())),
            (None, Some(data)) => Ok(Target::Data(data.clone())),
            _ => anyhow::bail!("give either --server URL or --data DIR"),
        }
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("headwater: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(cli.config.as_deref(), |name| std::env::var(name).ok())?;
    match cli.command {
        Command::Serve(args) => {
            lay_over(&mut config, args.data, args.listen);
            if let Some(file) = args.policy {
                config.policy.file = file;
            }
            if let Some(origins) = args.allowed_origins {
                config.server.allowed_origins = origins;
            }
            serve::serve(&config)
        }
        Command::Demo(args) => {
            lay_over(&mut config, None, args.listen);
            serve::demo(config, args.data.as_deref())
        }
        Command::Import(args) => transfer::import(&args, &config),
        Command::Export(args) => transfer::export(&args, &config),
        Command::Check(args) => Ok(check::check(&args)),
        Command::Digest(args) => match args.target()? {
            Target::Server(url) => remote::digest(&url),
            Target::Data(dir) => offline::digest(dir, &config),
        },
        Command::Verify(args) => match args.target()? {
            Target::Server(url) => remote::verify(&url),
            Target::Data(dir) => offline::verify(dir, &config),
        },
        Command::Rebuild(args) => offline::rebuild(args.data, &config),
        Command::Status(args) => match args.target()? {
            Target::Server(url) => remote::status(&url),
            Target::Data(dir) => offline::status(dir, &config),
        },
        Command::Generate(args) => estate::generate(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Schema => {
            print!("{}", crate::api::graphql::sdl());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn lay_over(config: &mut Config, data: Option<PathBuf>, listen: Option<String>) {
    if let Some(data) = data {
        config.server.data = data;
    }
    if let Some(listen) = listen {
        config.server.listen = listen;
    }
}
