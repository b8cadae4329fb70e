//! Bodies of facets, read back from the events of the log that carry them.
//!
//! The catalog keeps who won and where; keeping the bodies a second time would double the disk for
//! what is seldom looked at.

use std::collections::BTreeMap;

use ahash::HashMap;

use crate::catalog::{FacetRef, FacetView};
use crate::log::{EventIter, EventLog};
use crate::openlineage::facets::{EXPOSURES, dbt_exposures};
use crate::openlineage::{Body, ContentHash, Event, Facet, parse_event};

use super::{Engine, EngineError};

impl Engine {
    /// The bodies of facets, in their order. `go_on` is asked before each event that has to be
    /// read.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] when `go_on` says no; and when the log cannot be read, or does not
    /// hold what the catalog says it does.
    pub fn facets(
        &self,
        refs: &[FacetRef],
        go_on: impl Fn() -> bool,
    ) -> Result<Vec<FacetView>, EngineError> {
        let mut wanted: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, facet) in refs.iter().enumerate() {
            wanted.entry(facet.seq).or_default().push(at);
        }
        let mut bodies: Vec<Option<String>> = vec![None; refs.len()];
        let mut reading = Reading::default();
        for (seq, places) in wanted {
            if !go_on() {
                return Err(EngineError::Stopped);
            }
            let Some(event) = reading.event(&*self.shared.log, seq)? else {
                continue;
            };
            let listed = exposures_of(&event);
            let found: HashMap<ContentHash, &Facet> = facets_of(&event)
                .chain(&listed)
                .map(|facet| (facet.hash, facet))
                .collect();
            for at in places {
                let facet = found.get(&refs[at].hash);
                bodies[at] = facet.map(|facet| String::from_utf8_lossy(&facet.value).into_owned());
            }
        }
        refs.iter()
            .zip(bodies)
            .map(|(facet, body)| {
                let Some(json) = body else {
                    let (name, seq) = (facet.name.clone(), facet.seq);
                    return Err(EngineError::Facet { name, seq });
                };
                Ok(FacetView {
                    name: facet.name.clone(),
                    json,
                    time: facet.time,
                })
            })
            .collect()
    }
}

/// Events of the log in ascending order. Those that stand close together, as the events of one run
/// or of a page of runs do, are read from one iterator: each `get` would unpack their group anew.
#[derive(Default)]
struct Reading {
    iter: Option<EventIter>,
    /// Seq of what the iterator gives next.
    next: u64,
}

/// Events that are passed over before the log is asked for another place.
const NEAR: u64 = 64;

impl Reading {
    fn event(&mut self, log: &dyn EventLog, seq: u64) -> Result<Option<Event>, EngineError> {
        if self.iter.is_none() || seq < self.next || seq - self.next > NEAR {
            (self.iter, self.next) = (Some(log.read_from(seq)?), seq);
        }
        for logged in self.iter.iter_mut().flatten() {
            let logged = logged?;
            self.next = logged.seq + 1;
            if logged.seq == seq {
                return Ok(parse_event(&logged.payload).ok());
            }
        }
        self.iter = None;
        Ok(None)
    }
}

/// Every facet of an event, wherever it stands.
fn facets_of(event: &Event) -> impl Iterator<Item = &Facet> {
    let run: &[Facet] = match &event.body {
        Body::Run { run, .. } => &run.facets,
        _ => &[],
    };
    let (job, inputs, outputs) = event.body.parts();
    let job = job.map_or(&[][..], |job| &job.facets);
    let parts = inputs.iter().chain(outputs);
    let parts = parts.flat_map(|part| part.facets.iter().chain(&part.io_facets));
    run.iter().chain(job).chain(parts)
}

/// The facets of exposures that an event lists: they stand in facets of what these read.
fn exposures_of(event: &Event) -> Vec<Facet> {
    let (_, inputs, outputs) = event.body.parts();
    let parts = inputs.iter().chain(outputs);
    let lists = parts.flat_map(|part| part.facets.iter().filter(|one| &*one.name == EXPOSURES));
    let listed = lists.flat_map(dbt_exposures);
    listed.map(|(_, facet)| facet).collect()
}
