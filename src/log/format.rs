//! Bytes of format version 1: encoding and decoding, no I/O. The layout is
//! described in the documentation of the parent module.

use bytes::Bytes;

use super::{EventHash, LoggedEvent, NewEvent};

pub(super) const VERSION: u32 = 1;
pub(super) const SEGMENT_HEADER: usize = 28;
pub(super) const GROUP_HEADER: usize = 48;
pub(super) const RECORD_HEADER: usize = 28;
pub(super) const GROUP_MAGIC: [u8; 4] = *b"HWGR";
const SEGMENT_MAGIC: [u8; 8] = *b"HWLOGSEG";
const CODEC_STORED: u32 = 0;
const CODEC_ZSTD: u32 = 1;

/// CRC32 that starts from the salt of a segment.
pub(super) fn salted_crc(salt: u32, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// The `N` bytes at `at`. Callers check the length of `bytes` beforehand; out of
/// range reads as zeros, which no CRC accepts.
fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..at + N)
        .and_then(|slice| slice.try_into().ok())
        .unwrap_or([0; N])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(take(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(take(bytes, at))
}

pub(super) fn hash_at(bytes: &[u8], at: usize) -> EventHash {
    take(bytes, at)
}

/// Start of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub first_seq: u64,
    pub salt: u32,
}

/// Why a segment header is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    Version(u32),
    Damaged(&'static str),
}

