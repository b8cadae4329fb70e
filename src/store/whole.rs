//! Files that are there whole or not at all, for what is kept beside the store and the log.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// How names of files end that are being written.
pub const UNFINISHED: &str = ".unfinished";

/// Writes a file beside its place, syncs it, and puts it there; when it returns, it is on disk.
///
/// # Errors
/// What the system said; then the place is as it was.
pub fn write_whole(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = place.as_os_str().to_owned();
    beside.push(UNFINISHED);
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, place)?;
        match place.parent() {
            Some(dir) => File::open(dir)?.sync_all(),
            None => Ok(()),
        }
    };
    write().inspect_err(|_| {
        // What is left of it only takes room.
        _ = std::fs::remove_file(&beside);
    })
}
