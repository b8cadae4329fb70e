//! The search index as the rest of the program sees it: changes go in from one thread,
//! searches come from many, each on the state of the last commit.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tantivy::query::AllQuery;
use tantivy::schema::Value;
use tantivy::{
    DocAddress, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument,
    TantivyError,
};

use super::disk;
use super::error::{Doing, SearchError};
use super::facets::{Counting, Tally};
use super::highlight::highlights;
use super::query::{self, Parsed, Stage};
use super::rank::{Ranking, Ranks};
use super::schema::{self, Fields};
use super::types::{SearchCounts, SearchDoc, SearchFilter, SearchHit, SearchKind, SearchPage};

/// Deepest hit that can be paged to (offset + limit): the time of a page grows with its depth, at
/// a million documents to 0.2 s here.
pub const MAX_WINDOW: usize = 10_000;

/// A full-text index of datasets, columns and jobs. Changes become visible, and durable when
/// the index has a folder, with [`commit`](Self::commit); one commit takes about 0.1 s, so
/// commit on a timer. Built only from what it is given: whoever feeds it replays from
/// [`committed_seq`](Self::committed_seq) after a restart.
pub struct SearchIndex {
    fields: Fields,
    index: Index,
    memory_budget: usize,
    reader: IndexReader,
    changes: Mutex<Changes>,
    snapshot: ArcSwap<Snapshot>,
    reset_reason: Option<String>,
}

/// What is written to since the last commit.
struct Changes {
    /// `None` after it failed and no other could be started.
    writer: Option<IndexWriter>,
    /// Hashes of the keys that were added since. A removal costs tantivy as much as a
    /// document, in time and in memory kept until the commit, so that it is asked for only
    /// where there may be something to remove (two keys of one hash do no harm).
    added: HashSet<u64>,
}

impl Changes {
    fn writer(&mut self) -> Result<&mut IndexWriter, SearchError> {
        let none = || TantivyError::SystemError("there is no writer".to_owned());
        self.writer.as_mut().ok_or_else(none).doing("write")
    }
}

/// A commit: what was in the index, and the last event it knew.
struct Snapshot {
    searcher: Searcher,
    seq: u64,
}

impl SearchIndex {
    /// Opens the index in the folder `dir`, or an empty one in memory for `None`.
    ///
    /// A folder that is broken, of another layout or no index of ours is renamed to
    /// `<dir>.broken-<n>` and an empty index takes its place: see
    /// [`reset_reason`](Self::reset_reason). `memory_budget` is in bytes, for the documents
    /// between two commits (16 MiB at least).
    ///
    /// # Errors
    /// [`SearchError::Locked`] when another writer has it, [`SearchError::Io`] when the
    /// machine does not let it be read, made or moved.
    pub fn open(dir: Option<&Path>, memory_budget: usize) -> Result<Self, SearchError> {
        let opened = match dir {
            None => disk::in_memory(memory_budget)?,
            Some(dir) => disk::in_folder(dir, memory_budget)?,
        };
        let reader: IndexReader = opened
            .index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .doing("open for reading")?;
        let snapshot = Snapshot {
            searcher: reader.searcher(),
            seq: stored_seq(&opened.index)?,
        };
        Ok(Self {
            fields: schema::schema().1,
            index: opened.index,
            memory_budget,
            reader,
            changes: Mutex::new(Changes {
                writer: Some(opened.writer),
                added: HashSet::new(),
            }),
            snapshot: ArcSwap::from_pointee(snapshot),
            reset_reason: opened.reset_reason,
        })
    }

    /// Why the index that was found at opening was put aside and an empty one made; `None`
    /// when it was good or there was none.
    pub fn reset_reason(&self) -> Option<String> {
        self.reset_reason.clone()
    }

    /// Adds a document, or replaces the one of the same kind, namespace, name and column.
    /// Seen after the next commit. Waits while tantivy's queue is full.
    pub fn upsert(&self, doc: &SearchDoc) -> Result<(), SearchError> {
        let document = schema::document(&self.fields, doc)?;
        let column = doc.column.as_deref();
        let key = schema::key(doc.kind, &doc.namespace, &doc.name, column);
        let mut changes = self.changes.lock();
        self.remove_key(&mut changes, &key)?;
        changes.added.insert(hash(&key));
        let added = changes.writer()?.add_document(document);
        added.doing("add a document")?;
        Ok(())
    }

    /// Removes a document; nothing happens where there is none. Seen after the next commit.
    pub fn remove(
        &self,
        kind: SearchKind,
        namespace: &str,
        name: &str,
        column: Option<&str>,
    ) -> Result<(), SearchError> {
        let key = schema::key(kind, namespace, name, column);
        self.remove_key(&mut self.changes.lock(), &key)
    }

    fn remove_key(&self, changes: &mut Changes, key: &str) -> Result<(), SearchError> {
        let term = schema::term(self.fields.key, key);
        let committed = self.snapshot.load().searcher.doc_freq(&term);
        if changes.added.contains(&hash(key)) || committed.doing("look up a document")? > 0 {
            changes.writer()?.delete_term(term);
        }
        Ok(())
    }

    /// Removes every document, those not yet committed too. Seen after the next commit.
    pub fn clear(&self) -> Result<(), SearchError> {
        let mut changes = self.changes.lock();
        // Not `delete_all_documents`: documents still in the queue would outlive it.
        let removed = changes.writer()?.delete_query(Box::new(AllQuery));
        removed.doing("remove all documents")?;
        Ok(())
    }

