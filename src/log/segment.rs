//! What the log knows about one segment file: where it is, how long its durable
//! part is, and a sparse table of group offsets for seeking.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::format::{SEGMENT_HEADER, SegmentHeader};

/// Bytes of segment between two marks: seeking walks at most that many.
const MARK_EVERY: u64 = 64 << 10;

/// "The group that starts with `seq` is at `offset`."
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub seq: u64,
    pub offset: u64,
}

/// A sparse table of group offsets, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks(pub Vec<Mark>);

impl Marks {
    /// Notes a group, if the last mark is far enough behind.
    pub fn note(&mut self, mark: Mark) {
        let far = self
            .0
            .last()
            .is_none_or(|last| mark.offset >= last.offset + MARK_EVERY);
        if far {
            self.0.push(mark);
        }
    }

    /// The last mark at or before `seq`.
    fn before(&self, seq: u64) -> Option<Mark> {
        let after = self.0.partition_point(|mark| mark.seq <= seq);
        self.0.get(after.checked_sub(1)?).copied()
    }
}

/// One segment, shared by the writer and the readers.
#[derive(Debug)]
pub(super) struct Segment {
    pub path: PathBuf,
    pub header: SegmentHeader,
    len: AtomicU64,
    index_bytes: AtomicU64,
    marks: RwLock<Marks>,
}

impl Segment {
    pub fn new(path: PathBuf, header: SegmentHeader, len: u64, marks: Marks) -> Self {
        Self {
            path,
            header,
            len: AtomicU64::new(len),
            index_bytes: AtomicU64::new(0),
            marks: RwLock::new(marks),
        }
    }

    /// Length of the durable part, in bytes.
    pub fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Bytes on disk with the side file.
    pub fn bytes(&self) -> u64 {
        self.len() + self.index_bytes.load(Ordering::Relaxed)
    }

    pub fn set_index_bytes(&self, bytes: u64) {
        self.index_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Takes note of a commit that is durable now.
    pub fn extend(&self, groups: &[Mark], len: u64) {
        let mut marks = self.marks.write();
        for mark in groups {
            marks.note(*mark);
        }
        self.len.store(len, Ordering::Release);
    }

    /// Where to start walking for `seq`.
    pub fn seek(&self, seq: u64) -> Mark {
        self.marks.read().before(seq).unwrap_or(Mark {
            seq: self.header.first_seq,
            offset: SEGMENT_HEADER as u64,
        })
    }

    pub fn marks(&self) -> Marks {
        self.marks.read().clone()
    }
}

pub(super) const SEGMENT_SUFFIX: &str = ".seg";
pub(super) const INDEX_SUFFIX: &str = ".idx";
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";

/// Path of the segment that starts with `first_seq`.
pub(super) fn segment_path(dir: &Path, first_seq: u64) -> PathBuf {
    dir.join(format!("{first_seq:020}{SEGMENT_SUFFIX}"))
}

/// Path of the side file of that segment.
pub(super) fn index_path(dir: &Path, first_seq: u64) -> PathBuf {
    dir.join(format!("{first_seq:020}{INDEX_SUFFIX}"))
}

/// The first seq in a file name, when it is a name of ours with that suffix.
pub(super) fn first_seq_of(name: &str, suffix: &str) -> Option<u64> {
    let digits = name.strip_suffix(suffix)?;
    if digits.len() != 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let path = segment_path(Path::new("x"), 42);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(first_seq_of(name, SEGMENT_SUFFIX), Some(42));
        assert_eq!(first_seq_of(name, INDEX_SUFFIX), None);
        assert_eq!(first_seq_of("42.seg", SEGMENT_SUFFIX), None);
    }

    #[test]
    fn marks_are_sparse_and_lead_to_the_group_before() {
        let mut marks = Marks::default();
        for (seq, offset) in [(1, 28), (5, 1000), (9, 28 + MARK_EVERY), (12, 70_000)] {
            marks.note(Mark { seq, offset });
        }
        assert_eq!(marks.0.len(), 2);
        assert_eq!(marks.before(0), None);
        assert_eq!(marks.before(8).unwrap().seq, 1);
        assert_eq!(marks.before(100).unwrap().seq, 9);
    }
}
