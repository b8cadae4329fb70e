//! `generate`: the events of a generated estate.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::estate::generate::GenerateSpec;

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 1,000 datasets.
    S,
    /// 20,000 datasets.
    M,
    /// 100,000 datasets, a million columns, three million column edges.
    L,
    /// 20,000 datasets in 20 layers, 3 inputs each.
    Layered,
}

#[derive(Args)]
pub struct GenerateArgs {
    /// How large.
    #[arg(long, value_enum, default_value = "s")]
    size: Size,
    /// Equal seeds give equal bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Time of the last events, milliseconds since 1970; 2026-01-31T00:00:00Z unless given.
    #[arg(long, default_value_t = 1_769_817_600_000)]
    end_ms: i64,
    /// Runs of each job, where it should differ from the size's own.
    #[arg(long)]
    runs_per_job: Option<u32>,
}

pub fn generate(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let make = match args.size {
        Size::S => GenerateSpec::small,
        Size::M => GenerateSpec::medium,
        Size::L => GenerateSpec::large,
        Size::Layered => GenerateSpec::layered,
    };
    let mut spec = make(args.seed, args.end_ms);
    if let Some(runs) = args.runs_per_job {
        spec.runs_per_job = runs;
    }
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let truth = crate::estate::generate::generate(&spec, |line| {
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")
    })?;
    out.flush()?;
    eprintln!("{truth:#?}");
    Ok(ExitCode::SUCCESS)
}
