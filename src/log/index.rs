//! The side file of a sealed segment: which content hashes it holds, and where.
//!
//! It can be rebuilt from the segment at any time, and is whenever it is
//! missing or does not check out. Layout, version 1, little-endian:
//!
//! ```text
//!    0  magic "HWLOGIDX"
//!    8  u32 version, 1
//!   12  u32 salt of the segment, also the initial value of the CRCs here
//!   16  u64 first seq       24  u64 length of the segment file
//!   32  u32 entries         36  u32 filter blocks       40  u32 marks
//!   44  filter, 64 bytes a block
//!       fences: the first hash of each block of entries, 16 bytes
//!       marks: u64 seq, u64 offset of a group
//!       u32 CRC32 of everything before
//!   then blocks of up to 200 entries sorted by hash, each followed by its CRC32
//!       16 bytes hash, u32 seq minus first seq
//! ```

use std::path::{Path, PathBuf};

use super::EventHash;
use super::disk::{Disk, OpenMode, SegmentFile, create_whole, read_exact_at};
use super::error::LogError;
use super::filter::{Filter, Probe};
use super::format::{self, SegmentHeader, hash_at, salted_crc, u32_at, u64_at};
use super::scan::Walker;
use super::segment::{INDEX_SUFFIX, Mark, Marks};

const MAGIC: [u8; 8] = *b"HWLOGIDX";
const INDEX_VERSION: u32 = 1;
const FIXED: usize = 44;
const ENTRY: usize = 20;
const BLOCK_ENTRIES: usize = 200;
const CRC: usize = 4;

/// A hash and its distance from the first seq of the segment.
pub(super) type Entry = (EventHash, u32);

/// The part of a side file that is kept in memory.
#[derive(Debug)]
pub(super) struct SideIndex {
    path: PathBuf,
    header: SegmentHeader,
    entries: usize,
    filter: Filter,
    fences: Vec<EventHash>,
    /// Offset of the first block of entries.
    blocks_at: u64,
}

/// A side file does not check out and has to be rebuilt.
#[derive(Debug)]
pub(super) struct Unusable;

impl SideIndex {
    /// Builds and writes the side file of a segment of `segment_len` bytes.
    pub fn write(
        disk: &dyn Disk,
        segment: &Path,
        header: SegmentHeader,
        segment_len: u64,
        mut entries: Vec<Entry>,
        marks: &Marks,
    ) -> Result<Self, LogError> {
        entries.sort_unstable();
        let mut filter = Filter::with_capacity(entries.len());
        for (hash, _) in &entries {
            filter.insert(hash);
        }
        let fences: Vec<_> = entries.chunks(BLOCK_ENTRIES).map(|b| b[0].0).collect();

        let mut out = Vec::with_capacity(entries.len() * (ENTRY + 3) + 1024);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&INDEX_VERSION.to_le_bytes());
        out.extend_from_slice(&header.salt.to_le_bytes());
        out.extend_from_slice(&header.first_seq.to_le_bytes());
        out.extend_from_slice(&segment_len.to_le_bytes());
        for count in [entries.len(), filter.blocks(), marks.0.len()] {
            out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        filter.write_to(&mut out);
        out.extend_from_slice(fences.as_flattened());
        for mark in &marks.0 {
            out.extend_from_slice(&mark.seq.to_le_bytes());
            out.extend_from_slice(&mark.offset.to_le_bytes());
        }
        close_block(&mut out, 0, header.salt);
        let blocks_at = out.len() as u64;
        for block in entries.chunks(BLOCK_ENTRIES) {
            let start = out.len();
            for (hash, delta) in block {
                out.extend_from_slice(hash);
                out.extend_from_slice(&delta.to_le_bytes());
            }
            close_block(&mut out, start, header.salt);
        }

        let path = path_of(segment);
        create_whole(disk, &path, &out).map_err(LogError::io("write", &path))?;
        Ok(Self {
            path,
            header,
            entries: entries.len(),
            filter,
            fences,
            blocks_at,
        })
    }

