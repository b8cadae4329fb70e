//! Spellings of one name: which raw names differ in quotes, partition folders or case alone.
//!
//! The rules are pure ([`crate::project::naming`]). Here each raw name gets its *node*, a number
//! that all spellings of it share; ties between names are kept by nodes.

use ahash::{HashMap, HashSet};

use crate::openlineage::{ContentHash, content_hash};
use crate::project::naming::is_unlocated;

use super::keys;
use super::names::DatasetId;
use super::state::State;

/// Spellings by node.
#[derive(Default)]
pub struct Spellings {
    /// The node of each number that is not one.
    nodes: HashMap<DatasetId, DatasetId>,
    /// Bare names that differ from the node's in case.
    cases: HashMap<DatasetId, Vec<DatasetId>>,
    /// Names that are not bare.
    dressed: HashMap<DatasetId, Vec<DatasetId>>,
    /// Nodes of stores that fold case, by namespace and folded name.
    folded: HashMap<ContentHash, DatasetId>,
    /// Nodes of which some spelling is in use.
    lively: HashSet<DatasetId>,
}

/// How a name is spelled.
enum Spelling {
    /// With quotes or partitions; without them it is this.
    Dressed(String),
    /// Bare, in a store that folds case.
    Folded(ContentHash),
    /// Bare, and unlike all others.
    Plain,
}

impl Spellings {
    /// The number that all spellings of a name share.
    pub fn node(&self, id: DatasetId) -> DatasetId {
        if self.nodes.is_empty() {
            return id;
        }
        self.nodes.get(&id).copied().unwrap_or(id)
    }

    /// All numbers of a node, itself first.
    pub fn of(&self, node: DatasetId) -> impl Iterator<Item = DatasetId> + '_ {
        let dressed = self.dressed.get(&node).into_iter().flatten();
        self.bare(node).chain(dressed.copied())
    }

    /// The numbers of a node's bare names, itself first.
    fn bare(&self, node: DatasetId) -> impl Iterator<Item = DatasetId> + '_ {
        let cases = self.cases.get(&node).into_iter().flatten();
        [node].into_iter().chain(cases.copied())
    }
}

impl State {
    fn spelling(&self, id: DatasetId) -> Spelling {
        let (namespace, name) = self.dataset_names.name(id);
        let namespace = self.strings.text(namespace);
        let rules = &self.options.rules;
        let bare = rules.bare(namespace, name);
        if bare != name {
            return Spelling::Dressed(bare.into_owned());
        }
        let key = rules.case_key(namespace, name);
        key.map_or(Spelling::Plain, |key| {
            Spelling::Folded(content_hash(format!("{namespace}\0{key}").as_bytes()))
        })
    }

    /// Takes note of how a new name is spelled.
    pub fn spell(&mut self, id: DatasetId) {
        let (namespace, name) = self.dataset_names.name(id);
        if is_unlocated(self.strings.text(namespace), name) {
            self.identity.unlocated.entry(id).or_default();
        }
        match self.spelling(id) {
            Spelling::Plain => {}
            Spelling::Folded(key) => {
                let spellings = &mut self.identity.spellings;
                let node = *spellings.folded.entry(key).or_insert(id);
                if node != id {
                    spellings.nodes.insert(id, node);
                    spellings.cases.entry(node).or_default().push(id);
                    // It may be the better one to show.
                    self.identity.dirty.insert(node);
                }
            }
            Spelling::Dressed(bare) => {
                let namespace = self.dataset_names.name(id).0;
                let (bare, new) = self.name_in(namespace, &bare);
                if new {
                    self.only_name(bare);
                }
                let spellings = &mut self.identity.spellings;
                let node = spellings.node(bare);
                spellings.nodes.insert(id, node);
                spellings.dressed.entry(node).or_default().push(id);
                self.identity.join_spelling(id, node);
            }
        }
    }

    /// Takes note of how all names are spelled, as they are read from the store.
    pub fn spell_all(&mut self) {
        // Bare names first: the first of each is the node.
        for dressed in [false, true] {
            for id in 0..self.dataset_names.len() {
                if dressed == matches!(self.spelling(id), Spelling::Dressed(_)) {
                    self.spell(id);
                }
            }
        }
        for id in 0..self.dataset_names.len() {
            if !self.identity.only_named.contains(&id) {
                self.enliven(id);
            }
        }
    }

    /// Makes a name one that nobody uses for a dataset.
    pub fn only_name(&mut self, id: DatasetId) {
        self.identity.only_named.insert(id);
        self.records
            .put(keys::by_id(keys::ONLY_NAMED, id), Vec::new());
    }

    /// Takes note that a spelling is in use.
    pub fn enliven(&mut self, id: DatasetId) {
        let spellings = &mut self.identity.spellings;
        let node = spellings.node(id);
        if node != id && spellings.lively.insert(node) {
            self.identity.dirty.insert(node);
        }
    }

    /// Whether a dataset is in use by some spelling of a name.
    pub fn lives(&self, node: DatasetId) -> bool {
        !self.identity.only_named.contains(&node) || self.identity.spellings.lively.contains(&node)
    }

    /// The spelling of a name that is shown: a bare one that is in use, of these the one that the
    /// store makes of all, and else the first.
    pub fn shown(&self, node: DatasetId) -> DatasetId {
        if !self.identity.spellings.cases.contains_key(&node) {
            return node;
        }
        let rank = |&id: &DatasetId| {
            let unused = self.identity.only_named.contains(&id);
            let (namespace, name) = self.dataset_names.name(id);
            let namespace = self.strings.text(namespace);
            let folded = self.options.rules.case_key(namespace, name);
            (unused, folded.as_deref() != Some(name), name)
        };
        let bare = self.identity.spellings.bare(node);
        bare.min_by_key(rank).unwrap_or(node)
    }

    /// A dataset by a spelling of its name that was never sent.
    pub fn find_spelling(&self, namespace: &str, name: &str) -> Option<DatasetId> {
        let rules = &self.options.rules;
        let bare = rules.bare(namespace, name);
        if bare != name
            && let Some(id) = self.dataset_names.get(self.strings.get(namespace)?, &bare)
        {
            return Some(id);
        }
        let key = rules.case_key(namespace, &bare)?;
        let key = content_hash(format!("{namespace}\0{key}").as_bytes());
        self.identity.spellings.folded.get(&key).copied()
    }
}
