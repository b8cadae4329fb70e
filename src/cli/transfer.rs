//! `import` and `export`: events in and out, verbatim.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Config;
use crate::engine::{Engine, ReceiptStatus};

use super::{Target, TargetArgs, offline, remote};

/// Events sent at once.
const BATCH: usize = 500;
/// Bytes sent at once, unless one event has more.
const BATCH_BYTES: usize = 8 << 20;

#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Files or folders: NDJSON, a JSON array or a single event, also .gz and .zst; `-` is standard
    /// input.
    #[arg(required = true)]
    from: Vec<PathBuf>,
}

/// What is exported.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Exported {
    /// All events, verbatim.
    Events,
    /// The graph as it is now, with names and evidence, for `headwater check --graph`.
    Graph,
}

#[derive(Args)]
pub struct ExportArgs {
    /// What: `events`, or `graph` (zstd where the file ends in .zst).
    #[arg(value_enum, default_value = "events")]
    what: Exported,
    #[command(flatten)]
    target: TargetArgs,
    /// File to write; standard output unless given.
    #[arg(long)]
    output: Option<PathBuf>,
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    duplicate: usize,
    refused: usize,
}

enum Sink {
    Server(String),
    Store(Box<Engine>, tokio::runtime::Runtime),
}

struct Importer {
    sink: Sink,
    waiting: Vec<(String, Vec<u8>)>,
    bytes: usize,
    tally: Tally,
    bar: ProgressBar,
}

pub fn import(args: &ImportArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let sink = match args.target.target()? {
        Target::Server(url) => Sink::Server(url),
        Target::Data(dir) => {
            std::fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            Sink::Store(Box::new(offline::open(dir, config)?), runtime)
        }
    };
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template(
        "{spinner} {pos} events ({per_sec}) {msg}",
    )?);
    let mut importer = Importer {
        sink,
        waiting: Vec::new(),
        bytes: 0,
        tally: Tally::default(),
        bar,
    };
    for path in &args.from {
        importer.path(path)?;
    }
    importer.send()?;
    importer.bar.finish_and_clear();
    if let Sink::Store(engine, _) = &importer.sink {
        if !engine.settle(std::time::Duration::from_secs(24 * 3600)) {
            bail!(
                "the events are durable, but the catalog did not follow; run `headwater rebuild`"
            );
        }
        engine.stop()?;
    }
    let Tally {
        accepted,
        duplicate,
        refused,
    } = importer.tally;
    println!("{accepted} new, {duplicate} known already, {refused} refused");
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

impl Importer {
    fn path(&mut self, path: &Path) -> anyhow::Result<()> {
        if path == Path::new("-") {
            return self.stream("standard input", std::io::stdin().lock());
        }
        if path.is_dir() {
            let entries =
                std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
            let mut inside: Vec<PathBuf> = entries
                .map(|entry| Ok(entry?.path()))
                .collect::<std::io::Result<_>>()?;
            inside.sort();
            return inside
                .iter()
                .filter(|inside| inside.is_dir() || is_events(inside))
                .try_for_each(|inside| self.path(inside));
        }
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let name = path.display().to_string();
        match path.extension().and_then(|e| e.to_str()) {
            Some("gz") => self.stream(
                &name,
                BufReader::new(flate2::read::MultiGzDecoder::new(file)),
            ),
            Some("zst") => self.stream(&name, BufReader::new(zstd::Decoder::new(file)?)),
            _ => self.stream(&name, BufReader::with_capacity(1 << 20, file)),
        }
    }

    /// NDJSON by lines; what starts with `[`, or is one event over several lines, as a whole.
    fn stream(&mut self, name: &str, mut source: impl BufRead) -> anyhow::Result<()> {
        self.bar.set_message(name.to_owned());
        let mut line = Vec::new();
        let mut number = 0;
        loop {
            line.clear();
            if source
                .read_until(b'\n', &mut line)
                .with_context(|| format!("reading {name}"))?
                == 0
            {
                return Ok(());
            }
            number += 1;
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let whole = number == 1
                && (text[0] == b'[' || crate::openlineage::canonical::canonicalise(text).is_err());
            if whole {
                let mut all = line.clone();
                source
                    .read_to_end(&mut all)
                    .with_context(|| format!("reading {name}"))?;
                return self.whole(name, &all);
            }
            self.hold(format!("{name}:{number}"), text.to_vec())?;
        }
    }

