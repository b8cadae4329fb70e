//! Opening a folder of segments: what is accepted, what is cut, what is refused.
//!
//! Only the last segment can have a torn tail, because a segment is sealed
//! after its last commit was synced. Everything else that does not check out
//! is damage, and is refused with the place of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dedupe::Dedupe;
use super::disk::{Disk, OpenMode, read_exact_at, write_all_at};
use super::error::LogError;
use super::format;
use super::index::SideIndex;
use super::scan::{Stop, Walker};
use super::segment::{
    INDEX_SUFFIX, Marks, SEGMENT_SUFFIX, Segment, TEMPORARY_SUFFIX, first_seq_of, index_path,
    segment_path,
};
use super::writer::{Active, create_segment};

/// What opening a log has found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Durable events.
    pub events: u64,
    /// Segment files.
    pub segments: usize,
    /// The torn tail that was cut, if there was one. Its events were never
    /// acknowledged.
    pub truncated: Option<Truncated>,
    /// Side files that were missing or damaged and were built anew.
    pub rebuilt: Vec<PathBuf>,
}

/// A torn tail that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncated {
    /// The last segment.
    pub segment: PathBuf,
    /// Its length now, in bytes.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// What was wrong with them.
    pub reason: String,
}

/// A log folder, ready for a writer.
pub(super) struct Recovered {
    pub report: Recovery,
    pub segments: Vec<Arc<Segment>>,
    pub active: Active,
    pub dedupe: Dedupe,
}