    /// Loads the side file of a segment, if it is there, whole, and belongs to
    /// this segment at this length.
    pub fn load(
        disk: &dyn Disk,
        segment: &Path,
        header: SegmentHeader,
        segment_len: u64,
    ) -> Result<(Self, Marks), Unusable> {
        let path = path_of(segment);
        let file = disk.open(&path, OpenMode::Read).map_err(|_| Unusable)?;
        let len = file.len().map_err(|_| Unusable)?;
        let fixed = read(&*file, 0, FIXED as u64, len)?;
        let expected = [
            &MAGIC[..],
            &INDEX_VERSION.to_le_bytes(),
            &header.salt.to_le_bytes(),
            &header.first_seq.to_le_bytes(),
            &segment_len.to_le_bytes(),
        ]
        .concat();
        if fixed[..32] != expected {
            return Err(Unusable);
        }
        let entries = u32_at(&fixed, 32) as usize;
        let filter_bytes = Filter::bytes_of(u32_at(&fixed, 36) as usize);
        let marks_len = u32_at(&fixed, 40) as usize * 16;
        let fences_len = entries.div_ceil(BLOCK_ENTRIES) * 16;
        let blocks_at = (FIXED + filter_bytes + fences_len + marks_len + CRC) as u64;
        let head = read(&*file, 0, blocks_at, len)?;
        let told = (entries * ENTRY + entries.div_ceil(BLOCK_ENTRIES) * CRC) as u64;
        if !crc_fits(&head, header.salt) || len != blocks_at + told {
            return Err(Unusable);
        }
        let (filter, rest) = head[FIXED..].split_at(filter_bytes);
        let (fences, rest) = rest.split_at(fences_len);
        let index = Self {
            path,
            header,
            entries,
            filter: Filter::read_from(filter).ok_or(Unusable)?,
            fences: fences.chunks_exact(16).map(|b| hash_at(b, 0)).collect(),
            blocks_at,
        };
        let marks = rest[..marks_len].chunks_exact(16).map(|bytes| Mark {
            seq: u64_at(bytes, 0),
            offset: u64_at(bytes, 8),
        });
        Ok((index, Marks(marks.collect())))
    }

    /// Reads a whole sealed segment and writes its side file anew.
    pub fn rebuild(
        disk: &dyn Disk,
        segment: &Path,
        first_seq: u64,
    ) -> Result<(Self, Marks), LogError> {
        let mut walker = Walker::open(disk, segment, first_seq, OpenMode::Read)?;
        let mut entries = Vec::new();
        let mut marks = Marks::default();
        while let Some(group) = walker.group().map_err(|stop| walker.refuse(stop))? {
            let body = walker.body(&group).map_err(|stop| walker.refuse(stop))?;
            for hash in format::hashes(&group, &body) {
                let delta = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                entries.push((hash, delta));
            }
            marks.note(walker.mark());
            walker.advance(&group);
        }
        let index = Self::write(disk, segment, walker.header, walker.len, entries, &marks)?;
        Ok((index, marks))
    }

    /// Seq of the event with this hash, if it is in the segment.
    pub fn find(
        &self,
        disk: &dyn Disk,
        probe: &Probe,
        hash: &EventHash,
    ) -> Result<Option<u64>, Unusable> {
        if !self.filter.may_contain(probe) {
            return Ok(None);
        }
        let after = self.fences.partition_point(|fence| fence <= hash);
        let Some(block) = after.checked_sub(1) else {
            return Ok(None);
        };
        let entries = (self.entries - block * BLOCK_ENTRIES).min(BLOCK_ENTRIES);
        let mut bytes = vec![0; entries * ENTRY + CRC];
        let offset = self.blocks_at + (block * (BLOCK_ENTRIES * ENTRY + CRC)) as u64;
        disk.open(&self.path, OpenMode::Read)
            .and_then(|file| read_exact_at(&*file, &mut bytes, offset))
            .map_err(|_| Unusable)?;
        if !crc_fits(&bytes, self.header.salt) {
            return Err(Unusable);
        }
        let (sorted, _) = bytes[..entries * ENTRY].as_chunks::<ENTRY>();
        let found = sorted.binary_search_by(|entry| hash_at(entry, 0).cmp(hash));
        Ok(found
            .ok()
            .map(|at| self.header.first_seq + u64::from(u32_at(&sorted[at], 16))))
    }

    /// Seq of the first event after the segment.
    pub fn next_seq(&self) -> u64 {
        self.header.first_seq + self.entries as u64
    }

    /// Length of the side file.
    pub fn bytes(&self) -> u64 {
        self.blocks_at + (self.entries * ENTRY + self.fences.len() * CRC) as u64
    }
}

fn path_of(segment: &Path) -> PathBuf {
    segment.with_extension(&INDEX_SUFFIX[1..])
}

fn close_block(out: &mut Vec<u8>, start: usize, salt: u32) {
    let crc = salted_crc(salt, &[&out[start..]]);
    out.extend_from_slice(&crc.to_le_bytes());
}

fn crc_fits(block: &[u8], salt: u32) -> bool {
    let (bytes, crc) = block.split_at(block.len() - CRC);
    u32_at(crc, 0) == salted_crc(salt, &[bytes])
}

fn read(file: &dyn SegmentFile, offset: u64, len: u64, file_len: u64) -> Result<Vec<u8>, Unusable> {
    if offset + len > file_len {
        return Err(Unusable);
    }
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| Unusable)?];
    read_exact_at(file, &mut bytes, offset).map_err(|_| Unusable)?;
    Ok(bytes)
}
