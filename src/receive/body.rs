//! Reading a request body: its declared kind, unpacking, and never more than the limits in memory.

use std::io::Write;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::GzDecoder;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ReceiveError;

/// Memory is counted in units of this many bytes.
pub const UNIT: usize = 4 << 10;

/// A body in memory; it counts against the room for bodies until it is dropped.
pub struct Received {
    pub bytes: Bytes,
    _room: Room,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
}

/// Reads a body of at most `limit` bytes, unpacked.
pub async fn read(
    request: Request,
    room: &Arc<Semaphore>,
    limit: usize,
) -> Result<Received, ReceiveError> {
    let (parts, mut body) = request.into_parts();
    check_type(&parts.headers)?;
    let encoding = encoding(&parts.headers)?;
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > limit {
        drain(body).await;
        return Err(ReceiveError::TooLarge { limit });
    }
    let mut room = Room {
        semaphore: Arc::clone(room),
        held: Vec::new(),
        bytes: 0,
    };
    room.grow(expected)?;
    let bytes = match encoding {
        Encoding::Identity => plain(&mut body, &mut room, expected, limit).await,
        Encoding::Gzip => gzip(&mut body, &mut room, limit).await,
    };
    match bytes {
        Ok(bytes) => Ok(Received {
            bytes: bytes.into(),
            _room: room,
        }),
        Err(error) => {
            drain(body).await;
            Err(error)
        }
    }
}

/// Reads on a little after a refusal, so that a client that is still sending gets to read why.
async fn drain(mut body: Body) {
    let mut left = 64_usize << 20;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, ReceiveError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ReceiveError::Unreadable(error.to_string()))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

async fn plain(
    body: &mut Body,
    room: &mut Room,
    expected: usize,
    limit: usize,
) -> Result<Vec<u8>, ReceiveError> {
    let mut bytes = Vec::with_capacity(expected);
    while let Some(data) = next(body).await? {
        if bytes.len() + data.len() > limit {
            return Err(ReceiveError::TooLarge { limit });
        }
        room.grow(bytes.len() + data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Collects unpacked bytes and stops at the limit, so that a bomb costs no more than the limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    over: bool,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + data.len() > self.limit {
            self.over = true;
            return Err(std::io::Error::other("over the limit"));
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn gzip(body: &mut Body, room: &mut Room, limit: usize) -> Result<Vec<u8>, ReceiveError> {
    let mut decoder = GzDecoder::new(Bounded {
        bytes: Vec::new(),
        limit,
        over: false,
    });
    while let Some(data) = next(body).await? {
        let written = decoder.write_all(&data);
        unpacked(written, &decoder)?;
        room.grow(decoder.get_ref().bytes.len())?;
    }
    let finished = decoder.try_finish();
    unpacked(finished, &decoder)?;
    Ok(std::mem::take(&mut decoder.get_mut().bytes))
}

fn unpacked(result: std::io::Result<()>, decoder: &GzDecoder<Bounded>) -> Result<(), ReceiveError> {
    let held = decoder.get_ref();
    match result {
        Ok(()) => Ok(()),
        Err(_) if held.over => Err(ReceiveError::TooLarge { limit: held.limit }),
        Err(error) => Err(ReceiveError::Unreadable(format!(
            "it is not whole gzip: {error}"
        ))),
    }
}

/// Room for a body, taken as it grows and given back when it goes.
struct Room {
    semaphore: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Room {
    fn grow(&mut self, bytes: usize) -> Result<(), ReceiveError> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let units = (bytes - self.bytes).div_ceil(UNIT);
        let permits = u32::try_from(units).map_err(|_| ReceiveError::Busy)?;
        let permit = Arc::clone(&self.semaphore).try_acquire_many_owned(permits);
        self.held.push(permit.map_err(|_| ReceiveError::Busy)?);
        self.bytes += units * UNIT;
        Ok(())
    }
}

fn header_text(
    headers: &HeaderMap,
    name: &header::HeaderName,
) -> Result<Option<String>, ReceiveError> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .map_err(|_| ReceiveError::Unsupported(format!("the {name} header is not text")))?;
    Ok(Some(text.trim().to_ascii_lowercase()))
}

/// JSON, or no type at all.
fn check_type(headers: &HeaderMap) -> Result<(), ReceiveError> {
    let Some(text) = header_text(headers, &header::CONTENT_TYPE)? else {
        return Ok(());
    };
    let kind = text.split(';').next().unwrap_or_default().trim();
    if kind.is_empty()
        || kind == "application/json"
        || (kind.starts_with("application/") && kind.ends_with("+json"))
    {
        return Ok(());
    }
    Err(ReceiveError::Unsupported(format!(
        "Content-Type {kind} is not read here; send application/json"
    )))
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, ReceiveError> {
    match header_text(headers, &header::CONTENT_ENCODING)?.as_deref() {
        None | Some("" | "identity") => Ok(Encoding::Identity),
        Some("gzip" | "x-gzip") => Ok(Encoding::Gzip),
        Some(other) => Err(ReceiveError::Unsupported(format!(
            "Content-Encoding {other} is not read here; send gzip or none"
        ))),
    }
}
