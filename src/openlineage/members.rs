//! The members of an event by name, borrowed from its canonical form; a member of the wrong kind
//! is an error with its path. What must be there, and what values may say, is for `wire`.

use std::borrow::Cow;
use std::fmt;

use super::cursor::{Cursor, Kind};
use super::known::{Familiar, known};
use super::warning::{shortened, shown};
use super::wire::EventError;

/// Facets of one object (`facets`, `inputFacets` or `outputFacets`) that are read. More than 30
/// were never seen.
pub const MAX_FACETS: usize = 1_000;
/// Facets of one event that are read: 32 MB of tiny ones would take ten times that in memory.
pub const MAX_EVENT_FACETS: usize = 200_000;
/// Inputs, and outputs, of one event. Thousands were seen; leaving some out would lose edges, so an
/// event with more is refused.
pub const MAX_DATASETS: usize = 100_000;

/// Where a part of an event is; shows itself as a JSON pointer.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Event,
    Run,
    Job,
    Dataset,
    Input(usize),
    Output(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event => Ok(()),
            Self::Run => f.write_str("/run"),
            Self::Job => f.write_str("/job"),
            Self::Dataset => f.write_str("/dataset"),
            Self::Input(n) => write!(f, "/inputs/{n}"),
            Self::Output(n) => write!(f, "/outputs/{n}"),
        }
    }
}

type Text<'a> = Option<Cow<'a, str>>;

#[derive(Default)]
pub(super) struct WireEvent<'a> {
    pub event_time: Text<'a>,
    pub event_type: Text<'a>,
    pub producer: Text<'a>,
    pub schema_url: Text<'a>,
    pub run: Option<WireRun<'a>>,
    pub job: Option<WireNamed<'a>>,
    pub dataset: Option<WireNamed<'a>>,
    pub inputs: Vec<WireNamed<'a>>,
    pub outputs: Vec<WireNamed<'a>>,
}

#[derive(Default)]
pub(super) struct WireRun<'a> {
    pub run_id: Text<'a>,
    pub facets: Facets<'a>,
}

/// A job or a dataset.
#[derive(Default)]
pub(super) struct WireNamed<'a> {
    pub namespace: Text<'a>,
    pub name: Text<'a>,
    pub facets: Facets<'a>,
    pub input_facets: Facets<'a>,
    pub output_facets: Facets<'a>,
}

/// The facets of one object. Those that are `null` are left out: they are as good as absent,
/// several clients write every key they know.
#[derive(Default)]
pub(super) struct Facets<'a> {
    pub read: Vec<WireFacet<'a>>,
    /// How many there are beyond the limits.
    pub beyond: usize,
}

pub(super) struct WireFacet<'a> {
    pub name: Cow<'a, str>,
    /// The same where it is a name that is known, for keeping.
    pub known: Option<&'static str>,
    pub text: &'a str,
    pub is_object: bool,
    pub has_producer: bool,
    pub deleted: bool,
    pub familiar: Familiar,
}

/// Reads the members of an event from its canonical form.
pub(super) fn read_members(canonical: &[u8]) -> Result<WireEvent<'_>, EventError> {
    let mut members = Members {
        cursor: Cursor::new(canonical),
        facets_left: MAX_EVENT_FACETS,
    };
    members.event()
}

struct Members<'a> {
    cursor: Cursor<'a>,
    facets_left: usize,
}

impl<'a> Members<'a> {
    fn wrong<T>(&mut self, path: String, expected: &str) -> Result<T, EventError> {
        let kind = self.cursor.kind();
        let found = kind.map_or("nothing", Kind::name);
        let value = match kind {
            Some(Kind::Number | Kind::Bool) => format!(" ({})", shortened(self.cursor.raw())),
            Some(Kind::String) => {
                format!(" ({})", shown(&self.cursor.string().unwrap_or_default()))
            }
            _ => String::new(),
        };
        Err(EventError::Invalid {
            path,
            message: format!("invalid type: {found}{value}, expected {expected}"),
        })
    }

    /// Enters what is to be of that kind; false for `null`.
    fn enter(
        &mut self,
        kind: Kind,
        path: impl FnOnce() -> String,
        expected: &str,
    ) -> Result<bool, EventError> {
        match self.cursor.kind() {
            Some(found) if found == kind => Ok(self.cursor.enter(kind)),
            Some(Kind::Null) => {
                self.cursor.skip();
                Ok(false)
            }
            _ => self.wrong(path(), expected),
        }
    }

