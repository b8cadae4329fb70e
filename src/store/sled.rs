//! The store on sled 0.34, held as its measured weaknesses require.
//!
//! - Writing a key costs it some 5 µs, for its leaves are split at 17 keys: neighbouring records
//!   stand together in pages (`pages.rs`), and a page is what sled has a key for.
//! - It may panic or refuse to open after damage: opened behind `catch_unwind`, and every failure
//!   means "rebuild from the log".
//! - Large values go to files that are never synced: values over [`CHUNK`] are cut into pieces in a
//!   second tree, addressed by key and content so that a torn write is never half a value.
//! - `flush()` does not fsync on Linux. Nothing here needs it: the offset is written in one batch
//!   with what it covers, and the log is the truth.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parking_lot::Mutex;

use super::pages::{self, Value};
use super::{Pair, Pairs, Store, StoreError, WriteBatch};

/// Values longer than this are cut into pieces of this size: a leaf of seventeen stays below the
/// 128 KiB from which on sled makes a file.
const CHUNK: usize = 4 << 10;
/// Bytes of a page, about. A page is written whole: larger ones cost disk where single records change
/// all over the place, smaller ones time where runs come one after the other (measured:
/// `docs/BENCHMARKS.md`).
const PAGE: usize = 1 << 10;
/// Page cache, bytes.
const CACHE: u64 = 64 << 20;
/// The tree of pages.
const PAGES: &str = "pages";
/// The tree in which each record had its own key, up to layout 16 of the catalog.
const SINGLE_RECORDS: &[u8] = b"main";

/// A folder of sled's.
pub struct SledStore {
    db: sled::Db,
    pages: sled::Tree,
    pieces: sled::Tree,
    page: usize,
    /// Pages are read, changed and written: one writer at a time.
    writing: Mutex<()>,
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
    /// damaged (also where sled itself would panic) or was made by an earlier version.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::with_pages_of(PAGE, dir)
    }

    fn with_pages_of(page: usize, dir: &Path) -> Result<Self, StoreError> {
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let config = sled::Config::new().path(dir).cache_capacity(CACHE);
            let db = config.flush_every_ms(Some(1000)).open()?;
            if db.tree_names().iter().any(|name| name == SINGLE_RECORDS) {
                return Ok(None);
            }
            let pages = db.open_tree(PAGES)?;
            let pieces = db.open_tree("pieces")?;
            sled::Result::Ok(Some(Self {
                db,
                pages,
                pieces,
                page,
                writing: Mutex::new(()),
            }))
        }));
        match opened {
            Ok(Ok(Some(store))) => Ok(store),
            Ok(Ok(None)) => Err(failed("it was made by an earlier version")),
            Ok(Err(sled::Error::Io(error))) if error.to_string().contains("lock") => {
                Err(StoreError::InUse(dir.display().to_string()))
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(failed("sled panicked while opening it: it is damaged")),
        }
    }

    /// The page of a key, with what sled has it under; `None` before the first write.
    fn page_of(&self, key: &[u8]) -> Result<Option<(sled::IVec, sled::IVec)>, StoreError> {
        let mut before = self.pages.range(..=lower_bound(key));
        before.next_back().transpose().map_err(failed)
    }

    /// A value that stands apart, by what its page holds for it; `None` when its pieces are not there.
    fn whole(&self, held: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((hash, length)) = held.split_at_checked(16) else {
            return Err(failed("a large value has an unknown form"));
        };
        let length = length
            .iter()
            .rev()
            .fold(0, |n, &byte| (n << 8) | usize::from(byte));
        let mut whole = Vec::new();
        for piece in self.pieces.scan_prefix(hash) {
            whole.extend_from_slice(&piece.map_err(failed)?.1);
        }
        Ok((whole.len() == length).then_some(whole))
    }

    /// What a page holds for a value, and whether that is not the value itself but where its pieces
    /// are: 16 bytes of hash and the length (u32 LE). Writes the pieces.
    fn pack<'a>(&self, key: &[u8], value: &'a [u8]) -> Result<(Cow<'a, [u8]>, bool), StoreError> {
        if value.len() <= CHUNK {
            return Ok((Cow::Borrowed(value), false));
        }
        let length = u32::try_from(value.len()).map_err(|_| failed("a value is over 4 GiB"))?;
        let hash = blake3::Hasher::new().update(key).update(value).finalize();
        let hash = &hash.as_bytes()[..16];
        for (i, piece) in (0_u32..).zip(value.chunks(CHUNK)) {
            let key = [hash, &i.to_be_bytes()].concat();
            self.pieces.insert(key, piece).map_err(failed)?;
        }
        Ok((Cow::Owned([hash, &length.to_le_bytes()].concat()), true))
    }

    /// Removes the pieces of a value that is no more, by what the page held for it.
    fn drop_pieces(&self, held: &[u8]) -> Result<(), StoreError> {
        let hash = held.get(..16).unwrap_or(held);
        for piece in self.pieces.scan_prefix(hash).keys() {
            self.pieces.remove(piece.map_err(failed)?).map_err(failed)?;
        }
        Ok(())
    }
}

