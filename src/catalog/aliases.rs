//! The names of a dataset as a reader sees them: why each is one, and which ties are in doubt.

use crate::openlineage::EventTime;
use crate::project::naming::NameRule;
use crate::store::StoreError;

use super::handle::Catalog;
use super::names::{DatasetId, JobId};
use super::state::State;

/// Namespace and name.
pub type FullName = (String, String);

/// A name of a dataset.
#[derive(Debug, Clone)]
pub struct NameView {
    /// The name.
    pub name: FullName,
    /// It is the one that answers give.
    pub canonical: bool,
    /// Events read, write or describe the dataset by it; otherwise it only is another name.
    pub used: bool,
    /// By which rule it is a spelling of the name that is shown of it.
    pub rule: Option<NameRule>,
    /// What ties it to other names.
    pub ties: Vec<TieView>,
}

/// "The dataset of this name is also called that."
#[derive(Debug, Clone)]
pub struct TieView {
    /// It was told by a rename: the other name is the one before.
    pub rename: bool,
    /// Whose facet it is, as it is shown.
    pub of: FullName,
    /// The other name.
    pub other: FullName,
    /// Who told it last.
    pub producer: String,
    /// The job whose event told it last; none when it was a dataset event.
    pub job: Option<JobId>,
    /// First and last event time.
    pub seen: (EventTime, EventTime),
}

/// Why names were not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtReason {
    /// Several datasets of one kind, each in use by itself, are tied to one name.
    SharedName,
    /// A chain of ties leads to several places or tables.
    Chain,
    /// Too many names hang together.
    TooMany,
    /// The name does not tell where its dataset is, and is used from several places.
    Unlocated,
    /// A dataset was renamed, and its old name has been written since.
    Reused,
    /// A newer tie took the place of an older one, which was not told any more.
    Superseded,
}

/// Ties that were not made.
#[derive(Debug, Clone)]
pub struct DoubtView {
    /// Why.
    pub reason: DoubtReason,
    /// The name at which the others meet, where there is one.
    pub at: Option<FullName>,
    /// The names that were not joined; at most 20.
    pub names: Vec<FullName>,
    /// How many there are.
    pub count: usize,
}

/// Names of one doubt that are shown.
pub const MAX_SHOWN: usize = 20;

impl Catalog {
    /// The names of a dataset, the canonical one first, then by namespace and name.
    pub fn names_of(&self, id: DatasetId) -> Vec<NameView> {
        let state = self.state.read();
        let id = state.identity.canonical(id);
        let members = state.identity.members(&id);
        let mut views: Vec<NameView> = members
            .iter()
            .map(|&member| NameView {
                name: state.full_name(member),
                canonical: member == id,
                used: !state.identity.only_named.contains(&member),
                rule: state.rule_of(member),
                ties: state.ties_of(member, members),
            })
            .collect();
        views.sort_by(|a, b| (!a.canonical, &a.name).cmp(&(!b.canonical, &b.name)));
        views
    }

    /// Namespaces and names of a dataset but for the canonical one, at most `limit`.
    pub fn other_names(&self, id: DatasetId, limit: usize) -> Vec<FullName> {
        let state = self.state.read();
        let others = state.identity.members(&id).iter().filter(|&&m| m != id);
        let mut names: Vec<FullName> = others.map(|&member| state.full_name(member)).collect();
        names.sort();
        names.truncate(limit);
        names
    }

    /// The canonical number of a dataset.
    pub fn canonical(&self, id: DatasetId) -> DatasetId {
        self.state.read().identity.canonical(id)
    }