impl SegmentHeader {
    pub fn encode(self) -> [u8; SEGMENT_HEADER] {
        let mut out = [0; SEGMENT_HEADER];
        out[..8].copy_from_slice(&SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[12..20].copy_from_slice(&self.first_seq.to_le_bytes());
        out[20..24].copy_from_slice(&self.salt.to_le_bytes());
        let crc = crc32fast::hash(&out[..24]);
        out[24..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The version is looked at before the CRC: another version may have
    /// another header.
    pub fn decode(bytes: &[u8; SEGMENT_HEADER]) -> Result<Self, BadHeader> {
        if bytes[..8] != SEGMENT_MAGIC {
            return Err(BadHeader::Damaged("it does not start with HWLOGSEG"));
        }
        let version = u32_at(bytes, 8);
        if version != VERSION {
            return Err(BadHeader::Version(version));
        }
        if u32_at(bytes, 24) != crc32fast::hash(&bytes[..24]) {
            return Err(BadHeader::Damaged("CRC of the segment header is wrong"));
        }
        Ok(Self {
            first_seq: u64_at(bytes, 12),
            salt: u32_at(bytes, 20),
        })
    }
}

/// Start of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupHeader {
    pub first_seq: u64,
    pub commit_seq: u64,
    pub count: u32,
    pub raw_len: u32,
    pub stored_len: u32,
    pub codec: u32,
    pub body_crc: u32,
}

impl GroupHeader {
    fn encode(self, salt: u32) -> [u8; GROUP_HEADER] {
        let mut out = [0; GROUP_HEADER];
        out[..4].copy_from_slice(&GROUP_MAGIC);
        out[4..12].copy_from_slice(&self.first_seq.to_le_bytes());
        out[12..20].copy_from_slice(&self.commit_seq.to_le_bytes());
        out[20..24].copy_from_slice(&self.count.to_le_bytes());
        out[24..28].copy_from_slice(&self.raw_len.to_le_bytes());
        out[28..32].copy_from_slice(&self.stored_len.to_le_bytes());
        out[32..36].copy_from_slice(&self.codec.to_le_bytes());
        out[40..44].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = salted_crc(salt, &[&out[..44]]);
        out[44..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None` unless magic and CRC are right.
    pub fn decode(salt: u32, bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..GROUP_HEADER)?;
        if bytes[..4] != GROUP_MAGIC || u32_at(bytes, 44) != salted_crc(salt, &[&bytes[..44]]) {
            return None;
        }
        Some(Self {
            first_seq: u64_at(bytes, 4),
            commit_seq: u64_at(bytes, 12),
            count: u32_at(bytes, 20),
            raw_len: u32_at(bytes, 24),
            stored_len: u32_at(bytes, 28),
            codec: u32_at(bytes, 32),
            body_crc: u32_at(bytes, 40),
        })
    }

    /// Bytes after the header: record headers and payload block.
    pub fn body_len(&self) -> u64 {
        u64::from(self.count) * RECORD_HEADER as u64 + u64::from(self.stored_len)
    }

    /// Bytes of the whole group.
    pub fn len(&self) -> u64 {
        GROUP_HEADER as u64 + self.body_len()
    }

    /// Seq of the first event after the group.
    pub fn next_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count)
    }
}

/// Encodes groups; keeps its buffers and the zstd context.
pub(super) struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
    raw: Vec<u8>,
    packed: Vec<u8>,
}

impl Encoder {
    pub fn new(level: i32) -> std::io::Result<Self> {
        Ok(Self {
            zstd: zstd::bulk::Compressor::new(level)?,
            raw: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// Appends one group with `events` to `out`. The caller keeps a group below
    /// 4 GiB (one event is at most `MAX_EVENT_BYTES`).
    pub fn encode(
        &mut self,
        out: &mut Vec<u8>,
        salt: u32,
        first_seq: u64,
        commit_seq: u64,
        events: &[NewEvent],
    ) -> std::io::Result<()> {
        self.raw.clear();
        for event in events {
            self.raw.extend_from_slice(&event.payload);
        }
        self.packed.clear();
        self.packed
            .reserve(zstd::zstd_safe::compress_bound(self.raw.len()));
        self.zstd.compress_to_buffer(&self.raw, &mut self.packed)?;
        let (codec, block) = if self.packed.len() < self.raw.len() {
            (CODEC_ZSTD, &self.packed)
        } else {
            (CODEC_STORED, &self.raw)
        };

        let start = out.len();
        out.resize(start + GROUP_HEADER, 0);
        for event in events {
            out.extend_from_slice(&event.hash);
            out.extend_from_slice(&event.received_ms.to_le_bytes());
            out.extend_from_slice(&to_u32(event.payload.len())?.to_le_bytes());
        }
        out.extend_from_slice(block);
        let header = GroupHeader {
            first_seq,
            commit_seq,
            count: to_u32(events.len())?,
            raw_len: to_u32(self.raw.len())?,
            stored_len: to_u32(block.len())?,
            codec,
            body_crc: salted_crc(salt, &[&out[start + GROUP_HEADER..]]),
        };
        out[start..start + GROUP_HEADER].copy_from_slice(&header.encode(salt));
        Ok(())
    }
}

fn to_u32(len: usize) -> std::io::Result<u32> {
    u32::try_from(len).map_err(|_| std::io::ErrorKind::FileTooLarge.into())
}

/// Hashes of the events of a group, in order. `body` is CRC-checked already.
pub(super) fn hashes<'a>(
    header: &GroupHeader,
    body: &'a [u8],
) -> impl Iterator<Item = EventHash> + 'a {
    body.chunks_exact(RECORD_HEADER)
        .take(header.count as usize)
        .map(|record| hash_at(record, 0))
}

/// A decoded group. The payloads are slices of one buffer.
pub(super) struct Group {
    first_seq: u64,
    body: Bytes,
    payloads: Bytes,
    /// Index of the next event, and where its payload starts.
    next: usize,
    at: usize,
    count: usize,
}

impl Group {
    /// Decompresses a group whose CRCs were checked. The error says what is
    /// wrong with it.
    pub fn decode(header: &GroupHeader, body: Bytes) -> Result<Self, String> {
        let count = header.count as usize;
        let records = count * RECORD_HEADER;
        if body.len() < records {
            return Err("the group is shorter than its record headers".into());
        }
        let block = body.slice(records..);
        let raw_len = header.raw_len as usize;
        let payloads = match header.codec {
            CODEC_STORED => block,
            CODEC_ZSTD => Bytes::from(
                zstd::bulk::decompress(&block, raw_len)
                    .map_err(|error| format!("zstd refuses the payload block: {error}"))?,
            ),
            other => return Err(format!("the payload block has unknown codec {other}")),
        };
        let told: u64 = body[..records]
            .chunks_exact(RECORD_HEADER)
            .map(|record| u64::from(u32_at(record, 24)))
            .sum();
        if payloads.len() != raw_len || told != raw_len as u64 {
            return Err(format!(
                "payload block of {} bytes, group header says {raw_len}, record headers say {told}",
                payloads.len()
            ));
        }
        Ok(Self {
            first_seq: header.first_seq,
            body,
            payloads,
            next: 0,
            at: 0,
            count,
        })
    }
}

impl Iterator for Group {
    type Item = LoggedEvent;

    fn next(&mut self) -> Option<LoggedEvent> {
        if self.next == self.count {
            return None;
        }
        let record = &self.body[self.next * RECORD_HEADER..][..RECORD_HEADER];
        let end = self.at + u32_at(record, 24) as usize;
        let event = LoggedEvent {
            seq: self.first_seq + self.next as u64,
            hash: hash_at(record, 0),
            received_ms: i64::from_le_bytes(take(record, 16)),
            payload: self.payloads.slice(self.at..end),
        };
        self.next += 1;
        self.at = end;
        Some(event)
    }
}
