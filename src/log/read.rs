//! Reading events back, from any seq up to the head.

use std::sync::Arc;

use bytes::Bytes;

use super::LoggedEvent;
use super::disk::{Disk, OpenMode};
use super::error::LogError;
use super::format::Group;
use super::scan::Walker;
use super::segment::Segment;
use super::shared::Shared;

/// Events in order, up to the head at the time of its creation.
pub(super) struct Reader {
    disk: Arc<dyn Disk>,
    segments: Vec<Arc<Segment>>,
    /// Seq of the next event to return.
    next: u64,
    head: u64,
    walker: Option<Walker>,
    group: Option<Group>,
}

impl Reader {
    pub fn new(shared: &Shared, seq: u64) -> Self {
        let head = shared.head();
        Self {
            disk: Arc::clone(&shared.disk),
            segments: shared.segments.read().clone(),
            next: seq.max(1),
            head,
            walker: None,
            group: None,
        }
    }

    /// Reads ahead to the group of the next event, so that the caller learns
    /// about an unreadable file at once.
    pub fn prepare(&mut self) -> Result<(), LogError> {
        if self.next > self.head || self.group.is_some() {
            return Ok(());
        }
        let segment = self.segment_of(self.next)?;
        let at_end = self
            .walker
            .as_ref()
            .is_none_or(|walker| walker.path != segment.path);
        if at_end {
            let first_seq = segment.header.first_seq;
            let mut walker = Walker::open(&*self.disk, &segment.path, first_seq, OpenMode::Read)?;
            walker.seek(segment.seek(self.next));
            self.walker = Some(walker);
        }
        if let Some(walker) = &mut self.walker {
            self.group = Some(group_with(walker, self.next)?);
        }
        Ok(())
    }

    fn segment_of(&self, seq: u64) -> Result<Arc<Segment>, LogError> {
        let after = self
            .segments
            .partition_point(|segment| segment.header.first_seq <= seq);
        let found = after.checked_sub(1).and_then(|at| self.segments.get(at));
        found.cloned().ok_or(LogError::Closed)
    }

    fn read(&mut self) -> Result<Option<LoggedEvent>, LogError> {
        while self.next <= self.head {
            self.prepare()?;
            let Some(event) = self.group.as_mut().and_then(Iterator::next) else {
                self.group = None;
                continue;
            };
            // The first group may start before the event that was asked for.
            if event.seq == self.next {
                self.next += 1;
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

impl Iterator for Reader {
    type Item = Result<LoggedEvent, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            // Nothing after an error.
            self.head = 0;
        }
        read.transpose()
    }
}

/// One event; its payload is a copy, not a slice of the group.
pub(super) fn get(shared: &Shared, seq: u64) -> Result<Option<LoggedEvent>, LogError> {
    if seq == 0 {
        return Ok(None);
    }
    let event = Reader::new(shared, seq).next().transpose()?;
    Ok(event.map(|event| LoggedEvent {
        payload: Bytes::copy_from_slice(&event.payload),
        ..event
    }))
}

/// Walks on to the group that holds `seq`, decodes it and steps behind it.
fn group_with(walker: &mut Walker, seq: u64) -> Result<Group, LogError> {
    loop {
        let header = walker.group().map_err(|stop| walker.refuse(stop))?;
        let Some(header) = header else {
            let reason = format!("the segment ends before event {seq}");
            return Err(LogError::corrupt(&walker.path, walker.offset, reason));
        };
        if header.next_seq() <= seq {
            walker.advance(&header);
            continue;
        }
        let body = walker.body(&header).map_err(|stop| walker.refuse(stop))?;
        let group = Group::decode(&header, body)
            .map_err(|reason| LogError::corrupt(&walker.path, walker.offset, reason))?;
        walker.advance(&header);
        return Ok(group);
    }
}
