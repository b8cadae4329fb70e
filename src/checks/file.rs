//! The file of a stored check: a line of JSON (the head), then the report, JSON packed by zstd with
//! its checksum. Lists need the line alone. A file is written beside its place, synced and renamed,
//! so it is there whole or not at all.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::impact::report::Report;
use crate::store::write_whole;

use super::{ChecksError, FORMAT, Head};

/// How names of files end.
pub const ENDING: &str = ".check";
/// Bytes of a head at most.
const HEAD: u64 = 64 << 10;
/// Bytes of an unpacked report at most, whatever a file says.
const REPORT: u64 = 1 << 30;
const LEVEL: i32 = 3;

/// Where the check of an id is.
pub fn path(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{id}{ENDING}"))
}

pub fn failed<'p>(
    what: &'static str,
    path: &'p Path,
) -> impl FnOnce(io::Error) -> ChecksError + use<'p> {
    move |source| ChecksError::Io {
        what,
        path: path.display().to_string(),
        source,
    }
}

fn damaged(path: &Path, reason: impl std::fmt::Display) -> ChecksError {
    ChecksError::Damaged {
        path: path.display().to_string(),
        reason: reason.to_string(),
    }
}

/// Writes a check; when it returns, it is on disk. Returns the bytes of the file.
pub fn write(dir: &Path, head: &Head, report: &Report) -> Result<u64, ChecksError> {
    let place = path(dir, &head.id);
    let written = pack(head, report).and_then(|bytes| {
        write_whole(&place, &bytes)?;
        Ok(bytes.len() as u64)
    });
    written.map_err(failed("writing the stored check", &place))
}

fn pack(head: &Head, report: &Report) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(head)?;
    bytes.push(b'\n');
    let mut packer = zstd::Encoder::new(bytes, LEVEL)?;
    packer.include_checksum(true)?;
    serde_json::to_writer(&mut packer, report)?;
    packer.finish()
}

/// The head of a file.
pub fn head(path: &Path) -> Result<Head, ChecksError> {
    open(path).map(|(head, _)| head)
}

/// The report of a file; `None` when there is no such file.
pub fn report(path: &Path) -> Result<Option<Report>, ChecksError> {
    let rest = match open(path) {
        Ok((_, rest)) => rest,
        Err(ChecksError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    zstd::Decoder::with_buffer(rest)
        .and_then(|unpacked| unpacked.take(REPORT).read_to_end(&mut text))
        .map_err(|error| damaged(path, error))?;
    let report = serde_json::from_slice(&text).map_err(|error| damaged(path, error))?;
    Ok(Some(report))
}

/// The head, and what stands behind it.
fn open(path: &Path) -> Result<(Head, BufReader<File>), ChecksError> {
    let file = File::open(path).map_err(failed("opening the stored check", path))?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    reader
        .by_ref()
        .take(HEAD)
        .read_until(b'\n', &mut line)
        .map_err(failed("reading the stored check", path))?;
    let head: Head = serde_json::from_slice(&line).map_err(|error| damaged(path, error))?;
    let version = head.headwater_stored_check;
    if version != FORMAT {
        let reason = format!("it has version {version} of the format, not {FORMAT}");
        return Err(damaged(path, reason));
    }
    if path.file_name() != self::path(Path::new(""), &head.id).file_name() {
        return Err(damaged(path, "it is the check of another id"));
    }
    Ok((head, reader))
}
