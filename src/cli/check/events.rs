//! `headwater check openlineage`: events that describe the proposed state.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::impact::Place;
use crate::impact::events::{Proposed, changes, named};
use crate::openlineage::canonical::canonicalise;
use crate::openlineage::parse_event;

use super::Common;
use super::ask::Wanted;

#[derive(Args)]
pub struct EventsArgs {
    /// Files with `OpenLineage` events (an event, a JSON array, or one event a line) that describe
    /// the proposed state: which columns datasets will have, what jobs will read and write.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

pub fn run(args: &EventsArgs) -> anyhow::Result<ExitCode> {
    let mut events = Vec::new();
    for file in &args.files {
        let shown = file.display().to_string();
        let text = std::fs::read(file).with_context(|| format!("reading {shown}"))?;
        for (line, bytes) in split(&text).with_context(|| format!("reading {shown}"))? {
            let event = parse_event(bytes)
                .with_context(|| format!("{shown}:{line} is no OpenLineage event"))?;
            let place = Place {
                file: shown.clone(),
                line: Some(line),
            };
            events.push(Proposed { event, place });
        }
    }
    if events.is_empty() {
        bail!("there is no event in these files, so there is nothing to check");
    }
    let names = named(&events).into_iter();
    let wanted = Wanted {
        datasets: names
            .map(|name| (Some(name.namespace), name.name))
            .collect(),
        jobs: Vec::new(),
    };
    let observed = args.common.source().ask(&wanted)?;
    args.common
        .conclude(&changes(&events, &observed), &observed)
}

/// The events of a file with the lines that they begin at.
fn split(text: &[u8]) -> anyhow::Result<Vec<(u32, &[u8])>> {
    let line_of = |at: usize| {
        let lines = text[..at].split(|&byte| byte == b'\n').count();
        u32::try_from(lines).unwrap_or(u32::MAX)
    };
    if text.trim_ascii_start().starts_with(b"[") {
        let parts = crate::receive::split_array(text, usize::MAX)?;
        let parts = parts.into_iter();
        return Ok(parts
            .map(|part| (line_of(part.start), &text[part]))
            .collect());
    }
    if canonicalise(text).is_ok() {
        return Ok(vec![(1, text)]);
    }
    let lines = text.split(|&byte| byte == b'\n').zip(1..);
    let full = lines.filter(|(line, _)| !line.trim_ascii().is_empty());
    Ok(full.map(|(line, number)| (number, line)).collect())
}