    fn text(&mut self, place: Place, member: &str) -> Result<Text<'a>, EventError> {
        match self.cursor.kind() {
            Some(Kind::String | Kind::Null) => Ok(self.cursor.string()),
            _ => self.wrong(format!("{place}/{member}"), "a string"),
        }
    }

    fn event(&mut self) -> Result<WireEvent<'a>, EventError> {
        if self.cursor.kind() != Some(Kind::Object) {
            return self.wrong(String::new(), "an object");
        }
        self.cursor.enter(Kind::Object);
        let mut event = WireEvent::default();
        let root = Place::Event;
        while let Some(key) = self.cursor.key() {
            match &*key {
                "eventTime" => event.event_time = self.text(root, "eventTime")?,
                "eventType" => event.event_type = self.text(root, "eventType")?,
                "producer" => event.producer = self.text(root, "producer")?,
                "schemaURL" => event.schema_url = self.text(root, "schemaURL")?,
                "run" => event.run = self.run()?,
                "job" => event.job = self.named(Place::Job)?,
                "dataset" => event.dataset = self.named(Place::Dataset)?,
                "inputs" => event.inputs = self.list("/inputs", Place::Input)?,
                "outputs" => event.outputs = self.list("/outputs", Place::Output)?,
                _ => self.cursor.skip(),
            }
        }
        Ok(event)
    }

    fn run(&mut self) -> Result<Option<WireRun<'a>>, EventError> {
        if !self.enter(Kind::Object, || "/run".to_owned(), "an object")? {
            return Ok(None);
        }
        let mut run = WireRun::default();
        while let Some(key) = self.cursor.key() {
            match &*key {
                "runId" => run.run_id = self.text(Place::Run, "runId")?,
                "facets" => run.facets = self.facets(Place::Run, "facets")?,
                _ => self.cursor.skip(),
            }
        }
        Ok(Some(run))
    }

    fn list(
        &mut self,
        path: &str,
        place: fn(usize) -> Place,
    ) -> Result<Vec<WireNamed<'a>>, EventError> {
        let mut list = Vec::new();
        if !self.enter(Kind::Array, || path.to_owned(), "an array of datasets")? {
            return Ok(list);
        }
        while self.cursor.item() {
            if list.len() == MAX_DATASETS {
                let message = format!("has more than {MAX_DATASETS} datasets");
                return Err(EventError::Invalid {
                    path: path.to_owned(),
                    message,
                });
            }
            let place = place(list.len());
            match self.named(place)? {
                Some(dataset) => list.push(dataset),
                None => return invalid_null(place),
            }
        }
        Ok(list)
    }

    fn named(&mut self, place: Place) -> Result<Option<WireNamed<'a>>, EventError> {
        if !self.enter(Kind::Object, || place.to_string(), "an object")? {
            return Ok(None);
        }
        let mut named = WireNamed::default();
        while let Some(key) = self.cursor.key() {
            match &*key {
                "namespace" => named.namespace = self.text(place, "namespace")?,
                "name" => named.name = self.text(place, "name")?,
                "facets" => named.facets = self.facets(place, "facets")?,
                "inputFacets" => named.input_facets = self.facets(place, "inputFacets")?,
                "outputFacets" => named.output_facets = self.facets(place, "outputFacets")?,
                _ => self.cursor.skip(),
            }
        }
        Ok(Some(named))
    }

    fn facets(&mut self, place: Place, member: &str) -> Result<Facets<'a>, EventError> {
        let mut facets = Facets::default();
        let path = || format!("{place}/{member}");
        if !self.enter(Kind::Object, path, "an object of facets")? {
            return Ok(facets);
        }
        while let Some(name) = self.cursor.key() {
            if self.cursor.kind() == Some(Kind::Null) {
                self.cursor.skip();
            } else if facets.read.len() == MAX_FACETS || self.facets_left == 0 {
                self.cursor.skip();
                facets.beyond += 1;
            } else {
                self.facets_left -= 1;
                let facet = self.facet(name);
                facets.read.push(facet);
            }
        }
        Ok(facets)
    }

    fn facet(&mut self, name: Cow<'a, str>) -> WireFacet<'a> {
        let mark = self.cursor.mark();
        let is_object = self.cursor.enter(Kind::Object);
        let (mut has_producer, mut deleted) = (false, false);
        let known = known(&name);
        let shape = known.and_then(|(_, shape)| shape);
        let mut familiar = if known.is_some() {
            Familiar::Yes
        } else {
            Familiar::No
        };
        while is_object && let Some(key) = self.cursor.key() {
            match &*key {
                "_deleted" => deleted = self.cursor.boolean() == Some(true),
                key => {
                    has_producer |= key == "_producer";
                    if let Some((member, expected)) = shape
                        && key == member
                    {
                        familiar = self.compared(member, expected);
                    }
                    self.cursor.skip();
                }
            }
        }
        WireFacet {
            known: known.map(|(name, _)| name),
            name,
            text: self.cursor.since(mark),
            is_object,
            has_producer,
            deleted,
            familiar,
        }
    }
}

impl Members<'_> {
    /// Whether the value here is of the expected kind; `null` is as good as absent.
    fn compared(&mut self, member: &'static str, expected: Kind) -> Familiar {
        match self.cursor.kind() {
            Some(found) if found != expected && found != Kind::Null => Familiar::Misshapen {
                member,
                expected,
                found,
            },
            _ => Familiar::Yes,
        }
    }
}

fn invalid_null<T>(place: Place) -> Result<T, EventError> {
    Err(EventError::Invalid {
        path: place.to_string(),
        message: "invalid type: null, expected an object".to_owned(),
    })
}