/// What sled has a page under: a byte more than its lower bound, because the first page has none.
fn lower_bound(key: &[u8]) -> Vec<u8> {
    [b"p", key].concat()
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let mut missing = None;
        loop {
            let Some((_, page)) = self.page_of(key)? else {
                return Ok(None);
            };
            let Some(value) = pages::find(&page, key).map_err(failed)? else {
                return Ok(None);
            };
            if !value.apart {
                return Ok(Some(value.bytes.to_vec()));
            }
            if let Some(whole) = self.whole(value.bytes)? {
                return Ok(Some(whole));
            }
            // Another value may have come between the two looks; then the page names that now.
            if missing.as_deref() == Some(value.bytes) {
                return Err(failed("pieces of a large value are missing"));
            }
            missing = Some(value.bytes.to_vec());
        }
    }

    fn write(&self, batch: &WriteBatch) -> Result<(), StoreError> {
        let _alone = self.writing.lock();
        let mut packed = Vec::with_capacity(batch.writes.len());
        for (key, value) in &batch.writes {
            let value = value.as_ref().map(|value| self.pack(key, value));
            packed.push((key.as_slice(), value.transpose()?));
        }
        let writes: Vec<_> = packed
            .iter()
            .map(|(key, value)| {
                let value = value.as_ref().map(|(bytes, apart)| Value {
                    bytes,
                    apart: *apart,
                });
                (*key, value)
            })
            .collect();
        let (mut changed, mut replaced) = (sled::Batch::default(), Vec::new());
        let mut rest = writes.as_slice();
        while let Some((first, _)) = rest.first() {
            let page = self.page_of(first)?;
            let (place, page) =
                page.unwrap_or_else(|| (lower_bound(&[]).into(), sled::IVec::default()));
            let upper = pages::upper(&page).map_err(failed)?;
            let own = rest.partition_point(|(key, _)| upper.is_none_or(|upper| *key < upper));
            if own == 0 {
                return Err(failed("pages of records overlap"));
            }
            let dropped = |old: Value<'_>| {
                if old.apart {
                    replaced.push(old.bytes.to_vec());
                }
            };
            let new = pages::write(&page, &rest[..own], self.page, dropped).map_err(failed)?;
            for page in new {
                let new = page.lower.map(|lower| lower_bound(&lower).into());
                changed.insert(new.unwrap_or_else(|| place.clone()), page.bytes);
            }
            rest = &rest[own..];
        }
        self.pages.apply_batch(changed).map_err(failed)?;
        replaced.iter().try_for_each(|old| self.drop_pieces(old))
    }

    fn scan<'a>(&'a self, prefix: &[u8], after: Option<&[u8]>) -> Pairs<'a> {
        let from = after.map_or_else(|| prefix.to_vec(), |after| [after, &[0]].concat());
        let first = match self.page_of(&from) {
            Ok(Some((place, _))) => place,
            Ok(None) => return Box::new(std::iter::empty()),
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        Box::new(Scan {
            store: self,
            pages: self.pages.range(first..),
            pairs: Vec::new().into_iter(),
            prefix: prefix.to_vec(),
            from,
            ended: false,
        })
    }

    fn size_bytes(&self) -> u64 {
        self.db.size_on_disk().unwrap_or_default()
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map(|_| ()).map_err(failed)
    }
}

/// Pairs of page after page. Others may write meanwhile. What was cut off from a page that was read
/// comes again in a later page, and is left out there; a page may be one of before, whose large values
/// are gone: the store is asked for them anew.
struct Scan<'a> {
    store: &'a SledStore,
    pages: sled::Iter,
    pairs: std::vec::IntoIter<Result<Pair, StoreError>>,
    prefix: Vec<u8>,
    /// The least key that is wanted of the next page.
    from: Vec<u8>,
    ended: bool,
}

