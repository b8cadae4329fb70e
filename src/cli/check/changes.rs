//! `headwater check changes FILE`: changes that a file lists.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::contract::policy::yaml;
use crate::impact::{ChangeFile, ChangeSet};

use super::Common;
use super::ask::Wanted;

#[derive(Args)]
pub struct ChangesArgs {
    /// The file; `-` is standard input.
    file: PathBuf,
    #[command(flatten)]
    pub(super) common: Common,
}

pub fn run(args: &ChangesArgs) -> anyhow::Result<ExitCode> {
    let shown = args.file.display();
    let text = if args.file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("reading standard input")?
    } else {
        std::fs::read_to_string(&args.file).with_context(|| format!("reading {shown}"))?
    };
    let set = read(&text).with_context(|| format!("{shown} is no change file"))?;
    let observed = args.common.source().ask(&Wanted::of(&set))?;
    args.common.conclude(&set, &observed)
}

fn read(text: &str) -> anyhow::Result<ChangeSet> {
    let file: ChangeFile = if text.trim_start().starts_with('{') {
        serde_json::from_str(text)?
    } else {
        let node = yaml::read(text).map_err(|problem| anyhow::anyhow!("{problem}"))?;
        serde_json::from_value(super::yaml::json(&node))?
    };
    Ok(file.read()?)
}
