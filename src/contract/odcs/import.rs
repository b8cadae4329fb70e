//! A document as promises.

use crate::contract::policy::yaml::{self, Node, Value};
use crate::contract::policy::{Place, Problem, nearest};

use super::left::{Left, Lefts};
use super::members;
use super::object::Object;
use super::promise::{Promise, literal};
use super::server::Place as ServerPlace;
use super::{NAMESPACE, VERSIONS, owner};

/// What is said of a document from outside.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'o> {
    /// Pattern of the namespace of its datasets, in place of what its server tells.
    pub namespace: Option<&'o str>,
    /// The server that it is about; unless given the first of production, else the first.
    pub server: Option<&'o str>,
}

/// What was read of a document.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Its name, or its id where it has none.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its status.
    pub status: String,
    /// What it promises.
    pub promises: Vec<Promise>,
    /// What it says beside that.
    pub left: Vec<Left>,
}

/// Mistakes of one document that are told.
const MAX_PROBLEMS: usize = 100;

/// Reads a document.
///
/// # Errors
/// All that is wrong with it, each with its place.
pub fn import(text: &str, options: &Options<'_>) -> Result<Imported, Vec<Problem>> {
    if text.len() > yaml::MAX_BYTES {
        let message = format!(
            "the document has {} bytes; at most {} are read. Write a document for each dataset",
            text.len(),
            yaml::MAX_BYTES
        );
        return Err(vec![Problem::new(Place { line: 1, column: 1 }, message)]);
    }
    let file = yaml::read(text).map_err(|problem| vec![problem])?;
    let mut reader = Reader {
        problems: Vec::new(),
        left: Lefts::default(),
    };
    let read = reader.document(&file, options);
    let mut problems = reader.problems;
    match read {
        Some(read) if problems.is_empty() => Ok(Imported {
            left: reader.left.done(),
            ..read
        }),
        _ => {
            problems.sort_by_key(|problem| problem.at);
            problems.truncate(MAX_PROBLEMS);
            Err(problems)
        }
    }
}

/// Mistakes and what is not held, as they are found.
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
    pub(super) left: Lefts,
}

/// A text of a mapping that is not empty.
pub(super) fn text(node: &Node, name: &str) -> Option<String> {
    let text = node.get(name)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The value of a custom property.
pub(super) fn custom<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let held = node.get("customProperties")?.items().iter();
    let mut held = held.filter(|one| one.get("property").and_then(Node::text) == Some(name));
    held.next()?.get("value")
}

impl Reader {
    pub(super) fn wrong(&mut self, at: Place, message: impl Into<String>) {
        self.problems.push(Problem::new(at, message));
    }

    fn document(&mut self, file: &Node, options: &Options<'_>) -> Option<Imported> {
        if !self.is_document(file) {
            return None;
        }
        self.left.of(file, "", members::DOCUMENT);
        let version = self.must(file, "version");
        let id = self.must(file, "id");
        let status = text(file, "status").unwrap_or_else(|| "active".to_owned());
        let owner = file
            .get("team")
            .and_then(|team| owner::of(team, &mut self.left));
        let doc = self.doc(file);
        let place = self.server(file, options);
        let severity = self.severity(file, &status);
        let objects = self.objects(file);
        let (id, version, place) = (id?, version?, place?);
        let name = text(file, "name").unwrap_or(id);
        let mut read: Vec<Object<'_>> = objects
            .iter()
            .filter_map(|node| Object::read(self, node))
            .collect();
        self.service_levels(file, &mut read);
        let alone = read.len() == 1;
        let mut promises = Vec::new();
        for object in &read {
            let base = if alone {
                name.clone()
            } else {
                format!("{name}.{}", object.name)
            };
            match place.names(&object.physical) {
                Ok(names) => {
                    let usual = Promise {
                        name: base,
                        severity: severity.to_owned(),
                        doc: doc.clone(),
                        owner: owner.clone(),
                        namespace: place.namespace.clone(),
                        names,
                        keeps: super::Keeps::Owner,
                    };
                    promises.extend(object.promises(&usual));
                }
                Err(reason) => self.wrong(object.at, reason),
            }
        }
        if status == "retired" {
            promises.clear();
        }
        Some(Imported {
            promises: self.joined(promises, file.at),
            name,
            version,
            status,
            left: Vec::new(),
        })
    }

    /// Whether it is a document of a version that is read.
    fn is_document(&mut self, file: &Node) -> bool {
        if !matches!(file.value, Value::Map(_)) {
            let message = format!(
                "an ODCS document must be a mapping, this is {}",
                file.kind()
            );
            self.wrong(file.at, message);
            return false;
        }
        let mut known = true;
        let mut word = |reader: &mut Self, name: &str, is: &[&str], says: &str| {
            let held = file.get(name);
            let text = held.and_then(Node::text);
            if text.is_some_and(|text| is.contains(&text)) {
                return;
            }
            known = false;
            let at = held.map_or(file.at, |node| node.at);
            let message = match text {
                Some(text) => format!("`{name}` is {text:?}; {says}"),
                None => format!("an ODCS document must have `{name}`; {says}"),
            };
            reader.wrong(at, message);
        };
        word(
            self,
            "kind",
            &["DataContract"],
            "only documents of the kind DataContract are read",
        );
        let says = format!(
            "the versions {} are read. What is older has to be brought to one of these, what is newer may say what is not known here",
            VERSIONS.join(", ")
        );
        word(self, "apiVersion", &VERSIONS, &says);
        known
    }

