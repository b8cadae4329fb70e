//! Where reports go: several formats at once, each to a file or to standard output.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::impact::report::{Format, Report};

#[derive(Args)]
pub struct OutputArgs {
    /// `text` (unless given), `markdown`, `json`, `sarif`, `junit` or `github`; several times for
    /// several reports, each with its file, as in `--format sarif=check.sarif`.
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    formats: Vec<String>,
    /// File for the report, when there is one; as many as formats, in their order, when there are
    /// several. `-` is standard output.
    #[arg(long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
}

struct Wanted {
    format: Format,
    file: Option<PathBuf>,
}

impl OutputArgs {
    fn wanted(&self) -> anyhow::Result<Vec<Wanted>> {
        let mut all = Vec::new();
        for told in &self.formats {
            let (format, file) = match told.split_once('=') {
                Some((format, file)) => (format, Some(PathBuf::from(file))),
                None => (told.as_str(), None),
            };
            let Some(format) = Format::named(format) else {
                bail!(
                    "--format {format}: there is no such format; take text, markdown, json, sarif, junit or github"
                );
            };
            all.push(Wanted { format, file });
        }
        if all.is_empty() {
            all.push(Wanted {
                format: Format::Text,
                file: None,
            });
        }
        let mut without: Vec<&mut Wanted> = all.iter_mut().filter(|w| w.file.is_none()).collect();
        if !self.outputs.is_empty() && self.outputs.len() != without.len() {
            bail!(
                "there are {} files (--output) for {} formats without one; write --format FORMAT=FILE",
                self.outputs.len(),
                without.len()
            );
        }
        for (wanted, file) in without.iter_mut().zip(&self.outputs) {
            wanted.file = Some(file.clone());
        }
        Ok(all)
    }

    /// That the flags make sense, before any work is done.
    pub fn check(&self) -> anyhow::Result<()> {
        self.wanted().map(|_| ())
    }

    /// Writes a report in each format.
    pub fn write(&self, report: &Report) -> anyhow::Result<()> {
        for wanted in self.wanted()? {
            let text = wanted.format.write(report);
            match wanted.file.filter(|file| file.as_os_str() != "-") {
                Some(file) => std::fs::write(&file, text)
                    .with_context(|| format!("writing {}", file.display()))?,
                None => std::io::stdout()
                    .write_all(text.as_bytes())
                    .context("writing to standard output")?,
            }
        }
        Ok(())
    }
}
