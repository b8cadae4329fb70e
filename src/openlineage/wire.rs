//! From bytes to an [`Event`]: canonical JSON, the members by name, every rule that refuses.
//!
//! Lenient where real producers are (see [`Warning`]s), strict where an event could not be kept
//! faithfully. Which kind an event is follows from its members, never from `schemaURL`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::canonical::{Canonical, JsonError, canonicalise, content_hash};
use super::event::{Body, DatasetPart, Event, Facet, JobPart, RunPart, RunState};
use super::time::parse_time;
use super::warning::Warning;

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
    let wire = read_wire(&bytes)?;

    let Some(time) = wire.event_time.as_deref() else {
        return invalid(
            "/eventTime",
            "is missing; expected an RFC 3339 time such as 2026-01-31T09:30:00Z",
        );
    };
    let Some(read_time) = parse_time(time) else {
        let message =
            format!("{time:?} is not a time; expected RFC 3339 such as 2026-01-31T09:30:00Z");
        return invalid("/eventTime", message);
    };
    if !read_time.has_zone {
        let message = "the time has no zone and was taken as UTC; send Z or an offset";
        warnings.push(Warning::new("no_time_zone", "/eventTime", message));
    }
    let Some(producer) = wire.producer.clone() else {
        return invalid(
            "/producer",
            "is missing; expected a string that names what sent the event",
        );
    };
    if producer.is_empty() {
        warnings.push(Warning::new(
            "empty_producer",
            "/producer",
            "the producer is empty",
        ));
    }
    if wire.schema_url.as_deref().unwrap_or_default().is_empty() {
        let message = "missing or empty; the event was read as OpenLineage 2-0-2";
        warnings.push(Warning::new("no_schema_url", "/schemaURL", message));
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
        warnings: reader.warnings,
    })
}

fn tolerated(canonical: &Canonical) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if canonical.non_finite > 0 {
        let message = format!(
            "{} NaN or Infinity token(s) were read as null; JSON has no such numbers",
            canonical.non_finite
        );
        warnings.push(Warning::new("non_finite_number", "", message));
    }
    if !canonical.duplicate_keys.is_empty() {
        let keys = canonical.duplicate_keys.join(", ");
        let message =
            format!("member(s) {keys} stand more than once in one object; the last counts");
        warnings.push(Warning::new("duplicate_key", "", message));
    }
    if canonical.lone_surrogates > 0 {
        let message = format!(
            "{} escape(s) of half a surrogate pair were read as U+FFFD",
            canonical.lone_surrogates
        );
        warnings.push(Warning::new("lone_surrogate", "", message));
    }
    warnings
}

/// Type errors are rare, so the path is worked out only when there was one.
fn read_wire(bytes: &[u8]) -> Result<WireEvent<'_>, EventError> {
    if let Ok(Object(wire)) = serde_json::from_slice(bytes) {
        return Ok(wire);
    }
    let mut source = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, Object<WireEvent<'_>>>(&mut source) {
        Ok(Object(wire)) => Ok(wire),
        Err(error) => {
            let mut message = error.inner().to_string();
            if let Some(cut) = message.rfind(" at line ") {
                message.truncate(cut);
            }
            invalid(pointer(error.path()), message)
        }
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut text, segment| {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => return text,
        };
        text.push('/');
        text.push_str(&part);
        text
    })
}

