//! Walking the groups of one segment file, with every CRC checked.
//!
//! Used by recovery, by the rebuilding of side files and by readers. It decides
//! nothing: what a broken group means is up to the caller.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::disk::{Disk, OpenMode, SegmentFile, read_exact_at};
use super::error::LogError;
use super::format::{
    BadHeader, GROUP_HEADER, GROUP_MAGIC, GroupHeader, SEGMENT_HEADER, SegmentHeader, VERSION,
    salted_crc,
};
use super::segment::Mark;

/// Bytes read at once when looking for a later commit.
const SEARCH_CHUNK: usize = 1 << 20;

/// Why a walk stopped before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes at the walker's offset are not a valid group.
    Broken(String),
    /// The file could not be read.
    Failed(LogError),
}

/// A position in a segment file, always at the start of a group.
pub(super) struct Walker {
    pub file: Box<dyn SegmentFile>,
    pub path: PathBuf,
    pub header: SegmentHeader,
    /// Length of the file when it was opened.
    pub len: u64,
    pub offset: u64,
    /// Seq that the group at `offset` has to start with.
    pub seq: u64,
}

impl Walker {
    /// Opens a segment and checks its header against the seq in its name.
    pub fn open(
        disk: &dyn Disk,
        path: &Path,
        first_seq: u64,
        mode: OpenMode,
    ) -> Result<Self, LogError> {
        let file = disk.open(path, mode).map_err(LogError::io("open", path))?;
        let len = file.len().map_err(LogError::io("read", path))?;
        let header = read_segment_header(&*file, path, len)?;
        if header.first_seq != first_seq {
            return Err(LogError::corrupt(
                path,
                0,
                format!(
                    "by its name it starts with event {first_seq}, by its header with {}",
                    header.first_seq
                ),
            ));
        }
        Ok(Self {
            file,
            path: path.to_path_buf(),
            header,
            len,
            offset: SEGMENT_HEADER as u64,
            seq: first_seq,
        })
    }

    pub fn seek(&mut self, mark: Mark) {
        self.offset = mark.offset;
        self.seq = mark.seq;
    }

    /// Header of the group here, `None` at the end of the file.
    pub fn group(&self) -> Result<Option<GroupHeader>, Stop> {
        let rest = self.len.saturating_sub(self.offset);
        if rest == 0 {
            return Ok(None);
        }
        if rest < GROUP_HEADER as u64 {
            return Err(Stop::Broken(format!(
                "{rest} bytes are too few for a group"
            )));
        }
        let mut bytes = [0; GROUP_HEADER];
        self.read(&mut bytes, self.offset)?;
        let Some(group) = GroupHeader::decode(self.header.salt, &bytes) else {
            return Err(Stop::Broken(
                "magic or CRC of the group header is wrong".into(),
            ));
        };
        if group.first_seq != self.seq || group.count == 0 {
            return Err(Stop::Broken(format!(
                "a group of {} events from {} is where event {} should be",
                group.count, group.first_seq, self.seq
            )));
        }
        if group.len() > rest {
            return Err(Stop::Broken(format!(
                "a group of {} bytes does not fit in the remaining {rest}",
                group.len()
            )));
        }
        Ok(Some(group))
    }

    /// Record headers and payload block of the group here.
    pub fn body(&self, group: &GroupHeader) -> Result<Bytes, Stop> {
        let Ok(len) = usize::try_from(group.body_len()) else {
            return Err(Stop::Broken("the group does not fit in memory".into()));
        };
        let mut body = vec![0; len];
        self.read(&mut body, self.offset + GROUP_HEADER as u64)?;
        if salted_crc(self.header.salt, &[&body]) != group.body_crc {
            return Err(Stop::Broken("CRC of the group is wrong".into()));
        }
        Ok(body.into())
    }

    /// Goes on to the next group.
    pub fn advance(&mut self, group: &GroupHeader) {
        self.offset += group.len();
        self.seq = group.next_seq();
    }

    /// Where we are.
    pub fn mark(&self) -> Mark {
        Mark {
            seq: self.seq,
            offset: self.offset,
        }
    }

    /// Turns a stop into the error of a caller that accepts no broken group.
    pub fn refuse(&self, stop: Stop) -> LogError {
        match stop {
            Stop::Broken(reason) => LogError::corrupt(&self.path, self.offset, reason),
            Stop::Failed(error) => error,
        }
    }

    /// Offset of the first group after here that belongs to a commit later than
    /// the one that the event `self.seq` was in. Its existence proves that the
    /// bytes here were durable once (a commit is written after the one before
    /// was synced), so that they are damaged and not torn.
    pub fn later_commit(&self) -> Result<Option<u64>, LogError> {
        let mut start = self.offset;
        let mut chunk = Vec::new();
        while start + (GROUP_HEADER as u64) <= self.len {
            let size = (self.len - start).min(SEARCH_CHUNK as u64);
            chunk.resize(usize::try_from(size).unwrap_or(SEARCH_CHUNK), 0);
            self.read_or_fail(&mut chunk, start)?;
            let found = chunk.windows(GROUP_HEADER).position(|window| {
                window[..4] == GROUP_MAGIC
                    && GroupHeader::decode(self.header.salt, window)
                        .is_some_and(|group| group.commit_seq > self.seq)
            });
            if let Some(at) = found {
                return Ok(Some(start + at as u64));
            }
            // A header may lie across two chunks.
            start += (chunk.len() - GROUP_HEADER + 1) as u64;
        }
        Ok(None)
    }

    fn read(&self, buf: &mut [u8], offset: u64) -> Result<(), Stop> {
        match read_exact_at(&*self.file, buf, offset) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Stop::Broken("the file ends within the group".into()))
            }
            Err(error) => Err(Stop::Failed(LogError::io("read", &self.path)(error))),
        }
    }

    fn read_or_fail(&self, buf: &mut [u8], offset: u64) -> Result<(), LogError> {
        read_exact_at(&*self.file, buf, offset).map_err(LogError::io("read", &self.path))
    }
}

fn read_segment_header(
    file: &dyn SegmentFile,
    path: &Path,
    len: u64,
) -> Result<SegmentHeader, LogError> {
    let mut bytes = [0; SEGMENT_HEADER];
    if len < SEGMENT_HEADER as u64 {
        let reason = format!("{len} bytes are too few for a segment header");
        return Err(LogError::corrupt(path, 0, reason));
    }
    read_exact_at(file, &mut bytes, 0).map_err(LogError::io("read", path))?;
    SegmentHeader::decode(&bytes).map_err(|bad| match bad {
        BadHeader::Version(found) => LogError::UnknownVersion {
            segment: path.to_path_buf(),
            found,
            supported: VERSION,
        },
        BadHeader::Damaged(reason) => LogError::corrupt(path, 0, reason),
    })
}
