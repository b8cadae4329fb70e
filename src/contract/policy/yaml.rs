//! YAML as a tree in which each node knows its line and column. Only this module names the parser.
//!
//! A policy is written by people, so what YAML offers beyond plain data is refused with its place:
//! anchors, tags, several documents.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;
/// Members of one mapping at most.
const MAX_MEMBERS: usize = 1_000;
/// Largest file that is read, bytes.
pub const MAX_BYTES: usize = 2 << 20;

/// A place in a file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins.
    pub at: Place,
    /// What it is.
    pub value: Value,
}

/// A name of a mapping and where it stands.
#[derive(Debug, Clone)]
pub struct Name {
    /// Where it begins.
    pub at: Place,
    /// The name.
    pub text: String,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing, or `null` or `~`.
    Null,
    /// A text; `plain` when it stands without quotes, so that it may be a number or a flag.
    Scalar {
        /// What it says.
        text: String,
        /// It stands without quotes.
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order of the file; no name stands in it twice.
    Map(Vec<(Name, Node)>),
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Place,
    /// What, and what to do.
    pub message: String,
}

impl Problem {
    /// Makes one.
    pub fn new(at: Place, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl Node {
    /// What it is, for a message.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let Value::Map(members) = &self.value else {
            return None;
        };
        let found = members.iter().find(|(held, _)| held.text == name);
        found.map(|(_, node)| node)
    }

    /// The text of a single value.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a list; a single value is a list of one, nothing is an empty one.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Null => &[],
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The texts of a list, or of one value.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.items().iter().filter_map(Self::text)
    }

    /// The members of a mapping.
    pub fn members(&self) -> &[(Name, Node)] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }
}

/// What is being built: a list, or a mapping and the name that waits for its value.
enum Open {
    List(Place, Vec<Node>),
    Map(Place, Vec<(Name, Node)>, Option<Name>),
}

/// Reads a file of one document.
///
/// # Errors
/// When the file is too large or no YAML, or uses what is not read here: anchors, aliases, tags,
/// names that are no texts, a name twice, several documents.
pub fn read(text: &str) -> Result<Node, Problem> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        let message = format!(
            "the file has {} bytes; at most {MAX_BYTES} are read. Write patterns (`name: \"RAW.*\"`) in place of lists of names",
            text.len()
        );
        return Err(Problem::new(start, message));
    }
    let mut building = Building::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = place(*error.marker());
            if error.info().contains("anchor") {
                return anchored(at);
            }
            Problem::new(at, format!("this is not YAML: {}", error.info()))
        })?;
        building.take(event, span)?;
    }
    Ok(building.done.unwrap_or(Node {
        at: start,
        value: Value::Null,
    }))
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

#[derive(Default)]
struct Building {
    stack: Vec<Open>,
    done: Option<Node>,
    documents: usize,
}

impl Building {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let at = place(span.start);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins here; put everything into one";
                    return Err(Problem::new(at, message));
                }
            }
            Event::Alias(_) => return Err(anchored(at)),
            Event::Scalar(text, style, anchor, tag) => {
                plain_only(at, anchor, tag.is_some())?;
                let plain = style == ScalarStyle::Plain;
                let value = if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    Value::Null
                } else {
                    let text = text.into_owned();
                    Value::Scalar { text, plain }
                };
                self.put(Node { at, value })?;
            }
            Event::SequenceStart(anchor, tag) => {
                plain_only(at, anchor, tag.is_some())?;
                self.open(at, Open::List(at, Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                plain_only(at, anchor, tag.is_some())?;
                self.open(at, Open::Map(at, Vec::new(), None))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::List(at, items)) => Node {
                        at,
                        value: Value::List(items),
                    },
                    Some(Open::Map(at, members, _)) => Node {
                        at,
                        value: Value::Map(members),
                    },
                    None => return Ok(()),
                };
                self.put(node)?;
            }
        }
        Ok(())
    }

    fn open(&mut self, at: Place, open: Open) -> Result<(), Problem> {
        if let Some(Open::Map(_, _, None)) = self.stack.last() {
            return Err(Problem::new(at, "a name must be a text"));
        }
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Problem::new(at, message));
        }
        self.stack.push(open);
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<(), Problem> {
        match self.stack.last_mut() {
            None => self.done = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, members, waiting)) => match waiting.take() {
                Some(name) => members.push((name, node)),
                None => *waiting = Some(name_of(members, node)?),
            },
        }
        Ok(())
    }
}

fn name_of(members: &[(Name, Node)], node: Node) -> Result<Name, Problem> {
    let at = node.at;
    let Value::Scalar { text, .. } = node.value else {
        return Err(Problem::new(at, "a name must be a text"));
    };
    if members.len() >= MAX_MEMBERS {
        let message = format!("a mapping of more than {MAX_MEMBERS} members");
        return Err(Problem::new(at, message));
    }
    if let Some((first, _)) = members.iter().find(|(held, _)| held.text == text) {
        let message = format!("{text:?} stands here twice; first at {}", first.at);
        return Err(Problem::new(at, message));
    }
    Ok(Name { at, text })
}

fn plain_only(at: Place, anchor: usize, tagged: bool) -> Result<(), Problem> {
    if anchor > 0 {
        return Err(anchored(at));
    }
    if tagged {
        let message = "tags (`!…`) are not read here; write the value alone";
        return Err(Problem::new(at, message));
    }
    Ok(())
}

fn anchored(at: Place) -> Problem {
    let message = "anchors and aliases (`&…`, `*…`) are not read here; write the value out. A pattern that begins with `*` must stand in quotes";
    Problem::new(at, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn places_are_those_of_the_file() {
        let node = read("a: 1\nb:\n  - x\n  - {c: 'y'}\n").unwrap();
        let list = node.get("b").unwrap();
        assert_eq!(list.items()[0].at, Place { line: 3, column: 5 });
        let c = list.items()[1].get("c").unwrap();
        assert_eq!((c.text(), c.at.line, c.at.column), (Some("y"), 4, 9));
    }

    #[test]
    fn what_is_not_plain_data_is_refused_with_its_place() {
        assert!(refused("a: &x 1\nb: *x\n").starts_with("1:4: anchors"));
        assert!(refused("a: *all\n").contains("must stand in quotes"));
        assert!(refused("a: !!int 3\n").contains("tags"));
        assert!(
            refused("a: 1\nb: 2\na: 3\n").starts_with("3:1: \"a\" stands here twice; first at 1:1")
        );
        assert!(refused("a: 1\n---\nb: 2\n").contains("second document"));
        assert!(refused("a: [1,\n").contains("not YAML"));
        assert!(refused("[x]: 1\n").contains("a name must be a text"));
        assert!(refused(&"[".repeat(100)).contains("nested deeper"));
    }

    #[test]
    fn a_large_file_is_refused_at_once() {
        let text = "x".repeat(5 << 20);
        let message = refused(&text);
        assert!(
            message.contains("5242880 bytes") && message.contains("2097152"),
            "{message}"
        );
    }

    #[test]
    fn an_empty_file_is_nothing() {
        assert!(matches!(read("# only words\n").unwrap().value, Value::Null));
    }
}
