//! From bytes to an [`Event`]: canonical JSON, the members by name, every rule that refuses.
//!
//! Lenient where real producers are (see [`Warning`]s), strict where an event could not be kept
//! faithfully. Which kind an event is follows from its members, never from `schemaURL`.

use std::borrow::Cow;

use bytes::Bytes;

use super::canonical::{Canonical, JsonError, canonicalise, content_hash};
use super::event::{Body, DatasetPart, Event, Facet, JobPart, RunPart, RunState};
use super::facets;
use super::known::Familiar;
use super::members::{
    Facets, MAX_EVENT_FACETS, MAX_FACETS, Place, WireEvent, WireFacet, WireNamed, WireRun,
    read_members,
};
use super::repeated::repeated_hash;
use super::run_id::run_id;
use super::time::parse_time;
#[cfg(doc)]
use super::warning::Warning;
use super::warning::{Warnings, segment, shown};

/// Why an event was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The body is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The JSON is no `OpenLineage` event.
    #[error("{}: {message}", if path.is_empty() { "the event" } else { path })]
    Invalid {
        /// JSON pointer to the place in the event; empty for the event itself.
        path: String,
        /// What was expected there and what was found.
        message: String,
    },
}

fn invalid<T>(path: impl Into<String>, message: impl Into<String>) -> Result<T, EventError> {
    Err(EventError::Invalid {
        path: path.into(),
        message: message.into(),
    })
}

/// Reads one event.
///
/// # Errors
/// [`EventError::Json`] when the bytes are not JSON, [`EventError::Invalid`] with a JSON pointer
/// when a required member is missing or of the wrong kind.
pub fn parse_event(source: &[u8]) -> Result<Event, EventError> {
    let canonical = canonicalise(source)?;
    let mut warnings = tolerated(&canonical);
    let bytes = Bytes::from(canonical.bytes);
    let wire = read_members(&bytes)?;

    let Some(time) = wire.event_time.as_deref() else {
        return invalid(
            "/eventTime",
            "is missing; expected an RFC 3339 time such as 2026-01-31T09:30:00Z",
        );
    };
    let Some(read_time) = parse_time(time) else {
        let message = format!(
            "{} is not a time; expected RFC 3339 such as 2026-01-31T09:30:00Z",
            shown(time)
        );
        return invalid("/eventTime", message);
    };
    if !read_time.has_zone {
        let message = "the time has no zone and was taken as UTC; send Z or an offset";
        warnings.add("no_time_zone", "/eventTime", message);
    }
    let Some(producer) = wire.producer.clone() else {
        return invalid(
            "/producer",
            "is missing; expected a string that names what sent the event",
        );
    };
    if producer.is_empty() {
        warnings.add("empty_producer", "/producer", "the producer is empty");
    }
    if wire.schema_url.as_deref().unwrap_or_default().is_empty() {
        let message = "missing or empty; the event was read as OpenLineage 2-0-2";
        warnings.add("no_schema_url", "/schemaURL", message);
    }
    let mut reader = Reader {
        buffer: &bytes,
        warnings,
    };
    let body = reader.body(wire)?;
    Ok(Event {
        time: read_time.time,
        producer: producer.into(),
        hash: content_hash(&bytes),
        body,
        warnings: reader.warnings.finish(),
    })
}

fn tolerated(canonical: &Canonical) -> Warnings {
    let mut warnings = Warnings::default();
    if canonical.non_finite > 0 {
        let message = format!(
            "{} NaN or Infinity token(s) were read as null; JSON has no such numbers",
            canonical.non_finite
        );
        warnings.add("non_finite_number", "", message);
    }
    if !canonical.duplicate_keys.is_empty() {
        let keys = canonical.duplicate_keys.join(", ");
        let message =
            format!("member(s) {keys} stand more than once in one object; the last counts");
        warnings.add("duplicate_key", "", message);
    }
    if canonical.lone_surrogates > 0 {
        let message = format!(
            "{} escape(s) of half a surrogate pair were read as U+FFFD",
            canonical.lone_surrogates
        );
        warnings.add("lone_surrogate", "", message);
    }
    warnings
}

