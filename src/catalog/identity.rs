//! Which raw names are one dataset, as a view over what events say of names.
//!
//! Facts stay under the names that producers use. What is kept here is who ties which names
//! together, and derived from it, for each raw name, the canonical one under which the graph and
//! the APIs know it. The rules are pure ([`crate::project::identity`]); what has to move when they
//! decide otherwise is [`super::regroup`].

use std::collections::BTreeSet;

use ahash::{HashMap, HashSet};

use crate::openlineage::facets::{MAX_SYMLINKS, symlinks};
use crate::openlineage::{DatasetPart, EventTime};
use crate::project::identity::{self as rules, Name, Resolved};
use crate::project::naming::producer_kind;
use crate::store::StoreError;

use super::apply::Context;
use super::claims::{Claim, ClaimNews, Claims};
use super::keys;
use super::names::{DatasetId, JobId, StringId};
use super::spelling::Spellings;
use super::state::{Entity, State, encode};

/// Users of a name that does not tell where its dataset is, that are told apart.
const MAX_PLACES: usize = 200;
/// Names that are tied together, directly or over others, at most; beyond that none are joined. What
/// an event costs would else grow with the number of events before it.
const MAX_PIECE: usize = 1_000;

/// Ties between names, and the datasets they make.
#[derive(Default)]
pub struct Identity {
    /// What was told of a dataset's other names, by nodes.
    pub claims: HashMap<DatasetId, Claims>,
    /// Who names a dataset as another name of its own; ascending.
    claimed_by: HashMap<DatasetId, Vec<DatasetId>>,
    /// Names that no event uses for a dataset: other names of one, spellings that nobody sent.
    pub only_named: HashSet<DatasetId>,
    /// The canonical number of each raw number that has another one.
    canonical: HashMap<DatasetId, DatasetId>,
    /// All numbers of each dataset that has several, ascending, by the canonical one.
    members: HashMap<DatasetId, Vec<DatasetId>>,
    /// Names that take part in a tie that is in doubt.
    pub flagged: HashSet<DatasetId>,
    /// Names whose piece depends on when ties were told.
    contested: HashSet<DatasetId>,
    /// Names of pieces with more than [`MAX_PIECE`] names.
    oversize: HashSet<DatasetId>,
    /// Names that do not tell where their dataset is, and who uses them: (producer, namespace of the
    /// job).
    pub unlocated: HashMap<DatasetId, BTreeSet<(StringId, StringId)>>,
    /// Which names are spellings of one.
    pub spellings: Spellings,
    /// Names whose piece must be decided anew.
    pub dirty: HashSet<DatasetId>,
    /// Claims that were not staged yet.
    pub unstaged: HashSet<DatasetId>,
}

/// Names that hang together by ties, whether these hold or not.
pub struct Piece {
    /// Ascending.
    pub names: Vec<DatasetId>,
    /// There are too many.
    pub oversize: bool,
}

impl Identity {
    /// The number under which the graph knows a dataset.
    pub fn canonical(&self, id: DatasetId) -> DatasetId {
        if self.canonical.is_empty() {
            return id;
        }
        self.canonical.get(&id).copied().unwrap_or(id)
    }

    /// All numbers of a dataset, by its canonical one.
    pub fn members<'i>(&'i self, id: &'i DatasetId) -> &'i [DatasetId] {
        self.members
            .get(id)
            .map_or(std::slice::from_ref(id), Vec::as_slice)
    }

    /// Datasets of several names.
    pub fn groups(&self) -> impl Iterator<Item = (&DatasetId, &Vec<DatasetId>)> {
        self.members.iter()
    }

    /// How many names are not canonical.
    pub fn joined(&self) -> usize {
        self.canonical.len()
    }

    /// Sets the canonical number of each name of a piece.
    pub fn set_canonical(&mut self, decided: &[(DatasetId, DatasetId)]) {
        for (id, _) in decided {
            self.members.remove(id);
            self.canonical.remove(id);
        }
        for &(id, canonical) in decided {
            if id == canonical {
                continue;
            }
            self.canonical.insert(id, canonical);
            let members = self.members.entry(canonical).or_insert(vec![canonical]);
            members.push(id);
        }
        for &(id, canonical) in decided {
            if id == canonical
                && let Some(members) = self.members.get_mut(&id)
            {
                members.sort_unstable();
            }
        }
    }

    /// Takes in the claims of a dataset, as read from the store.
    pub fn fill(&mut self, id: DatasetId, claims: Claims) {
        for claim in &claims.held {
            note_claimer(&mut self.claimed_by, claim.other, id);
        }
        self.dirty.insert(id);
        self.claims.insert(id, claims);
    }

    /// Whether a name that does not tell where its dataset is, is used from several places.
    pub fn is_crowded(&self, id: DatasetId) -> bool {
        let places = self.unlocated.get(&id);
        places.is_some_and(|places| places.len() > 1)
    }

