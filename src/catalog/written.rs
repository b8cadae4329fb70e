//! When datasets were written, for whoever asks as of an earlier time.
//!
//! What a run's events say counts: that it goes on or completed, with the dataset among its outputs. A
//! static event tells what is there and writes nothing, unless it says that the dataset was created or
//! written anew. Of each minute the latest time is kept. The times of six hours are one record, so an
//! event costs a record of its own or joins a small one; one that is later than all before it is not
//! looked for in the store.

use crate::openlineage::EventTime;
use crate::store::StoreError;

use super::handle::Catalog;
use super::keys;
use super::names::DatasetId;
use super::state::{State, decode, encode};

/// Microseconds of the times in one record.
const SPAN: i64 = 6 * 60 * MINUTE;
/// Microseconds of which the latest time is kept.
const MINUTE: i64 = 60_000_000;

/// Which record has a time.
fn span(time: EventTime) -> i64 {
    time.0.div_euclid(SPAN)
}

fn minute(time: EventTime) -> i64 {
    time.0.div_euclid(MINUTE)
}

/// Takes a time into an ascending list; whether that changed it.
fn join(times: &mut Vec<EventTime>, time: EventTime) -> bool {
    match times.binary_search_by_key(&minute(time), |held| minute(*held)) {
        Ok(at) if times[at] >= time => false,
        Ok(at) => {
            times[at] = time;
            true
        }
        Err(at) => {
            times.insert(at, time);
            true
        }
    }
}

impl State {
    /// Takes note that a dataset was written.
    pub fn told_write(&mut self, id: DatasetId, time: EventTime) -> Result<(), StoreError> {
        let Some(meta) = self.dataset_meta.edit(id) else {
            return Ok(());
        };
        let before = meta.refreshed;
        // The latest of that minute is noted already.
        if before.is_some_and(|before| before >= time && minute(before) == minute(time)) {
            return Ok(());
        }
        meta.refreshed = before.max(Some(time));
        let key = keys::writes(id, span(time));
        let mut times: Vec<EventTime> = Vec::new();
        if before.is_some_and(|before| span(before) >= span(time))
            && let Some(bytes) = self.records.get(&key)?
        {
            times = decode(&bytes)?;
        }
        if join(&mut times, time) {
            self.records.put(key, encode(&times)?);
        }
        Ok(())
    }

    /// When a dataset was written last by a time, under one of its names.
    fn written_as(&self, id: DatasetId, at: EventTime) -> Result<Option<EventTime>, StoreError> {
        let prefix = keys::by_id(keys::WRITES, id);
        // Later spans come first, and this one is left out.
        let after = keys::writes(id, span(at) + 1);
        for pair in self.records.scan(&prefix, Some(&after)) {
            let times: Vec<EventTime> = decode(&pair?.1)?;
            let by = times.partition_point(|time| *time <= at);
            if let Some(last) = by.checked_sub(1) {
                return Ok(Some(times[last]));
            }
        }
        Ok(None)
    }
}

impl Catalog {
    /// Of datasets, when each was written last, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_written(&self, ids: &[DatasetId]) -> Result<Vec<Option<EventTime>>, StoreError> {
        let state = self.state.read();
        let one = |&id: &DatasetId| Ok(state.whole_meta(id)?.and_then(|meta| meta.refreshed));
        ids.iter().map(one).collect()
    }

    /// The same as of a time. Of several writes in its minute an earlier one may be missed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_written_by(
        &self,
        ids: &[DatasetId],
        at: EventTime,
    ) -> Result<Vec<Option<EventTime>>, StoreError> {
        let state = self.state.read();
        let one = |&id: &DatasetId| {
            let canonical = state.identity.canonical(id);
            let mut last = None;
            for &member in state.identity.members(&canonical) {
                last = last.max(state.written_as(member, at)?);
            }
            Ok(last)
        };
        ids.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_minute_the_latest_time_is_kept_in_any_order() {
        let times = [5, MINUTE, 3, MINUTE + 2, 7, -1, MINUTE + 1, -MINUTE];
        for turn in 0..times.len() {
            let mut held = Vec::new();
            for at in 0..times.len() {
                join(&mut held, EventTime(times[(at + turn) % times.len()]));
            }
            assert_eq!(held, [-1, 7, MINUTE + 2].map(EventTime));
        }
    }
}