    /// Ties of the names of a dataset that were not made, in a fixed order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn doubts(&self, id: DatasetId) -> Result<Vec<DoubtView>, StoreError> {
        self.state.read().doubts(id)
    }

    /// Datasets of which a tie is in doubt, by namespace and name.
    pub fn in_doubt(&self) -> Vec<DatasetId> {
        let state = self.state.read();
        let identity = &state.identity;
        let crowded = identity
            .unlocated
            .keys()
            .filter(|id| identity.is_crowded(**id));
        let flagged = identity.flagged.iter().chain(crowded);
        let mut ids: Vec<DatasetId> = flagged.map(|&id| identity.canonical(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.sort_by_cached_key(|&id| state.full_name(id));
        ids
    }
}

impl State {
    pub fn full_name(&self, id: DatasetId) -> FullName {
        let (namespace, name) = self.dataset_names.name(id);
        (self.strings.text(namespace).to_owned(), name.to_owned())
    }

    fn rule_of(&self, id: DatasetId) -> Option<NameRule> {
        if self.shown(self.identity.spellings.node(id)) == id {
            return None;
        }
        let (namespace, name) = self.dataset_names.name(id);
        let namespace = self.strings.text(namespace);
        Some(self.options.rules.rule(namespace, name))
    }

    /// Ties between a name and the other names of its dataset.
    fn ties_of(&self, id: DatasetId, members: &[DatasetId]) -> Vec<TieView> {
        let standing = self.identity.standing(members);
        let mine = standing.filter(|(of, claim)| {
            (*of == id || claim.other == id) && members.binary_search(&claim.other).is_ok()
        });
        let mut ties: Vec<TieView> = mine
            .map(|(of, claim)| TieView {
                rename: claim.rename,
                of: self.full_name(self.shown(of)),
                other: self.full_name(self.shown(claim.other)),
                producer: self.strings.text(claim.producer).to_owned(),
                job: claim.job,
                seen: (claim.first, claim.last),
            })
            .collect();
        ties.sort_by(|a, b| (&a.of, &a.other, a.rename).cmp(&(&b.of, &b.other, b.rename)));
        ties
    }

    fn doubts(&self, id: DatasetId) -> Result<Vec<DoubtView>, StoreError> {
        let id = self.identity.canonical(id);
        let members = self.identity.members(&id);
        let piece = self.identity.piece(self.identity.spellings.node(id));
        let resolved = self.resolve(&piece)?;
        let mine = |at: &usize| members.binary_search(&piece.names[*at]).is_ok();
        let name = |at: usize| self.full_name(self.shown(piece.names[at]));
        let doubt = |reason, at: Option<usize>, places: &[usize]| {
            let mut names: Vec<FullName> = places.iter().map(|&at| name(at)).collect();
            names.sort();
            names.truncate(MAX_SHOWN);
            DoubtView {
                reason,
                at: at.map(name),
                names,
                count: places.len(),
            }
        };
        let mut doubts = Vec::new();
        for &member in members {
            if !self.identity.is_crowded(member) {
                continue;
            }
            let places = self.identity.unlocated.get(&member).into_iter().flatten();
            let text = |&(producer, namespace): &_| {
                (
                    self.strings.text(producer).to_owned(),
                    self.strings.text(namespace).to_owned(),
                )
            };
            let mut names: Vec<FullName> = places.map(text).collect();
            names.sort();
            let count = names.len();
            names.truncate(MAX_SHOWN);
            doubts.push(DoubtView {
                reason: DoubtReason::Unlocated,
                at: Some(self.full_name(member)),
                names,
                count,
            });
        }
        if piece.oversize {
            let places: Vec<usize> = (0..piece.names.len()).collect();
            doubts.push(doubt(DoubtReason::TooMany, None, &places));
        }
        for conflict in &resolved.conflicts {
            if mine(&conflict.hub) || conflict.rivals.iter().any(mine) {
                let at = Some(conflict.hub);
                doubts.push(doubt(DoubtReason::SharedName, at, &conflict.rivals));
            }
        }
        if resolved.tangled.iter().any(mine) {
            doubts.push(doubt(DoubtReason::Chain, None, &resolved.tangled));
        }
        for &(hub, at) in &resolved.former {
            if mine(&hub) || mine(&at) {
                doubts.push(doubt(DoubtReason::Superseded, Some(hub), &[at]));
            }
        }
        for &(old, new) in &resolved.reused {
            if mine(&old) || mine(&new) {
                doubts.push(doubt(DoubtReason::Reused, Some(old), &[new]));
            }
        }
        doubts.sort_by(|a, b| (&a.at, &a.names).cmp(&(&b.at, &b.names)));
        Ok(doubts)
    }
}