    /// Whether there may be any doubt about a dataset.
    pub fn has_doubts(&self) -> bool {
        !self.flagged.is_empty() || !self.unlocated.is_empty()
    }

    /// Makes a new name that is a spelling of another one a name of its dataset.
    pub fn join_spelling(&mut self, id: DatasetId, node: DatasetId) {
        let canonical = self.canonical(node);
        let Some(members) = self.members.get_mut(&canonical) else {
            // The dataset has a second name only now.
            self.dirty.insert(node);
            return;
        };
        if let Err(at) = members.binary_search(&id) {
            members.insert(at, id);
        }
        self.canonical.insert(id, canonical);
    }

    /// Everything that hangs together with a node.
    pub fn piece(&self, seed: DatasetId) -> Piece {
        let (mut names, mut seen) = (vec![seed], HashSet::from_iter([seed]));
        let (mut next, mut oversize) = (0, false);
        while let Some(&at) = names.get(next) {
            next += 1;
            if self.oversize.contains(&at) {
                // Whoever hangs together with one of these has too many names too; the others know.
                oversize = true;
                continue;
            }
            let told = self.claims.get(&at).into_iter().flat_map(|told| &told.held);
            let named_by = self.claimed_by.get(&at).into_iter().flatten();
            for near in told.map(|claim| claim.other).chain(named_by.copied()) {
                if seen.insert(near) {
                    names.push(near);
                }
            }
        }
        names.sort_unstable();
        oversize |= names.len() > MAX_PIECE;
        Piece { names, oversize }
    }

    /// Ties of a piece that hold: (whose, claim).
    pub fn standing<'i>(
        &'i self,
        names: &'i [DatasetId],
    ) -> impl Iterator<Item = (DatasetId, &'i Claim)> {
        names.iter().flat_map(|&id| {
            let told = self.claims.get(&id);
            told.into_iter()
                .flat_map(Claims::standing)
                .map(move |claim| (id, claim))
        })
    }

    /// Whether a piece depends on when its ties were told.
    pub fn is_contested(&self, id: DatasetId) -> bool {
        self.contested.contains(&id)
    }

    /// Takes note of how a piece stands. Returns the names for which something changed.
    pub fn note(&mut self, piece: &Piece, resolved: &Resolved) -> Vec<DatasetId> {
        let mut doubted = HashSet::default();
        if piece.oversize {
            doubted.extend(&piece.names);
            self.oversize.extend(&piece.names);
        }
        let places = resolved.conflicts.iter().flat_map(|conflict| {
            let rivals = conflict.rivals.iter().copied();
            rivals.chain([conflict.hub])
        });
        let places = places.chain(resolved.tangled.iter().copied());
        doubted.extend(places.map(|at| piece.names[at]));
        let mut changed = Vec::new();
        for &id in &piece.names {
            let differs = if doubted.contains(&id) {
                self.flagged.insert(id)
            } else {
                self.flagged.remove(&id)
            };
            if differs {
                changed.push(id);
            }
            if resolved.is_contested() {
                self.contested.insert(id);
            } else {
                self.contested.remove(&id);
            }
        }
        changed
    }
}

fn note_claimer(
    claimed_by: &mut HashMap<DatasetId, Vec<DatasetId>>,
    other: DatasetId,
    by: DatasetId,
) {
    let claimers = claimed_by.entry(other).or_default();
    if let Err(at) = claimers.binary_search(&by) {
        claimers.insert(at, by);
    }
}

/// What one event tells of another name.
fn claim(other: DatasetId, rename: bool, job: Option<JobId>, context: Context) -> Claim {
    Claim {
        other,
        rename,
        first: context.time,
        last: context.time,
        hash: context.hash,
        producer: context.producer,
        job,
    }
}

impl State {
    /// The number of a name that is another name of a dataset.
    fn other_name(&mut self, namespace: &str, name: &str) -> DatasetId {
        let (id, new) = self.name_dataset(namespace, name);
        if new {
            self.only_name(id);
        }
        id
    }

    /// Takes note that a name is used for a dataset, and not only as another name of one.
    pub fn comes_to_life(&mut self, id: DatasetId) {
        if self.identity.only_named.is_empty() || !self.identity.only_named.remove(&id) {
            return;
        }
        self.records.remove(keys::by_id(keys::ONLY_NAMED, id));
        self.enliven(id);
        self.identity.dirty.insert(self.identity.spellings.node(id));
        self.touched.insert(Entity::Dataset(id));
    }

    /// Takes in the other names that an event tells of a dataset.
    pub fn told_names(
        &mut self,
        id: DatasetId,
        part: &DatasetPart,
        job: Option<JobId>,
        context: Context,
    ) {
        let facet = part.facets.iter().find(|facet| &*facet.name == "symlinks");
        let Some(facet) = facet else { return };
        let id = self.identity.spellings.node(id);
        if facet.deleted {
            return self.withdraw_names(id, context.time);
        }
        let told = symlinks(&facet.value).into_iter().take(MAX_SYMLINKS);
        for other in told {
            let other = self.other_name(&other.namespace, &other.name);
            let other = self.identity.spellings.node(other);
            if other != id {
                self.claim(id, claim(other, false, job, context));
            }
        }
    }

