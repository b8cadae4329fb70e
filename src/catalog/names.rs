//! Names and their dense numbers. Numbers follow order of arrival and are local to one store;
//! nothing that leaves the server, and no digest, contains them.

use std::hash::{Hash, Hasher};

use indexmap::{Equivalent, IndexSet};

/// Number of a dataset.
pub type DatasetId = u32;
/// Number of a job.
pub type JobId = u32;
/// Number of an interned string.
pub type StringId = u32;

#[derive(Debug, PartialEq, Eq)]
struct Named {
    namespace: StringId,
    name: Box<str>,
}

#[derive(PartialEq, Eq)]
struct NamedRef<'a> {
    namespace: StringId,
    name: &'a str,
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NamedRef {
            namespace: self.namespace,
            name: &self.name,
        }
        .hash(state);
    }
}

impl Hash for NamedRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.namespace.hash(state);
        self.name.hash(state);
    }
}

impl Equivalent<Named> for NamedRef<'_> {
    fn equivalent(&self, key: &Named) -> bool {
        self.namespace == key.namespace && *self.name == *key.name
    }
}

fn number(index: usize) -> u32 {
    // Node numbers carry a mark bit, so 2^31 of each kind is the limit of one store.
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Strings that recur: namespaces, producers, columns, facet names.
#[derive(Debug, Default)]
pub struct Strings(IndexSet<Box<str>, ahash::RandomState>);

impl Strings {
    pub fn get(&self, text: &str) -> Option<StringId> {
        self.0.get_index_of(text).map(number)
    }

    /// The number of a string, and whether it is new.
    pub fn intern(&mut self, text: &str) -> (StringId, bool) {
        if let Some(id) = self.get(text) {
            return (id, false);
        }
        (number(self.0.insert_full(text.into()).0), true)
    }

    pub fn text(&self, id: StringId) -> &str {
        self.0.get_index(id as usize).map_or("", |text| text)
    }
}

/// Names within namespaces.
#[derive(Debug, Default)]
pub struct Names(IndexSet<Named, ahash::RandomState>);

impl Names {
    pub fn get(&self, namespace: StringId, name: &str) -> Option<u32> {
        self.0
            .get_index_of(&NamedRef { namespace, name })
            .map(number)
    }

    pub fn insert(&mut self, namespace: StringId, name: &str) -> u32 {
        number(
            self.0
                .insert_full(Named {
                    namespace,
                    name: name.into(),
                })
                .0,
        )
    }

    /// Namespace and name of a number.
    pub fn name(&self, id: u32) -> (StringId, &str) {
        self.0
            .get_index(id as usize)
            .map_or((0, ""), |named| (named.namespace, &*named.name))
    }

    pub fn len(&self) -> u32 {
        number(self.0.len())
    }
}
