//! The store on sled 0.34, held as its measured weaknesses require.
//!
//! - It may panic or refuse to open after damage: opened behind `catch_unwind`, and every failure
//!   means "rebuild from the log".
//! - Large values go to files that are never synced: values over [`CHUNK`] are cut into pieces in a
//!   second tree, addressed by key and content so that a torn write is never half a value.
//! - `flush()` does not fsync on Linux. Nothing here needs it: the offset is written in one batch
//!   with what it covers, and the log is the truth.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Pairs, Store, StoreError, WriteBatch};

/// Values longer than this are cut into pieces of this size.
const CHUNK: usize = 8 << 10;
/// Page cache, bytes.
const CACHE: u64 = 64 << 20;
/// First byte of a value that stands in the main tree.
const INLINE: u8 = 0;
/// First byte of a value in pieces; then 16 bytes of content hash and the length (u32 LE).
const PIECES: u8 = 1;

/// A folder of sled's.
pub struct SledStore {
    db: sled::Db,
    main: sled::Tree,
    pieces: sled::Tree,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    let text = error.to_string();
    // By its text: sled hands errors on to other threads as text alone.
    if text.contains("No space left on device") || text.contains("StorageFull") {
        return StoreError::Full(text);
    }
    StoreError::Failed(text)
}

impl SledStore {
    /// Opens or creates the store in `dir`.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it open, [`StoreError::Failed`] when it is
    /// damaged (also where sled itself would panic).
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let config = sled::Config::new().path(dir).cache_capacity(CACHE);
            let db = config.flush_every_ms(Some(1000)).open()?;
            let main = db.open_tree("main")?;
            let pieces = db.open_tree("pieces")?;
            sled::Result::Ok(Self { db, main, pieces })
        }));
        match opened {
            Ok(Ok(store)) => Ok(store),
            Ok(Err(sled::Error::Io(error))) if error.to_string().contains("lock") => {
                Err(StoreError::InUse(dir.display().to_string()))
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(failed("sled panicked while opening it: it is damaged")),
        }
    }

    fn unpack(&self, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        match stored.split_first() {
            Some((&INLINE, value)) => Ok(value.to_vec()),
            Some((&PIECES, rest)) if rest.len() == 20 => {
                let (hash, length) = rest.split_at(16);
                let length = length
                    .iter()
                    .rev()
                    .fold(0, |n, &byte| (n << 8) | usize::from(byte));
                let mut value = Vec::with_capacity(length);
                for piece in self.pieces.scan_prefix(hash) {
                    value.extend_from_slice(&piece.map_err(failed)?.1);
                }
                if value.len() != length {
                    return Err(failed("pieces of a large value are missing"));
                }
                Ok(value)
            }
            _ => Err(failed("a value has an unknown form")),
        }
    }

    fn pack(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, StoreError> {
        if value.len() <= CHUNK {
            let mut stored = Vec::with_capacity(value.len() + 1);
            stored.push(INLINE);
            stored.extend_from_slice(value);
            return Ok(stored);
        }
        let length = u32::try_from(value.len()).map_err(|_| failed("a value is over 4 GiB"))?;
        let hash = blake3::Hasher::new().update(key).update(value).finalize();
        let hash = &hash.as_bytes()[..16];
        for (i, piece) in (0_u32..).zip(value.chunks(CHUNK)) {
            let key = [hash, &i.to_be_bytes()].concat();
            self.pieces.insert(key, piece).map_err(failed)?;
        }
        Ok([&[PIECES], hash, &length.to_le_bytes()[..]].concat())
    }

    /// Removes the pieces that `stored`, a value about to be replaced, points to.
    fn drop_pieces(&self, stored: &[u8]) -> Result<(), StoreError> {
        if stored.first() != Some(&PIECES) || stored.len() != 21 {
            return Ok(());
        }
        for piece in self.pieces.scan_prefix(&stored[1..17]).keys() {
            self.pieces.remove(piece.map_err(failed)?).map_err(failed)?;
        }
        Ok(())
    }
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.main.get(key).map_err(failed)?;
        stored.map(|stored| self.unpack(&stored)).transpose()
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        let mut main = sled::Batch::default();
        let mut replaced = Vec::new();
        for (key, value) in &batch.writes {
            let Some(value) = value else {
                main.remove(key.as_slice());
                continue;
            };
            let stored = self.pack(key, value)?;
            if stored[0] == PIECES
                && let Some(old) = self.main.get(key).map_err(failed)?
                && *old != *stored
            {
                replaced.push(old);
            }
            main.insert(key.as_slice(), stored);
        }
        self.main.apply_batch(main).map_err(failed)?;
        replaced.iter().try_for_each(|old| self.drop_pieces(old))
    }

    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        let prefix = prefix.to_vec();
        let start = after.map_or_else(|| prefix.clone(), |after| [after, &[0]].concat());
        let pairs = self.main.range(start..).map(|pair| pair.map_err(failed));
        let pairs = pairs.take_while(move |pair| match pair {
            Ok((key, _)) => key.starts_with(&prefix),
            Err(_) => true,
        });
        Box::new(pairs.map(|pair| {
            let (key, stored) = pair?;
            Ok((key.to_vec(), self.unpack(&stored)?))
        }))
    }

    fn size_bytes(&self) -> u64 {
        self.db.size_on_disk().unwrap_or_default()
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map(|_| ()).map_err(failed)
    }
}