    /// Takes in the name that a dataset had before a rename.
    pub fn told_rename(
        &mut self,
        id: DatasetId,
        previous: (&str, &str),
        job: Option<JobId>,
        context: Context,
    ) {
        let other = self.other_name(previous.0, previous.1);
        let other = self.identity.spellings.node(other);
        let id = self.identity.spellings.node(id);
        if other != id {
            self.claim(id, claim(other, true, job, context));
        }
    }

    /// When some spelling of a name was written last.
    fn written(&self, node: DatasetId) -> Result<Option<EventTime>, StoreError> {
        let mut written = None;
        for id in self.identity.spellings.of(node) {
            let meta = self.dataset_meta_of(id)?;
            written = written.max(meta.and_then(|meta| meta.written));
        }
        Ok(written)
    }

    fn claim(&mut self, id: DatasetId, claim: Claim) {
        let identity = &mut self.identity;
        let told = identity.claims.entry(id).or_default();
        let news = told.join(claim);
        if news == ClaimNews::None {
            return;
        }
        identity.unstaged.insert(id);
        note_claimer(&mut identity.claimed_by, claim.other, id);
        if news == ClaimNews::New || identity.is_contested(id) {
            identity.dirty.insert(id);
        }
    }

    fn withdraw_names(&mut self, id: DatasetId, time: EventTime) {
        let told = self.identity.claims.entry(id).or_default();
        if told.withdrawn >= Some(time) {
            return;
        }
        told.withdrawn = Some(time);
        self.identity.unstaged.insert(id);
        self.identity.dirty.insert(id);
    }

    /// Takes note of who uses a name that does not tell where its dataset is.
    pub fn used_at(&mut self, id: DatasetId, job: Option<JobId>, context: Context) {
        let unlocated = &self.identity.unlocated;
        if unlocated.is_empty() || !unlocated.contains_key(&id) {
            return;
        }
        let kind = producer_kind(self.strings.text(context.producer));
        let kind = self.string(&kind);
        let place = match job {
            Some(job) => self.job_names.name(job).0,
            None => self.string(""),
        };
        let places = self.identity.unlocated.entry(id).or_default();
        if places.len() < MAX_PLACES && places.insert((kind, place)) {
            let record = encode(places);
            if let Ok(record) = record {
                self.records.put(keys::by_id(keys::UNLOCATED, id), record);
            }
        }
    }

    /// What the rules say of a piece.
    pub fn resolve(&self, piece: &Piece) -> Result<Resolved, StoreError> {
        if piece.oversize {
            return Ok(Resolved {
                canonical: (0..piece.names.len()).collect(),
                ..Resolved::default()
            });
        }
        let renames = self.identity.standing(&piece.names);
        let renamed: HashSet<DatasetId> = renames
            .filter(|(_, claim)| claim.rename)
            .map(|(_, claim)| claim.other)
            .collect();
        let name = |&id: &DatasetId| {
            let (namespace, name) = self.dataset_names.name(self.shown(id));
            let written = if renamed.contains(&id) {
                self.written(id)?
            } else {
                None
            };
            Ok(Name {
                namespace: self.strings.text(namespace),
                name,
                lives: self.lives(id),
                written,
            })
        };
        let names: Vec<Name<'_>> = piece
            .names
            .iter()
            .map(name)
            .collect::<Result<_, StoreError>>()?;
        let place = |id: DatasetId| piece.names.binary_search(&id).ok();
        let claims = self.identity.standing(&piece.names);
        let claims: Vec<rules::Claim> = claims
            .filter_map(|(id, claim)| {
                Some(rules::Claim {
                    from: place(id)?,
                    to: place(claim.other)?,
                    last: claim.last,
                    rename: claim.rename,
                })
            })
            .collect();
        Ok(rules::resolve(&names, &claims, self.options.edge_window))
    }

    /// Decides anew about names of which something new was told.
    pub fn settle_identity(&mut self) -> Result<(), StoreError> {
        while let Some(&seed) = self.identity.dirty.iter().next() {
            let piece = self.identity.piece(seed);
            for id in &piece.names {
                self.identity.dirty.remove(id);
            }
            let resolved = self.resolve(&piece)?;
            for id in self.identity.note(&piece, &resolved) {
                self.touched.insert(Entity::Dataset(id));
            }
            let mut decided: Vec<(DatasetId, DatasetId)> = Vec::new();
            for (&node, &at) in piece.names.iter().zip(&resolved.canonical) {
                let canonical = self.shown(piece.names[at]);
                let all = self.identity.spellings.of(node);
                decided.extend(all.map(|id| (id, canonical)));
            }
            self.regroup(&decided)?;
        }
        Ok(())
    }
}
