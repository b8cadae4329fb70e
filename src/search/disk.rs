//! Opening the index folder: make it, open it, or move it aside when it cannot be trusted.
//! The index is rebuilt from the log, so nothing here tries to repair.

use std::fs;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::indexer::{IndexWriter, IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, TantivyError};

use super::analyze::tokenizers;
use super::error::{Doing, SearchError};
use super::schema::{LAYOUT, schema};

/// File that tells the layout of the index in a folder.
const LAYOUT_FILE: &str = "layout";
/// File that tantivy keeps its list of segments in.
const META_FILE: &str = "meta.json";
/// Least and most memory that tantivy's one indexing thread takes, in bytes.
const MIN_BUDGET: usize = 16 << 20;
const MAX_BUDGET: usize = 2 << 30;
/// A segment is rewritten when more than this share of it is deleted.
const DELETED_SHARE: f32 = 0.3;

/// An index that may be written, and why it is a new one if an old one was not good.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) writer: IndexWriter,
    pub(super) reset_reason: Option<String>,
}

/// What a folder was found to be.
enum Found {
    Good(Box<(Index, IndexWriter)>),
    Nothing,
    Bad(String),
}

/// An index in memory.
pub(super) fn in_memory(memory_budget: usize) -> Result<Opened, SearchError> {
    let mut index = Index::create_in_ram(schema().0);
    index.set_tokenizers(tokenizers());
    let writer = writer(&index, memory_budget).doing("start a writer")?;
    Ok(Opened {
        index,
        writer,
        reset_reason: None,
    })
}

/// The index in `dir`, made if there is none. One that is broken, of another layout or not
/// ours is moved to a folder beside it first.
pub(super) fn in_folder(dir: &Path, memory_budget: usize) -> Result<Opened, SearchError> {
    let reason = match inspect(dir, memory_budget)? {
        Found::Good(good) => {
            let (index, writer) = *good;
            return Ok(Opened {
                index,
                writer,
                reset_reason: None,
            });
        }
        Found::Nothing => None,
        Found::Bad(reason) => {
            let aside = move_aside(dir)?;
            Some(format!("{reason}; moved to {}", aside.display()))
        }
    };
    let index = create(dir)?;
    let writer = writer(&index, memory_budget).doing("start a writer")?;
    Ok(Opened {
        index,
        writer,
        reset_reason: reason,
    })
}

fn inspect(dir: &Path, memory_budget: usize) -> Result<Found, SearchError> {
    let layout_file = dir.join(LAYOUT_FILE);
    match fs::read(&layout_file) {
        Ok(layout) if layout == LAYOUT.as_bytes() => {}
        Ok(layout) => {
            let found = String::from_utf8_lossy(&layout[..layout.len().min(80)]).into_owned();
            return Ok(Found::Bad(format!(
                "it has another layout ({:?}, this version has {:?})",
                found.trim_end(),
                LAYOUT.trim_end()
            )));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if is_empty(dir)? {
                return Ok(Found::Nothing);
            }
            let reason = "it is not a search index of this program".to_owned();
            return Ok(Found::Bad(reason));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            return Ok(Found::Bad("it is a file, not a folder".to_owned()));
        }
        Err(source) => return Err(io(&layout_file, "read", source)),
    }
    open(dir, memory_budget)
}