    fn must(&mut self, node: &Node, name: &str) -> Option<String> {
        let found = text(node, name);
        if found.is_none() {
            let at = node.get(name).map_or(node.at, |held| held.at);
            self.wrong(
                at,
                format!("an ODCS document must have `{name}`, a text that is not empty"),
            );
        }
        found
    }

    /// Why it is there.
    fn doc(&mut self, file: &Node) -> Option<String> {
        let description = file.get("description")?;
        self.left
            .of(description, "description", members::DESCRIPTION);
        text(description, "purpose")
    }

    /// A document that is in force is meant; what is proposed is told.
    fn severity(&mut self, file: &Node, status: &str) -> &'static str {
        let at = file.get("status").map_or(file.at, |node| node.at);
        match status {
            "active" => return "error",
            "deprecated" => {
                self.left.add(
                    at,
                    "status",
                    "deprecated: its promises hold until it is retired",
                );
                return "error";
            }
            "retired" => self
                .left
                .add(at, "status", "retired: nothing is promised any more"),
            _ => {
                let why = format!(
                    "{status} is not active: what breaks it is told with the severity info"
                );
                self.left.add(at, "status", why);
            }
        }
        "info"
    }

    fn objects<'n>(&mut self, file: &'n Node) -> &'n [Node] {
        let Some(schema) = file.get("schema") else {
            self.wrong(file.at, "an ODCS document must have `schema`, a list of what it promises; without it nothing is");
            return &[];
        };
        match &schema.value {
            Value::List(items) if !items.is_empty() => items,
            _ => {
                let message = format!(
                    "`schema` must be a list of tables, topics or files with an entry at least, this is {}",
                    if matches!(schema.value, Value::List(_)) {
                        "an empty one"
                    } else {
                        schema.kind()
                    }
                );
                self.wrong(schema.at, message);
                &[]
            }
        }
    }

    /// Where its datasets are.
    fn server(&mut self, file: &Node, options: &Options<'_>) -> Option<ServerPlace> {
        let servers = file.get("servers").map_or(&[][..], Node::items);
        let Some(server) = self.picked(servers, options.server) else {
            if let (Some(namespace), true) = (options.namespace, servers.is_empty()) {
                return Some(ServerPlace::anywhere(namespace));
            }
            if servers.is_empty() {
                let message = "this document names no `servers`, so it is not known where its datasets are; write one, or give their namespace with --namespace";
                self.wrong(file.at, message);
            }
            return None;
        };
        for other in servers {
            let name = text(other, "server").unwrap_or_default();
            if std::ptr::eq(other, server) {
                self.left.of(other, "servers", members::SERVER);
                continue;
            }
            let why = format!(
                "{name:?}: a document is held of one server, here of {:?}; another is chosen with --odcs-server",
                text(server, "server").unwrap_or_default()
            );
            self.left.add(other.at, "servers", why);
        }
        let own = custom(server, NAMESPACE).and_then(Node::text).map(literal);
        let namespace = options.namespace.map(str::to_owned).or(own);
        match ServerPlace::of(server, namespace.as_deref()) {
            Ok(place) => Some(place),
            Err(reason) => {
                self.wrong(server.at, reason);
                None
            }
        }
    }

    fn picked<'n>(&mut self, servers: &'n [Node], wanted: Option<&str>) -> Option<&'n Node> {
        let Some(wanted) = wanted else {
            let live = servers.iter().find(|server| {
                let environment = text(server, "environment").unwrap_or_default();
                matches!(
                    environment.to_ascii_lowercase().as_str(),
                    "prod" | "production" | "prd"
                )
            });
            return live.or(servers.first());
        };
        let found = servers
            .iter()
            .find(|server| text(server, "server").as_deref() == Some(wanted));
        if found.is_none() && !servers.is_empty() {
            let names: Vec<String> = servers
                .iter()
                .filter_map(|one| text(one, "server"))
                .collect();
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let guess = nearest(wanted, &known);
            let guess = guess.map_or_else(String::new, |near| format!(" Did you mean {near:?}?"));
            let message = format!(
                "there is no server {wanted:?} here.{guess} The servers are: {}",
                names.join(", ")
            );
            self.wrong(servers[0].at, message);
        }
        found
    }

    /// What several objects promise under one name is one contract; it has to be the same.
    fn joined(&mut self, promises: Vec<Promise>, at: Place) -> Vec<Promise> {
        let mut joined: Vec<Promise> = Vec::new();
        for promise in promises {
            let Some(held) = joined.iter_mut().find(|held| held.name == promise.name) else {
                joined.push(promise);
                continue;
            };
            let names = std::mem::replace(&mut held.names, promise.names.clone());
            if *held != promise {
                let message = format!(
                    "two objects promise different things under the name {:?}; give them different names",
                    promise.name
                );
                self.problems.push(Problem::new(at, message));
            }
            let more = std::mem::replace(&mut held.names, names);
            for name in more {
                if !held.names.contains(&name) {
                    held.names.push(name);
                }
            }
        }
        joined
    }
}