impl Scan<'_> {
    /// A value that a page names, if it is still there.
    fn value(&self, key: &[u8], value: Value<'_>) -> Result<Option<Vec<u8>>, StoreError> {
        if !value.apart {
            return Ok(Some(value.bytes.to_vec()));
        }
        match self.store.whole(value.bytes)? {
            Some(whole) => Ok(Some(whole)),
            None => self.store.get(key),
        }
    }

    /// Reads the next page; false when there is none.
    fn read(&mut self) -> Result<bool, StoreError> {
        let Some(next) = self.pages.next() else {
            return Ok(false);
        };
        let (_, page) = next.map_err(failed)?;
        let (mut pairs, mut last) = (Vec::new(), None);
        pages::each(&page, |key, value| {
            if key < self.from.as_slice() {
                return;
            }
            if key.starts_with(&self.prefix) {
                let value = self.value(key, value).transpose();
                pairs.extend(value.map(|value| Ok((key.to_vec(), value?))));
                last = Some(key.to_vec());
            } else {
                self.ended = true;
            }
        })
        .map_err(failed)?;
        if let Some(mut last) = last {
            last.push(0);
            self.from = last;
        }
        self.pairs = pairs.into_iter();
        Ok(true)
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Pair, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(pair) = self.pairs.next() {
                return Some(pair);
            }
            if self.ended {
                return None;
            }
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// Reference: a map. Scans go on while others write: what stood there all the time comes
        /// once, and in order.
        #[test]
        fn small_pages_are_the_same_as_a_map(
            rounds in prop::collection::vec(
                prop::collection::btree_map("[ab]{1,6}", prop::option::of(0_usize..60), 1..20),
                1..10,
            ),
            prefix in "[ab]{0,2}", after in prop::option::of("[ab]{0,4}"),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let store = SledStore::with_pages_of(64, dir.path()).unwrap();
            let mut truth: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            let after = after.map(|text| format!("{prefix}{text}").into_bytes());
            for round in rounds {
                let mut scan = store.scan(b"", None);
                let mut seen: Vec<Vec<u8>> = scan.by_ref().take(3).map(|pair| pair.unwrap().0).collect();
                let before = truth.clone();
                let mut batch = WriteBatch::default();
                for (key, value) in round {
                    if let Some(length) = value {
                        // Some are so long that they stand apart.
                        let value = vec![7; length * if length == 50 { 200 } else { 1 }];
                        truth.insert(key.clone().into_bytes(), value.clone());
                        batch.put(key, value);
                    } else {
                        truth.remove(key.as_bytes());
                        batch.remove(key);
                    }
                }
                store.write(&batch).unwrap();
                seen.extend(scan.map(|pair| pair.unwrap().0));
                prop_assert!(seen.is_sorted_by(|a, b| a < b));
                let stayed = before.keys().filter(|key| truth.contains_key(*key));
                prop_assert!(stayed.into_iter().all(|key| seen.contains(key)));
            }
            let expected: Vec<Pair> = truth.iter()
                .filter(|(key, _)| key.starts_with(prefix.as_bytes()))
                .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            let found: Vec<Pair> = store.scan(prefix.as_bytes(), after.as_deref())
                .map(Result::unwrap).collect();
            prop_assert_eq!(found, expected);
            for key in ["", "a", "ab", "aba", "bbbbbb", "c"] {
                prop_assert_eq!(store.get(key.as_bytes()).unwrap(), truth.get(key.as_bytes()).cloned());
            }
            let apart = truth.values().filter(|value| value.len() > CHUNK).map(|value| value.len().div_ceil(CHUNK));
            prop_assert_eq!(store.pieces.len(), apart.sum::<usize>(), "pieces that nothing names are left");
        }
    }

    #[test]
    fn a_store_of_an_earlier_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let db = sled::open(dir.path()).unwrap();
        db.open_tree(SINGLE_RECORDS).unwrap();
        drop(db);
        let Err(StoreError::Failed(reason)) = SledStore::open(dir.path()) else {
            panic!("it was opened");
        };
        assert!(reason.contains("earlier version"), "{reason}");
    }
}
