//! What a document says and Headwater does not hold, so that nothing is dropped in silence.

use std::collections::BTreeMap;

use crate::contract::policy::yaml::{Name, Node, Value};
use crate::contract::policy::{Place, nearest};

/// A member that is not held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Where it stands first.
    pub at: Place,
    /// Which, by path: `schema.properties.quality`.
    pub what: String,
    /// How often it is there.
    pub count: usize,
    /// Why it is not held, or what was made of it.
    pub why: String,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.what)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        write!(f, ": {}", self.why)
    }
}

/// Members of one kind of mapping, each with why it is not held; empty for what is read.
pub type Members = &'static [(&'static str, &'static str)];

/// What was found so far; what stands at many places for one reason is told once.
#[derive(Debug, Default)]
pub struct Lefts(BTreeMap<(String, String), Left>);

impl Lefts {
    /// Takes note of something.
    pub fn add(&mut self, at: Place, what: impl Into<String>, why: impl Into<String>) {
        let (what, why) = (what.into(), why.into());
        let held = self.0.entry((what.clone(), why.clone()));
        let held = held.or_insert(Left {
            at,
            what,
            count: 0,
            why,
        });
        held.count += 1;
    }

    /// Takes note of the members of a mapping that are not read.
    pub fn of(&mut self, node: &Node, path: &str, members: Members) {
        for (name, value) in node.members() {
            if says_nothing(value) {
                continue;
            }
            let what = join(path, &name.text);
            match members.iter().find(|(held, _)| *held == name.text) {
                Some((_, "")) => {}
                Some((_, why)) => self.add(name.at, what, *why),
                None => self.add(name.at, what, unknown(name, members)),
            }
        }
    }

    /// All of it, in order of the file.
    pub fn done(self) -> Vec<Left> {
        let mut all: Vec<Left> = self.0.into_values().collect();
        all.sort_by(|a, b| (a.at, &a.what).cmp(&(b.at, &b.what)));
        all
    }
}

fn unknown(name: &Name, members: Members) -> String {
    let names: Vec<&str> = members.iter().map(|(held, _)| *held).collect();
    let guess = nearest(&name.text, &names);
    let guess = guess.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("ODCS 3.1 has no such member here{guess}")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}

/// A member that is there and says what its absence says too.
fn says_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        Value::Scalar { text, .. } => matches!(text.as_str(), "" | "false" | "-1"),
    }
}