    fn whole(&mut self, name: &str, text: &[u8]) -> anyhow::Result<()> {
        if text.trim_ascii().starts_with(b"[") {
            let parts = crate::receive::split_array(text, usize::MAX)
                .with_context(|| format!("reading {name}"))?;
            for (index, part) in parts.into_iter().enumerate() {
                self.hold(format!("{name}[{index}]"), text[part].to_vec())?;
            }
            return Ok(());
        }
        if crate::openlineage::canonical::canonicalise(text).is_ok() {
            return self.hold(name.to_owned(), text.to_vec());
        }
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() {
                self.hold(format!("{name}:{}", number + 1), line.to_vec())?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, place: String, event: Vec<u8>) -> anyhow::Result<()> {
        if !self.waiting.is_empty()
            && (self.waiting.len() >= BATCH || self.bytes + event.len() > BATCH_BYTES)
        {
            self.send()?;
        }
        self.bytes += event.len();
        self.waiting.push((place, event));
        Ok(())
    }

    fn send(&mut self) -> anyhow::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        self.bar.inc(waiting.len() as u64);
        if waiting.is_empty() {
            return Ok(());
        }
        match &self.sink {
            Sink::Server(url) => {
                let url = url.clone();
                // A text that is no JSON would spoil the array, so it never gets in.
                let (good, bad): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, event)| {
                    crate::openlineage::canonical::canonicalise(event).is_ok()
                });
                for (place, event) in bad {
                    let reason = crate::openlineage::parse_event(&event)
                        .err()
                        .map(|e| e.to_string());
                    self.refuse(&place, &reason.unwrap_or_default());
                }
                let events: Vec<&[u8]> = good.iter().map(|(_, event)| event.as_slice()).collect();
                let batch = [b"[", events.join(&b","[..]).as_slice(), b"]"].concat();
                let sent = remote::send_batch(&url, &batch)?;
                self.tally.accepted += sent.accepted;
                self.tally.duplicate += sent.duplicate;
                for (index, reason) in sent.refused {
                    let place = good
                        .get(index)
                        .map(|(place, _)| place.clone())
                        .unwrap_or_default();
                    self.refuse(&place, &reason);
                }
            }
            Sink::Store(engine, runtime) => {
                let events = waiting
                    .iter()
                    .map(|(_, event)| Bytes::copy_from_slice(event))
                    .collect();
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
                let answers = runtime.block_on(engine.accept(events, now))?;
                for ((place, _), answer) in waiting.iter().zip(answers) {
                    match answer {
                        Ok(receipt) if receipt.status == ReceiptStatus::Accepted => {
                            self.tally.accepted += 1
                        }
                        Ok(_) => self.tally.duplicate += 1,
                        Err(error) => self.refuse(place, &error.to_string()),
                    }
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, place: &str, reason: &str) {
        self.tally.refused += 1;
        self.bar.suspend(|| eprintln!("refused {place}: {reason}"));
    }
}

fn is_events(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    [".ndjson", ".jsonl", ".json"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// How long a stopped server's SQL may take to be read before its graph is exported.
const READ_SQL: std::time::Duration = std::time::Duration::from_secs(600);

fn export_graph(args: &ExportArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let bytes = match args.target.target()? {
        Target::Server(url) => remote::graph(&url)?,
        Target::Data(dir) => {
            let engine = offline::open(dir, config)?;
            let start = std::time::Instant::now();
            while engine.status().sql_waiting > 0 && start.elapsed() < READ_SQL {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            serde_json::to_vec(&engine.observed(&mut || true)?)?
        }
    };
    match &args.output {
        Some(path) => {
            let packed = path.extension().is_some_and(|end| end == "zst");
            let bytes = if packed {
                zstd::encode_all(bytes.as_slice(), 3).context("packing the graph")?
            } else {
                bytes
            };
            std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
        }
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}

pub fn export(args: &ExportArgs, config: &Config) -> anyhow::Result<ExitCode> {
    if args.what == Exported::Graph {
        return export_graph(args, config);
    }
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("making {}", path.display()))?;
            Box::new(BufWriter::with_capacity(1 << 20, file))
        }
        None if std::io::stdout().is_terminal() => Box::new(std::io::stdout().lock()),
        None => Box::new(BufWriter::with_capacity(1 << 20, std::io::stdout().lock())),
    };
    match args.target.target()? {
        Target::Server(url) => {
            let mut events = remote::events(&url)?;
            copy(&mut events, &mut out)?;
        }
        Target::Data(dir) => {
            let log = crate::engine::DataDir(dir.clone()).log();
            if !log.is_dir() {
                bail!("there is no data folder {}", dir.display());
            }
            let (log, _) = crate::log::SegmentLog::open(&log, config.engine().log)?;
            for logged in crate::log::EventLog::read_from(&log, 1)? {
                out.write_all(&crate::api::rest::on_one_line(&logged?.payload))?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> anyhow::Result<()> {
    std::io::copy(from, to).context("the server's answer broke off")?;
    Ok(())
}
