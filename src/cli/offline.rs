//! Commands on the data folder of a stopped server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;

use crate::config::Config;
use crate::engine::{DataDir, Engine};

/// Time for catching up with a log; replaying is tens of thousands of events a second.
const CATCH_UP: Duration = Duration::from_secs(24 * 3600);

/// Opens the data folder of a stopped server and brings it up to date with its log.
pub fn open(dir: PathBuf, config: &Config) -> anyhow::Result<Engine> {
    if !dir.is_dir() {
        bail!("there is no data folder {}", dir.display());
    }
    let engine = Engine::open(&DataDir(dir), config.engine())?;
    for note in &engine.opening {
        eprintln!("headwater: {note}");
    }
    if !engine.settle(CATCH_UP) {
        bail!(
            "the catalog could not be brought up to date: {}",
            engine.status().broken.unwrap_or_default()
        );
    }
    Ok(engine)
}

pub fn digest(dir: PathBuf, config: &Config) -> anyhow::Result<ExitCode> {
    println!("{}", open(dir, config)?.catalog().digest()?.0);
    Ok(ExitCode::SUCCESS)
}

pub fn verify(dir: PathBuf, config: &Config) -> anyhow::Result<ExitCode> {
    let found = open(dir, config)?.verify()?;
    Ok(report(
        found.holds(),
        found.seq,
        &found.live.to_string(),
        &found.rebuilt.to_string(),
    ))
}

/// Prints what a comparison found.
pub fn report(holds: bool, seq: u64, live: &str, rebuilt: &str) -> ExitCode {
    println!("events   1 to {seq}\nlive     {live}\nrebuilt  {rebuilt}");
    if holds {
        println!("the live state is what its log leads to");
        return ExitCode::SUCCESS;
    }
    println!("THEY DIFFER: stop the server and run `headwater rebuild --data DIR`");
    ExitCode::from(1)
}

pub fn rebuild(dir: PathBuf, config: &Config) -> anyhow::Result<ExitCode> {
    if !dir.is_dir() {
        bail!("there is no data folder {}", dir.display());
    }
    let data = DataDir(dir.clone());
    // Held while the projections are moved, so that no server can have them open.
    drop(crate::log::SegmentLog::open(
        &data.log(),
        config.engine().log,
    )?);
    for folder in [data.store(), data.search(), data.emitters()] {
        if let Some(aside) = data.set_aside(&folder)? {
            println!("moved {} to {}", folder.display(), aside.display());
        }
    }
    let engine = open(dir, config)?;
    println!(
        "rebuilt from {} events; digest {}",
        engine.status().head_seq,
        engine.catalog().digest()?.0
    );
    Ok(ExitCode::SUCCESS)
}

pub fn status(dir: PathBuf, config: &Config) -> anyhow::Result<ExitCode> {
    let status = open(dir, config)?.status();
    println!("events      {}", status.head_seq);
    println!("datasets    {}", status.counts.datasets);
    println!("columns     {}", status.counts.columns);
    println!("jobs        {}", status.counts.jobs);
    println!("runs        {}", status.counts.runs);
    println!(
        "log         {} bytes in {} segments",
        status.log.bytes, status.log.segments
    );
    println!("store       {} bytes", status.store_bytes);
    Ok(ExitCode::SUCCESS)
}