fn open(dir: &Path, memory_budget: usize) -> Result<Found, SearchError> {
    if !dir.join(META_FILE).exists() {
        return Ok(Found::Bad(format!("its {META_FILE} is missing")));
    }
    let bad = |what: &str, error: &dyn std::fmt::Display| Found::Bad(format!("{what}: {error}"));
    let mut index = match Index::open_in_dir(dir) {
        Ok(index) => index,
        Err(error) => return unless_io(dir, &error, |e| bad("it cannot be opened", e)),
    };
    if index.schema() != schema().0 {
        return Ok(Found::Bad(
            "its fields are not those of this version".to_owned(),
        ));
    }
    index.set_tokenizers(tokenizers());
    // The writer's lock comes before the check of the files: they would change under it
    // while another process writes.
    let writer = match writer(&index, memory_budget) {
        Ok(writer) => writer,
        Err(TantivyError::LockFailure(..)) => {
            return Err(SearchError::Locked(dir.to_owned()));
        }
        Err(error) => return unless_io(dir, &error, |e| bad("it cannot be written", e)),
    };
    match index.validate_checksum() {
        Ok(damaged) if damaged.is_empty() => {}
        Ok(damaged) => {
            let mut files: Vec<_> = damaged.iter().map(|f| f.display().to_string()).collect();
            files.sort_unstable();
            return Ok(Found::Bad(format!("damaged files: {}", files.join(", "))));
        }
        Err(error) => return unless_io(dir, &error, |e| bad("it cannot be checked", e)),
    }
    if let Err(error) = index.reader() {
        return unless_io(dir, &error, |e| bad("it cannot be read", e));
    }
    Ok(Found::Good(Box::new((index, writer))))
}

/// Tells a broken index from a machine that will not let us read it (no permission, too many
/// open files, a failing disk): the latter is an error, and nothing is moved.
fn unless_io(
    dir: &Path,
    error: &TantivyError,
    found: impl FnOnce(&TantivyError) -> Found,
) -> Result<Found, SearchError> {
    let (TantivyError::OpenReadError(OpenReadError::IoError {
        io_error: cause, ..
    })
    | TantivyError::IoError(cause)) = error
    else {
        return Ok(found(error));
    };
    // Kinds that come from the bytes, not from the machine.
    let from_bytes = matches!(
        cause.kind(),
        std::io::ErrorKind::InvalidData
            | std::io::ErrorKind::UnexpectedEof
            | std::io::ErrorKind::InvalidInput
            | std::io::ErrorKind::NotFound
            | std::io::ErrorKind::Other
    ) && cause.raw_os_error().is_none();
    if from_bytes {
        return Ok(found(error));
    }
    let source = std::io::Error::new(cause.kind(), cause.to_string());
    Err(io(dir, "open", source))
}

fn create(dir: &Path) -> Result<Index, SearchError> {
    fs::create_dir_all(dir).map_err(|source| io(dir, "create", source))?;
    let layout_file = dir.join(LAYOUT_FILE);
    fs::write(&layout_file, LAYOUT).map_err(|source| io(&layout_file, "write", source))?;
    let directory = MmapDirectory::open(dir).doing("open the folder")?;
    let mut index = Index::open_or_create(directory, schema().0).doing("create an index")?;
    index.set_tokenizers(tokenizers());
    Ok(index)
}

pub(super) fn writer(index: &Index, memory_budget: usize) -> tantivy::Result<IndexWriter> {
    // One thread: it keeps the columns of a dataset beside each other, which halves the
    // postings, and leaves the other cores to readers.
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(memory_budget.clamp(MIN_BUDGET, MAX_BUDGET))
        .build();
    let writer = index.writer_with_options(options)?;
    let mut merge_policy = LogMergePolicy::default();
    merge_policy.set_del_docs_ratio_before_merge(DELETED_SHARE);
    writer.set_merge_policy(Box::new(merge_policy));
    Ok(writer)
}

fn is_empty(dir: &Path) -> Result<bool, SearchError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(io(dir, "list", source)),
    }
}

/// Renames `dir` to the first free `<dir>.broken-<n>`.
fn move_aside(dir: &Path) -> Result<PathBuf, SearchError> {
    let mut number = 1_u32;
    loop {
        let mut name = dir.as_os_str().to_owned();
        name.push(format!(".broken-{number}"));
        let aside = PathBuf::from(name);
        if aside.symlink_metadata().is_err() {
            fs::rename(dir, &aside).map_err(|source| io(dir, "move aside", source))?;
            return Ok(aside);
        }
        number = number.saturating_add(1);
    }
}

fn io(path: &Path, action: &'static str, source: std::io::Error) -> SearchError {
    SearchError::Io {
        path: path.to_owned(),
        action,
        source,
    }
}