struct Reader<'b> {
    buffer: &'b Bytes,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn body(&mut self, wire: WireEvent<'_>) -> Result<Body, EventError> {
        match (wire.run, wire.job, wire.dataset) {
            (Some(Object(run)), Some(Object(job)), _) => Ok(Body::Run {
                run: self.run(run, wire.event_type.as_deref())?,
                job: self.job(job)?,
                inputs: self.datasets(wire.inputs, "/inputs")?,
                outputs: self.datasets(wire.outputs, "/outputs")?,
            }),
            (None, Some(_), Some(_)) => invalid(
                "",
                "has both job and dataset but no run, which is neither a JobEvent nor a DatasetEvent",
            ),
            (None, Some(Object(job)), None) => Ok(Body::Job {
                job: self.job(job)?,
                inputs: self.datasets(wire.inputs, "/inputs")?,
                outputs: self.datasets(wire.outputs, "/outputs")?,
            }),
            (None, None, Some(Object(dataset))) => Ok(Body::Dataset {
                dataset: self.dataset(dataset, "/dataset")?,
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
        let Ok(id) = Uuid::parse_str(id) else {
            return invalid("/run/runId", format!("{id:?} is not a UUID"));
        };
        let state = self.state(event_type)?;
        Ok(RunPart {
            id,
            state,
            facets: self.facets(run.facets, "/run/facets"),
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
                    "{text:?} is unknown; expected START, RUNNING, COMPLETE, ABORT, FAIL or OTHER"
                );
                return invalid("/eventType", message);
            }
        };
        if upper != text {
            let message = format!("{text:?} was read as {upper}");
            self.warnings
                .push(Warning::new("event_type_case", "/eventType", message));
        }
        Ok(state)
    }

    fn name(
        &mut self,
        namespace: Option<Cow<'_, str>>,
        name: Option<Cow<'_, str>>,
        path: &str,
    ) -> Result<(Box<str>, Box<str>), EventError> {
        let Some(namespace) = namespace else {
            return invalid(format!("{path}/namespace"), "is missing; expected a string");
        };
        let Some(name) = name else {
            return invalid(format!("{path}/name"), "is missing; expected a string");
        };
        if name.is_empty() {
            return invalid(
                format!("{path}/name"),
                "is empty; a thing without a name cannot be found again",
            );
        }
        if namespace.is_empty() {
            let message = "the namespace is empty; names of unrelated sources may meet in it";
            self.warnings.push(Warning::new(
                "empty_namespace",
                format!("{path}/namespace"),
                message,
            ));
        }
        Ok((namespace.into(), name.into()))
    }

    fn job(&mut self, job: WireNamed<'_>) -> Result<JobPart, EventError> {
        let (namespace, name) = self.name(job.namespace, job.name, "/job")?;
        Ok(JobPart {
            namespace,
            name,
            facets: self.facets(job.facets, "/job/facets"),
        })
    }

    fn datasets(
        &mut self,
        datasets: Option<Vec<Object<WireNamed<'_>>>>,
        path: &str,
    ) -> Result<Vec<DatasetPart>, EventError> {
        let datasets = datasets.unwrap_or_default();
        let read = datasets.into_iter().enumerate();
        read.map(|(i, Object(dataset))| self.dataset(dataset, &format!("{path}/{i}")))
            .collect()
    }

    fn dataset(&mut self, wire: WireNamed<'_>, path: &str) -> Result<DatasetPart, EventError> {
        let (namespace, name) = self.name(wire.namespace, wire.name, path)?;
        let facets = self.facets(wire.facets, &format!("{path}/facets"));
        let io = if path.starts_with("/inputs") {
            (wire.input_facets, "inputFacets")
        } else {
            (wire.output_facets, "outputFacets")
        };
        let io_facets = self.facets(io.0, &format!("{path}/{}", io.1));
        Ok(DatasetPart {
            namespace,
            name,
            facets,
            io_facets,
        })
    }

    fn facets(&mut self, facets: Option<Facets<'_>>, path: &str) -> Vec<Facet> {
        let facets = facets.unwrap_or_default().0;
        let mut kept = Vec::with_capacity(facets.len());
        for (name, raw) in facets {
            let text = raw.get();
            if text == "null" {
                continue; // as good as absent: several clients write every known key
            }
            if !text.starts_with('{') {
                let message =
                    format!("the facet {name} is not an object; it is kept as it is, and not read");
                self.warnings.push(Warning::new(
                    "facet_not_an_object",
                    format!("{path}/{name}"),
                    message,
                ));
            } else if !text.contains("\"_producer\":") {
                let message = format!("the facet {name} has no _producer");
                self.warnings.push(Warning::new(
                    "no_facet_producer",
                    format!("{path}/{name}"),
                    message,
                ));
            }
            kept.push(Facet {
                name: name.into(),
                hash: content_hash(text.as_bytes()),
                value: self.buffer.slice_ref(text.as_bytes()),
                deleted: is_deleted(text),
            });
        }
        kept
    }
}

fn is_deleted(facet: &str) -> bool {
    #[derive(Deserialize)]
    struct Deleted {
        #[serde(rename = "_deleted", default)]
        deleted: bool,
    }
    facet.contains("\"_deleted\":true")
        && serde_json::from_str::<Deleted>(facet).is_ok_and(|facet| facet.deleted)
}

#[derive(Deserialize)]
struct WireEvent<'a> {
    #[serde(rename = "eventTime", default, borrow)]
    event_time: Option<Cow<'a, str>>,
    #[serde(rename = "eventType", default, borrow)]
    event_type: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    producer: Option<Cow<'a, str>>,
    #[serde(rename = "schemaURL", default, borrow)]
    schema_url: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    run: Option<Object<WireRun<'a>>>,
    #[serde(default, borrow)]
    job: Option<Object<WireNamed<'a>>>,
    #[serde(default, borrow)]
    dataset: Option<Object<WireNamed<'a>>>,
    #[serde(default, borrow)]
    inputs: Option<Vec<Object<WireNamed<'a>>>>,
    #[serde(default, borrow)]
    outputs: Option<Vec<Object<WireNamed<'a>>>>,
}

#[derive(Deserialize)]
struct WireRun<'a> {
    #[serde(rename = "runId", default, borrow)]
    run_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    facets: Option<Facets<'a>>,
}

/// A job or a dataset.
#[derive(Deserialize)]
struct WireNamed<'a> {
    #[serde(default, borrow)]
    namespace: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    facets: Option<Facets<'a>>,
    #[serde(rename = "inputFacets", default, borrow)]
    input_facets: Option<Facets<'a>>,
    #[serde(rename = "outputFacets", default, borrow)]
    output_facets: Option<Facets<'a>>,
}

/// A struct that only an object may fill: by itself serde would take an array of its members too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        source.deserialize_map(Members(PhantomData)).map(Object)
    }
}

#[derive(Default)]
struct Facets<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Facets<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Facets<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of facets")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facets<'de>, A::Error> {
                let mut facets = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    facets.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(Facets(facets))
            }
        }
        source.deserialize_map(Members)
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
