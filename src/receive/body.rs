//! Reading a request body: its declared kind, unpacking, and never more than the limits in memory.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::GzDecoder;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::ReceiveLimits;
use super::error::ReceiveError;

/// Memory is counted in units of this many bytes.
pub const UNIT: usize = 4 << 10;
/// Set aside at once for a body whose length was announced.
const FIRST_BYTES: usize = 64 << 10;
/// What is still read of a body that was refused.
const DRAIN_BYTES: usize = 64 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(10);

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
    limits: &ReceiveLimits,
) -> Result<Received, ReceiveError> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers)?;
    let encoding = encoding(&parts.headers)?;
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut incoming = Incoming {
        body,
        idle: limits.idle,
        whole: limits.body_time,
        until: Instant::now() + limits.body_time,
    };
    let taken = if expected > limit {
        Err(ReceiveError::TooLarge { limit })
    } else {
        let sink = Sink {
            bytes: Vec::with_capacity(expected.min(FIRST_BYTES)),
            limit,
            room: Room::new(room),
            refused: None,
        };
        match encoding {
            Encoding::Identity => plain(&mut incoming, sink).await,
            Encoding::Gzip => gzip(&mut incoming, sink).await,
        }
    };
    match taken {
        Ok(sink) => Ok(Received {
            bytes: sink.bytes.into(),
            _room: sink.room,
        }),
        Err(error) => {
            // Who is slow is not waited for again.
            if !matches!(error, ReceiveError::TooSlow { .. }) {
                incoming.drain().await;
            }
            Err(error)
        }
    }
}

/// A body that is arriving, with its deadlines.
struct Incoming {
    body: Body,
    idle: Duration,
    whole: Duration,
    until: Instant,
}

impl Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>, ReceiveError> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let frame = timeout(self.idle.min(left), self.body.frame());
            let Ok(frame) = frame.await else {
                return Err(ReceiveError::TooSlow {
                    idle: self.idle.as_secs(),
                    whole: self.whole.as_secs(),
                });
            };
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| ReceiveError::Unreadable(error.to_string()))?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// Reads on a little after a refusal, so that a client that is still sending gets to read why.
    async fn drain(mut self) {
        self.until = Instant::now() + DRAIN_TIME.min(self.whole);
        let mut left = DRAIN_BYTES;
        while let Ok(Some(data)) = self.next().await {
            match left.checked_sub(data.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

/// The bytes of a body. They take room as they come: a length that was only announced, by a client
/// that then sends nothing, keeps nobody else out.
struct Sink {
    bytes: Vec<u8>,
    limit: usize,
    room: Room,
    /// Why a write failed.
    refused: Option<ReceiveError>,
}

impl Sink {
    fn take(&mut self, data: &[u8]) -> Result<(), ReceiveError> {
        let length = self.bytes.len() + data.len();
        if length > self.limit {
            return Err(ReceiveError::TooLarge { limit: self.limit });
        }
        self.room.grow(length)?;
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

/// For the decoder, which writes a few kilobytes at a time: a bomb costs no more than the limit.
impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        match self.take(data) {
            Ok(()) => Ok(data.len()),
            Err(error) => {
                self.refused = Some(error);
                Err(std::io::Error::other("refused"))
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn plain(incoming: &mut Incoming, mut sink: Sink) -> Result<Sink, ReceiveError> {
    while let Some(data) = incoming.next().await? {
        sink.take(&data)?;
    }
    Ok(sink)
}

async fn gzip(incoming: &mut Incoming, sink: Sink) -> Result<Sink, ReceiveError> {
    let mut decoder = GzDecoder::new(sink);
    while let Some(data) = incoming.next().await? {
        if let Err(error) = decoder.write_all(&data) {
            return Err(unpacking(&mut decoder, &error));
        }
    }
    if let Err(error) = decoder.try_finish() {
        return Err(unpacking(&mut decoder, &error));
    }
    decoder.finish().map_err(not_gzip)
}

fn unpacking(decoder: &mut GzDecoder<Sink>, error: &std::io::Error) -> ReceiveError {
    let refused = decoder.get_mut().refused.take();
    refused.unwrap_or_else(|| not_gzip(error))
}

fn not_gzip(error: impl std::fmt::Display) -> ReceiveError {
    ReceiveError::Unreadable(format!("it is not whole gzip: {error}"))
}

/// Room for a body, taken as it grows and given back when it goes.
struct Room {
    semaphore: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Room {
    fn new(semaphore: &Arc<Semaphore>) -> Self {
        Self {
            semaphore: Arc::clone(semaphore),
            held: None,
            bytes: 0,
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), ReceiveError> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let units = (bytes - self.bytes).div_ceil(UNIT);
        let permits = u32::try_from(units).map_err(|_| ReceiveError::Busy)?;
        let permit = Arc::clone(&self.semaphore).try_acquire_many_owned(permits);
        let permit = permit.map_err(|_| ReceiveError::Busy)?;
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
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
    let told = headers.get(header::CONTENT_TYPE);
    if told.is_some_and(|told| told == "application/json") {
        return Ok(());
    }
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