/// Reads the folder. The caller holds its lock.
pub(super) fn recover(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Recovered, LogError> {
    let first_seqs = list_segments(&**disk, dir)?;
    let Some((&last, sealed)) = first_seqs.split_last() else {
        return create(disk, dir);
    };
    let mut report = Recovery::default();
    let mut dedupe = Dedupe::new(Arc::clone(disk), last);
    let mut segments = Vec::new();
    let mut expected = 1;
    for &first_seq in sealed {
        check_sequence(dir, expected, first_seq)?;
        let (segment, index) = open_sealed(&**disk, dir, first_seq, &mut report)?;
        expected = index.next_seq();
        segments.push(Arc::clone(&segment));
        dedupe.add_sealed(segment, index);
    }
    check_sequence(dir, expected, last)?;
    let (active, head) = open_last(&**disk, dir, last, &mut dedupe, &mut report)?;
    segments.push(Arc::clone(&active.segment));
    report.events = head;
    report.segments = segments.len();
    Ok(Recovered {
        report,
        segments,
        active,
        dedupe,
    })
}

/// First seqs of the segments, in order. Leftovers of unfinished creations are
/// removed.
fn list_segments(disk: &dyn Disk, dir: &Path) -> Result<Vec<u64>, LogError> {
    let names = disk.list(dir).map_err(LogError::io("list", dir))?;
    for name in names.iter().filter(|name| name.ends_with(TEMPORARY_SUFFIX)) {
        let path = dir.join(name);
        disk.remove(&path).map_err(LogError::io("remove", &path))?;
    }
    let with_suffix = |suffix| names.iter().filter_map(move |n| first_seq_of(n, suffix));
    let mut segments: Vec<u64> = with_suffix(SEGMENT_SUFFIX).collect();
    segments.sort_unstable();
    // A side file is written only after its segment and the next one.
    let orphan = with_suffix(INDEX_SUFFIX).find(|seq| segments.binary_search(seq).is_err());
    if let Some(first_seq) = orphan {
        return Err(LogError::MissingSegment {
            expected: segment_path(dir, first_seq),
            found: "only its side file".into(),
        });
    }
    Ok(segments)
}

fn check_sequence(dir: &Path, expected: u64, found: u64) -> Result<(), LogError> {
    if found == expected {
        return Ok(());
    }
    Err(LogError::MissingSegment {
        expected: segment_path(dir, expected),
        found: segment_path(dir, found).display().to_string(),
    })
}

fn create(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Recovered, LogError> {
    let active = create_segment(&**disk, dir, 1)?;
    disk.sync_dir(dir).map_err(LogError::io("sync", dir))?;
    Ok(Recovered {
        report: Recovery {
            segments: 1,
            ..Recovery::default()
        },
        segments: vec![Arc::clone(&active.segment)],
        active,
        dedupe: Dedupe::new(Arc::clone(disk), 1),
    })
}

/// A sealed segment is trusted when its header and its side file agree; else it
/// is read whole. Readers check every CRC in any case.
fn open_sealed(
    disk: &dyn Disk,
    dir: &Path,
    first_seq: u64,
    report: &mut Recovery,
) -> Result<(Arc<Segment>, SideIndex), LogError> {
    let path = segment_path(dir, first_seq);
    let walker = Walker::open(disk, &path, first_seq, OpenMode::Read)?;
    let loaded = SideIndex::load(disk, &path, walker.header, walker.len);
    let (index, marks) = if let Ok(loaded) = loaded {
        loaded
    } else {
        report.rebuilt.push(index_path(dir, first_seq));
        SideIndex::rebuild(disk, &path, first_seq)?
    };
    let segment = Segment::new(path, walker.header, walker.len, marks);
    Ok((Arc::new(segment), index))
}

/// Reads the last segment whole, cuts its torn tail, and makes sure that what
/// is left is durable. Returns it with the seq of its last event.
fn open_last(
    disk: &dyn Disk,
    dir: &Path,
    first_seq: u64,
    dedupe: &mut Dedupe,
    report: &mut Recovery,
) -> Result<(Active, u64), LogError> {
    let path = segment_path(dir, first_seq);
    let mut walker = Walker::open(disk, &path, first_seq, OpenMode::Write)?;
    refuse_if_sealed(disk, dir, &walker)?;
    let mut marks = Marks::default();
    let mut commit_seq = 0;
    let mut commit_at = walker.offset;
    let broken = loop {
        let group = match walker.group() {
            Ok(Some(group)) => group,
            Ok(None) => break None,
            Err(stop) => break Some(stop),
        };
        let body = match walker.body(&group) {
            Ok(body) => body,
            Err(stop) => break Some(stop),
        };
        for (seq, hash) in (group.first_seq..).zip(format::hashes(&group, &body)) {
            dedupe.insert(hash, seq);
        }
        if group.commit_seq != commit_seq {
            commit_seq = group.commit_seq;
            commit_at = walker.offset;
        }
        marks.note(walker.mark());
        walker.advance(&group);
    };
    if let Some(stop) = broken {
        report.truncated = Some(cut_tail(&walker, stop)?);
    }
    make_durable(&walker, commit_at)?;
    disk.sync_dir(dir).map_err(LogError::io("sync", dir))?;
    let segment = Segment::new(path, walker.header, walker.offset, marks);
    let active = Active {
        segment: Arc::new(segment),
        file: walker.file,
    };
    Ok((active, walker.seq - 1))
}

/// A side file is written when the next segment exists: the newest segment
/// cannot have one, unless a newer one was removed.
fn refuse_if_sealed(disk: &dyn Disk, dir: &Path, walker: &Walker) -> Result<(), LogError> {
    let Ok((index, _)) = SideIndex::load(disk, &walker.path, walker.header, walker.len) else {
        return Ok(());
    };
    Err(LogError::MissingSegment {
        expected: segment_path(dir, index.next_seq()),
        found: "no later segment, although the one before is sealed".into(),
    })
}

/// Cuts the file at the walker, or refuses when something durable follows.
fn cut_tail(walker: &Walker, stop: Stop) -> Result<Truncated, LogError> {
    let reason = match stop {
        Stop::Broken(reason) => reason,
        Stop::Failed(error) => return Err(error),
    };
    if let Some(later) = walker.later_commit()? {
        let reason = format!("{reason}, but a later commit follows at offset {later}");
        return Err(LogError::corrupt(&walker.path, walker.offset, reason));
    }
    walker
        .file
        .set_len(walker.offset)
        .map_err(LogError::io("cut the torn tail of", &walker.path))?;
    Ok(Truncated {
        segment: walker.path.clone(),
        offset: walker.offset,
        bytes: walker.len - walker.offset,
        reason,
    })
}

/// What was read may be in the page cache only: the process was killed before
/// the sync, or the sync failed and the kernel took the pages for clean. So the
/// last commit, the only one that can be in that state, is written again in
/// place (the same bytes) and synced.
fn make_durable(walker: &Walker, commit_at: u64) -> Result<(), LogError> {
    let file = &*walker.file;
    let mut start = commit_at;
    let mut chunk = vec![0; 1 << 20];
    while start < walker.offset {
        let size = usize::try_from(walker.offset - start).unwrap_or(chunk.len());
        let bytes = &mut chunk[..size.min(1 << 20)];
        read_exact_at(file, bytes, start).map_err(LogError::io("read", &walker.path))?;
        write_all_at(file, bytes, start).map_err(LogError::io("write", &walker.path))?;
        start += bytes.len() as u64;
    }
    file.sync_data().map_err(LogError::io("sync", &walker.path))
}
