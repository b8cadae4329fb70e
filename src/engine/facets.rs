//! Bodies of facets, read back from the events of the log that carry them.
//!
//! The catalog keeps who won and where; keeping the bodies a second time would double the disk for
//! what is seldom looked at.

use ahash::HashMap;

use crate::catalog::{FacetRef, FacetView};
use crate::openlineage::{Body, ContentHash, DatasetPart, Event, Facet, parse_event};

use super::{Engine, EngineError};

impl Engine {
    /// The bodies of facets, in their order.
    ///
    /// # Errors
    /// When the log cannot be read, or does not hold what the catalog says it does.
    pub fn facets(&self, refs: &[FacetRef]) -> Result<Vec<FacetView>, EngineError> {
        let mut wanted: HashMap<u64, Vec<usize>> = HashMap::default();
        for (at, facet) in refs.iter().enumerate() {
            wanted.entry(facet.seq).or_default().push(at);
        }
        let mut bodies: Vec<Option<String>> = vec![None; refs.len()];
        for (seq, places) in wanted {
            let Some(event) = self.event(seq)? else {
                continue;
            };
            let found: HashMap<ContentHash, &Facet> =
                facets_of(&event).map(|facet| (facet.hash, facet)).collect();
            for at in places {
                let facet = found.get(&refs[at].hash);
                bodies[at] = facet.map(|facet| String::from_utf8_lossy(&facet.value).into_owned());
            }
        }
        refs.iter()
            .zip(bodies)
            .map(|(facet, body)| {
                let Some(json) = body else {
                    return Err(EngineError::Facet {
                        name: facet.name.clone(),
                        seq: facet.seq,
                    });
                };
                Ok(FacetView {
                    name: facet.name.clone(),
                    json,
                    time: facet.time,
                })
            })
            .collect()
    }

    fn event(&self, seq: u64) -> Result<Option<Event>, EngineError> {
        let logged = self.shared.log.get(seq)?;
        Ok(logged.and_then(|logged| parse_event(&logged.payload).ok()))
    }
}

/// Every facet of an event, wherever it stands.
fn facets_of(event: &Event) -> impl Iterator<Item = &Facet> {
    let (run, job, parts): (&[Facet], &[Facet], Vec<&DatasetPart>) = match &event.body {
        Body::Run {
            run,
            job,
            inputs,
            outputs,
        } => (
            &run.facets,
            &job.facets,
            inputs.iter().chain(outputs).collect(),
        ),
        Body::Job {
            job,
            inputs,
            outputs,
        } => (&[], &job.facets, inputs.iter().chain(outputs).collect()),
        Body::Dataset { dataset } => (&[], &[], vec![dataset]),
    };
    let parts = parts
        .into_iter()
        .flat_map(|part| part.facets.iter().chain(&part.io_facets));
    run.iter().chain(job).chain(parts)
}