struct Reader<'b> {
    buffer: &'b Bytes,
    warnings: Warnings,
}

impl Reader<'_> {
    fn body(&mut self, wire: WireEvent<'_>) -> Result<Body, EventError> {
        match (wire.run, wire.job, wire.dataset) {
            (Some(run), Some(job), _) => Ok(Body::Run {
                run: self.run(run, wire.event_type.as_deref())?,
                job: self.job(job)?,
                inputs: self.datasets(wire.inputs, Place::Input)?,
                outputs: self.datasets(wire.outputs, Place::Output)?,
            }),
            (None, Some(_), Some(_)) => invalid(
                "",
                "has both job and dataset but no run, which is neither a JobEvent nor a DatasetEvent",
            ),
            (None, Some(job), None) => Ok(Body::Job {
                job: self.job(job)?,
                inputs: self.datasets(wire.inputs, Place::Input)?,
                outputs: self.datasets(wire.outputs, Place::Output)?,
            }),
            (None, None, Some(dataset)) => Ok(Body::Dataset {
                dataset: self.dataset(dataset, Place::Dataset)?,
            }),
            (Some(_), None, _) => invalid(
                "/job",
                "is missing; a RunEvent names its job by namespace and name",
            ),
            (None, None, None) => invalid(
                "",
                "has none of run, job and dataset; expected a RunEvent (run and job), a JobEvent (job) or a DatasetEvent (dataset)",
            ),
        }
    }

    fn run(&mut self, run: WireRun<'_>, event_type: Option<&str>) -> Result<RunPart, EventError> {
        let Some(id) = run.run_id.as_deref() else {
            return invalid("/run/runId", "is missing; expected a UUID");
        };
        if id.is_empty() {
            return invalid("/run/runId", "is empty; expected a UUID");
        }
        let text = id;
        let (id, is_uuid) = run_id(text);
        if !is_uuid {
            let message = format!(
                "{} is not a UUID; it was taken as it is, but other consumers may refuse it",
                shown(text)
            );
            self.warnings.add("run_id", "/run/runId", message);
        }
        let state = self.state(event_type)?;
        Ok(RunPart {
            id,
            text: (!is_uuid).then(|| text.into()),
            state,
            facets: self.facets(run.facets, Place::Run, "facets"),
        })
    }

    fn state(&mut self, event_type: Option<&str>) -> Result<RunState, EventError> {
        let Some(text) = event_type else {
            return Ok(RunState::Other);
        };
        let upper = text.to_ascii_uppercase();
        let state = match upper.as_str() {
            "START" => RunState::Start,
            "RUNNING" => RunState::Running,
            "COMPLETE" => RunState::Complete,
            "ABORT" => RunState::Abort,
            "FAIL" => RunState::Fail,
            "OTHER" => RunState::Other,
            _ => {
                let message = format!(
                    "{} is unknown; expected START, RUNNING, COMPLETE, ABORT, FAIL or OTHER",
                    shown(text)
                );
                return invalid("/eventType", message);
            }
        };
        if upper != text {
            let message = format!("{text:?} was read as {upper}");
            self.warnings.add("event_type_case", "/eventType", message);
        }
        Ok(state)
    }

    fn name(
        &mut self,
        namespace: Option<Cow<'_, str>>,
        name: Option<Cow<'_, str>>,
        place: Place,
    ) -> Result<(Box<str>, Box<str>), EventError> {
        let Some(namespace) = namespace else {
            return invalid(
                format!("{place}/namespace"),
                "is missing; expected a string",
            );
        };
        let Some(name) = name else {
            return invalid(format!("{place}/name"), "is missing; expected a string");
        };
        if name.is_empty() {
            return invalid(
                format!("{place}/name"),
                "is empty; a thing without a name cannot be found again",
            );
        }
        if namespace.is_empty() {
            let message = "the namespace is empty; names of unrelated sources may meet in it";
            self.warnings.add_with(
                "empty_namespace",
                || format!("{place}/namespace"),
                || message.into(),
            );
        }
        Ok((namespace.into(), name.into()))
    }

    fn job(&mut self, job: WireNamed<'_>) -> Result<JobPart, EventError> {
        let (namespace, name) = self.name(job.namespace, job.name, Place::Job)?;
        Ok(JobPart {
            namespace,
            name,
            facets: self.facets(job.facets, Place::Job, "facets"),
        })
    }

    fn datasets(
        &mut self,
        datasets: Vec<WireNamed<'_>>,
        place: fn(usize) -> Place,
    ) -> Result<Vec<DatasetPart>, EventError> {
        let read = datasets.into_iter().enumerate();
        read.map(|(i, dataset)| self.dataset(dataset, place(i)))
            .collect()
    }

    fn dataset(&mut self, wire: WireNamed<'_>, place: Place) -> Result<DatasetPart, EventError> {
        let (namespace, name) = self.name(wire.namespace, wire.name, place)?;
        let facets = self.facets(wire.facets, place, "facets");
        let io_facets = if matches!(place, Place::Input(_)) {
            self.facets(wire.input_facets, place, "inputFacets")
        } else {
            self.facets(wire.output_facets, place, "outputFacets")
        };
        Ok(DatasetPart {
            namespace,
            name,
            facets,
            io_facets,
        })
    }

    fn facets(&mut self, facets: Facets<'_>, place: Place, member: &str) -> Vec<Facet> {
        if facets.beyond > 0 {
            let message = format!(
                "{} facets were left out of the catalog, those last in order of their names: at most {MAX_FACETS} of one object and {MAX_EVENT_FACETS} of one event are read; the log has the whole event",
                facets.beyond
            );
            let path = format!("{place}/{member}");
            self.warnings.add("too_many_facets", path, message);
        }
        let mut kept = Vec::with_capacity(facets.read.len());
        for facet in facets.read {
            self.remark(&facet, place, member);
            kept.push(Facet {
                name: match facet.known {
                    Some(name) => Cow::Borrowed(name),
                    None => Cow::Owned(facet.name.into_owned()),
                },
                hash: repeated_hash(facet.text.as_bytes()),
                value: self.buffer.slice_ref(facet.text.as_bytes()),
                deleted: facet.deleted,
            });
        }
        kept
    }

    fn remark(&mut self, facet: &WireFacet<'_>, place: Place, member: &str) {
        let name = &facet.name;
        let path = || format!("{place}/{member}/{}", segment(name));
        if !facet.is_object {
            self.warnings.add_with("facet_not_an_object", path, || {
                format!(
                    "the facet {} is not an object; it is kept as it is, and not read",
                    shown(name)
                )
            });
            return;
        }
        if !facet.has_producer {
            self.warnings.add_with("no_facet_producer", path, || {
                format!("the facet {} has no _producer", shown(name))
            });
        }
        match facet.familiar {
            Familiar::Yes => {}
            Familiar::No => self.warnings.add_with("unknown_facet", path, || {
                format!(
                    "the facet {} is not known; it is kept and shown as it came, and nothing is read from it",
                    shown(name)
                )
            }),
            Familiar::Misshapen {
                member,
                expected,
                found,
            } => {
                let path = || format!("{}/{member}", path());
                self.warnings.add_with("facet_shape", path, || {
                    format!(
                        "{member} of the facet {name} is {}, expected {}; it is read as if it were not there",
                        found.name(),
                        expected.name()
                    )
                });
            }
        }
        if let Some(message) = facets::left_out(name, facet.text.as_bytes()) {
            self.warnings.add_with("facet_cut", path, || message);
        }
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