    /// Makes all changes so far visible, and durable together with `applied_seq`, the
    /// sequence number of the last event they hold. Some 0.1 s.
    pub fn commit(&self, applied_seq: u64) -> Result<(), SearchError> {
        let mut changes = self.changes.lock();
        let prepared = changes.writer()?.prepare_commit();
        let mut prepared = prepared.doing("prepare a commit")?;
        prepared.set_payload(&applied_seq.to_string());
        prepared.commit().doing("commit")?;
        self.reader.reload().doing("read what was committed")?;
        self.snapshot.store(std::sync::Arc::new(Snapshot {
            searcher: self.reader.searcher(),
            seq: applied_seq,
        }));
        // Only now: until the new snapshot is there, these are known from here alone.
        changes.added = HashSet::new();
        Ok(())
    }

    /// Goes back to the last commit with a new writer: one that has failed takes nothing more.
    /// What changed since then must be given again.
    ///
    /// # Errors
    /// When no writer can be started; this may be called again.
    pub fn roll_back(&self) -> Result<(), SearchError> {
        let mut changes = self.changes.lock();
        // Not tantivy's own: when that fails, it cannot be called again. The old one must go
        // first, it holds the lock of the folder.
        changes.writer = None;
        changes.added = HashSet::new();
        let writer = disk::writer(&self.index, self.memory_budget).doing("start a writer")?;
        changes.writer = Some(writer);
        Ok(())
    }

    /// The `applied_seq` of the last commit, kept over restarts; 0 before the first.
    pub fn committed_seq(&self) -> u64 {
        self.snapshot.load().seq
    }

    /// Documents in the last commit.
    pub fn doc_count(&self) -> u64 {
        self.snapshot.load().searcher.num_docs()
    }

    /// One page of the documents that match `text` and `filter`.
    ///
    /// Every word must match, the last one as a beginning, typing errors forgiven; where no
    /// document has all words, those with some come, and the page says so. Any text is safe.
    /// An empty text lists what the filter keeps, by name.
    ///
    /// # Errors
    /// [`SearchError::TooDeep`] past hit [`MAX_WINDOW`]; others when the index fails.
    pub fn search(
        &self,
        text: &str,
        filter: &SearchFilter,
        limit: usize,
        offset: usize,
    ) -> Result<SearchPage, SearchError> {
        let end = offset.saturating_add(limit);
        if end > MAX_WINDOW {
            return Err(SearchError::TooDeep { end });
        }
        let snapshot = self.snapshot.load_full();
        let parsed = Parsed::new(text);
        let searched = self.first_found(&parsed, filter, |stage| {
            let ranking = Ranking {
                floor: stage.floor,
                window: end,
            };
            let ranks = snapshot.searcher.search(&stage.query, &ranking);
            ranks.doing("search")
        });
        let (ranks, relaxed) = searched?;
        let hits = ranks
            .hits
            .iter()
            .skip(offset)
            .map(|hit| self.hit(&snapshot.searcher, hit.address, hit.score, &parsed))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(SearchPage {
            hits,
            total: ranks.total,
            committed_seq: snapshot.seq,
            ignored_terms: parsed.ignored,
            relaxed,
        })
    }

    /// How the result of the same search splits up by kind, namespace, layer, tag and owner.
    pub fn counts(&self, text: &str, filter: &SearchFilter) -> Result<SearchCounts, SearchError> {
        let snapshot = self.snapshot.load_full();
        let parsed = Parsed::new(text);
        let counted = self.first_found(&parsed, filter, |stage| {
            let counting = Counting { floor: stage.floor };
            let tally = snapshot.searcher.search(&stage.query, &counting);
            tally.doing("count")
        });
        let (tally, relaxed) = counted?;
        Ok(SearchCounts {
            relaxed,
            committed_seq: snapshot.seq,
            ..tally.into_counts()
        })
    }

    /// The result of the first stage that finds something, and whether it is the relaxed one.
    fn first_found<R: Default + Found>(
        &self,
        parsed: &Parsed,
        filter: &SearchFilter,
        run: impl Fn(&Stage) -> Result<R, SearchError>,
    ) -> Result<(R, bool), SearchError> {
        for stage in query::stages(&self.fields, parsed, filter) {
            let found = run(&stage)?;
            if found.total() > 0 {
                return Ok((found, stage.relaxed));
            }
        }
        Ok((R::default(), false))
    }

    fn hit(
        &self,
        searcher: &Searcher,
        address: DocAddress,
        score: f32,
        parsed: &Parsed,
    ) -> Result<SearchHit, SearchError> {
        let document: TantivyDocument = searcher.doc(address).doing("read a document")?;
        let stored = document.get_first(self.fields.stored);
        let blob = stored
            .as_ref()
            .and_then(Value::as_bytes)
            .unwrap_or_default();
        let doc: SearchDoc =
            postcard::from_bytes(blob).map_err(|source| SearchError::Document {
                action: "decode",
                source,
            })?;
        Ok(SearchHit {
            matches: highlights(&doc, parsed),
            kind: doc.kind,
            namespace: doc.namespace,
            name: doc.name,
            aliases: doc.aliases,
            column: doc.column,
            description: doc.description,
            layer: doc.layer,
            tags: doc.tags,
            owners: doc.owners,
            score,
        })
    }
}

/// A result that knows how many documents it is about.
trait Found {
    fn total(&self) -> usize;
}

impl Found for Ranks {
    fn total(&self) -> usize {
        self.total
    }
}

impl Found for Tally {
    fn total(&self) -> usize {
        self.total
    }
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Sequence number that the last commit was made with; 0 when there was none.
fn stored_seq(index: &Index) -> Result<u64, SearchError> {
    let meta = index.load_metas().doing("read the last commit")?;
    let seq = meta.payload.as_deref().and_then(|seq| seq.parse().ok());
    // Without a readable number the feeder starts again from the first event, which is right.
    Ok(seq.unwrap_or(0))
}
