//! What breaks a contract, with the evidence.

use std::fmt::Write as _;

use crate::openlineage::EventTime;

use super::policy::{Contract, LayerId, Policy, RuleName};
use super::rules::{Asked, TestState, asked, breaks_of, state_of, unmet};
use super::world::{Subject, World};

/// Names a violation, the same on every server and at every time: made from the contract, its rule
/// and the names of what is involved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViolationId(pub [u8; 16]);

impl std::fmt::Display for ViolationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ViolationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for ViolationId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(());
        }
        let mut id = [0; 16];
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| ())?;
        }
        Ok(Self(id))
    }
}

/// One step of lineage that a violation rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The dataset that is read.
    pub from: u32,
    /// What reads it: a consumer, or the dataset that is made from it.
    pub to: Subject,
    /// Flows that say so, ascending; none where a facet alone tells it.
    pub flows: Vec<u32>,
}

/// A contract that is broken, by whom and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name.
    pub id: ViolationId,
    /// The contract, by its place in the policy.
    pub contract: usize,
    /// Who or what breaks it.
    pub subject: Subject,
    /// The other dataset where it is about a pair.
    pub object: Option<u32>,
    /// The column that it is about.
    pub detail: Option<String>,
    /// Since when it is broken, where that is known by something else than its steps.
    pub since: Option<EventTime>,
    /// The lineage that it rests on; of many steps the first ones.
    pub steps: Vec<Step>,
    /// How many of the steps must be there for it to be one; none where nothing is there.
    pub need: usize,
    /// How many there are, where the rule counts.
    pub count: usize,
    /// The exception that excuses it, by its place in the policy.
    pub excepted: Option<usize>,
}

/// Steps that are kept of one violation.
pub const MAX_STEPS: usize = 50;
/// Violations of one contract that are listed.
pub const MAX_OF_CONTRACT: usize = 100_000;

/// Tags of a column that a message lists.
const MAX_TAGS: usize = 10;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The violations.
    pub violations: Vec<Violation>,
    /// Contracts of which there are more than are listed.
    pub cut: Vec<usize>,
    of_contract: usize,
}

impl Found {
    /// Begins with the next contract.
    pub fn begin(&mut self) {
        self.of_contract = 0;
    }

    /// Whether another one of the contract is still listed; notes the cut when it is not.
    pub fn has_room(&mut self, contract: usize) -> bool {
        if self.of_contract < MAX_OF_CONTRACT {
            self.of_contract += 1;
            return true;
        }
        if self.cut.last() != Some(&contract) {
            self.cut.push(contract);
        }
        false
    }
}

/// The id of a violation. Fields are told apart by their lengths.
pub fn id_of(
    world: &World,
    contract: usize,
    subject: Subject,
    object: Option<u32>,
    detail: Option<&str>,
) -> ViolationId {
    let mut hasher = blake3::Hasher::new();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    if let Some(contract) = world.policy.contracts.get(contract) {
        field(&contract.name);
        field(contract.rule.name.as_str());
    }
    field(match subject {
        Subject::Dataset(_) => "dataset",
        // As it was when exposures were no jobs: ids last.
        Subject::Job(_) if world.is_exposure(subject) => "exposure",
        Subject::Job(_) => "job",
    });
    let (namespace, name) = world.name(subject);
    field(namespace);
    field(name);
    if let Some(object) = object {
        let (namespace, name) = world.name(Subject::Dataset(object));
        field(namespace);
        field(name);
    }
    if let Some(detail) = detail {
        field("");
        field(detail);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    ViolationId(id)
}

fn layer_name(policy: &Policy, layer: Option<LayerId>) -> &str {
    let layer = layer.and_then(|layer| policy.layer(layer));
    layer.map_or("unclassified", |layer| &layer.name)
}

impl World {
    /// A name as it stands in messages, with its layer where it is a dataset.
    fn said(&self, who: Subject) -> String {
        let (_, name) = self.name(who);
        match who {
            Subject::Dataset(id) if !self.is_consumer(who) => {
                format!("{name} ({})", layer_name(&self.policy, self.layer(id)))
            }
            _ => name.to_owned(),
        }
    }

    /// What is wrong, in one sentence.
    pub fn message(&self, violation: &Violation) -> String {
        let Some(contract) = self.policy.contracts.get(violation.contract) else {
            return String::new();
        };
        let subject = self.said(violation.subject);
        let object = violation.object.map(|id| self.said(Subject::Dataset(id)));
        let object = object.unwrap_or_default();
        let (count, max) = (violation.count, contract.rule.max);
        match contract.rule.name {
            RuleName::ConsumersReadMarts => format!("{subject} reads {object}, which is no mart"),
            RuleName::NoSkippedLayer => {
                format!("{subject} is made from {object}: a layer is skipped")
            }
            RuleName::NoWayBack => {
                format!("{subject} is made from {object}, which is of a later layer")
            }
            RuleName::NoStagingOnStaging => {
                format!("{subject} is made from {object}: both are staging")
            }
            RuleName::NoDirectJoinToSource => format!(
                "{subject} joins raw datasets with others: {}",
                self.inputs_said(violation)
            ),
            RuleName::SourceFanOut | RuleName::ModelFanOut => format!(
                "{count} datasets are made straight from {subject}, at most {max} should be: {}",
                self.outputs_said(violation)
            ),
            RuleName::NoRejoining => {
                let through = violation.steps.first().map(|step| self.said(step.to));
                format!(
                    "{subject} reads {object} and also {}, which is made from it for {subject} alone",
                    through.unwrap_or_default()
                )
            }
            RuleName::NoRootModel => format!("{subject} is written by a job that reads nothing"),
            RuleName::NoUnusedSource => format!("nothing reads {subject}"),
            RuleName::NoSourcesJoined => format!(
                "{subject} is made from {count} raw datasets: {}",
                self.inputs_said(violation)
            ),
            RuleName::FewJoins => format!(
                "{subject} is made straight from {count} datasets, at most {max} should be: {}",
                self.inputs_said(violation)
            ),
            RuleName::NoCycle => format!(
                "{count} datasets are made from each other in a circle: {}",
                self.inputs_said(violation)
            ),
            RuleName::Classified => format!("no entry of classify matches {subject}"),
            RuleName::HasOwner => format!("{subject} has no owner"),
            RuleName::Fresh => match violation.since {
                Some(due) => format!("{subject} should have been written again by {due}"),
                None => format!("no event says that {subject} was written"),
            },
            RuleName::HasColumns => self.column_said(violation, &subject),
            RuleName::ColumnsClassified => self.tags_said(violation, contract, &subject),
            RuleName::Tested => self.test_said(violation, contract, &subject),
            RuleName::Compatible => self.break_said(violation, contract, &subject),
            RuleName::KeepsColumns => format!(
                "{subject} depends on the column {} of {object}, which is not there",
                violation.detail.as_deref().unwrap_or_default()
            ),
        }
    }

    fn test_said(&self, violation: &Violation, contract: &Contract, subject: &str) -> String {
        let Subject::Dataset(id) = violation.subject else {
            return String::new();
        };
        let all = asked(contract);
        let mut all = all.iter();
        let Some(one) = all.find(|one| Some(one.detail()) == violation.detail) else {
            return String::new();
        };
        let what = match one {
            Asked::Kind(kind) => format!("{} test", kind.as_str()),
            Asked::OfColumn(column, pattern) => format!("test {} of {column}", pattern.text),
        };
        match state_of(self, contract, id, one) {
            TestState::Old(last) => format!("the {what} of {subject} was told last {last}"),
            TestState::Failed(last) => format!("the {what} of {subject} did not hold {last}"),
            TestState::Missing | TestState::Kept => format!("{subject} has no {what}"),
        }
    }

    fn tags_said(&self, violation: &Violation, contract: &Contract, subject: &str) -> String {
        let name = violation.detail.as_deref().unwrap_or_default();
        let Subject::Dataset(id) = violation.subject else {
            return String::new();
        };
        let (mut held, asked) = unmet(self, contract, id, name).unwrap_or_default();
        // A tag without a value stands there with `=true` too.
        held.retain(|tag| !tag.ends_with("=true"));
        let more = held.len().saturating_sub(MAX_TAGS);
        held.truncate(MAX_TAGS);
        let is = match (held.is_empty(), more) {
            (true, _) => "no tags".to_owned(),
            (false, 0) => format!("the tags {}", held.join(", ")),
            (false, more) => format!("the tags {} and {more} more", held.join(", ")),
        };
        let asked: Vec<String> = asked
            .into_iter()
            .map(|tags| {
                let tags: Vec<&str> = tags.0.iter().map(|glob| glob.text.as_str()).collect();
                tags.join(" or ")
            })
            .collect();
        format!(
            "the column {name} of {subject} has {is}, promised is {}",
            asked.join(", and ")
        )
    }

    fn break_said(&self, violation: &Violation, contract: &Contract, subject: &str) -> String {
        let name = violation.detail.as_deref().unwrap_or_default();
        let Subject::Dataset(id) = violation.subject else {
            return String::new();
        };
        let versions = self.told.versions.get(&id);
        let found = versions
            .and_then(|all| breaks_of(all, contract.rule.mode, contract.rule.from).remove(name));
        let Some((_, found)) = found else {
            return String::new();
        };
        match found.types {
            None => format!(
                "the column {name} of {subject} is gone: who reads by an older version cannot read new rows"
            ),
            Some((was, is)) => {
                let whom = match (found.backward, found.forward) {
                    (true, true) => "who reads by one version cannot read rows of the other",
                    (true, false) => "who reads by the new version cannot read old rows",
                    _ => "who reads by an older version cannot read new rows",
                };
                format!("the column {name} of {subject} was {was} and is {is}: {whom}")
            }
        }
    }

    fn column_said(&self, violation: &Violation, subject: &str) -> String {
        let name = violation.detail.as_deref().unwrap_or_default();
        let columns = match violation.subject {
            Subject::Dataset(id) => self.told.columns.get(&id),
            Subject::Job(_) => None,
        };
        let held = match (violation.subject, columns) {
            (Subject::Dataset(id), Some(columns)) => self.column(id, columns, name),
            _ => None,
        };
        let Some(held) = held.filter(|held| !held.removed) else {
            return format!("{subject} has no column {name}, which is promised");
        };
        let contracts = &self.policy.contracts;
        let columns = contracts
            .get(violation.contract)
            .map(|one| &one.rule.columns);
        let types = columns.and_then(|columns| columns.iter().find(|(held, _)| held == name));
        let promised: Vec<&str> = types
            .iter()
            .flat_map(|(_, types)| types.0.iter().map(|glob| glob.text.as_str()))
            .collect();
        format!(
            "the column {name} of {subject} is {}, promised is {}",
            held.data_type.as_deref().unwrap_or_default(),
            promised.join(" or ")
        )
    }

    fn inputs_said(&self, violation: &Violation) -> String {
        let names = violation
            .steps
            .iter()
            .map(|step| Subject::Dataset(step.from));
        self.list_said(names, violation)
    }

    fn outputs_said(&self, violation: &Violation) -> String {
        self.list_said(violation.steps.iter().map(|step| step.to), violation)
    }

    fn list_said(&self, names: impl Iterator<Item = Subject>, violation: &Violation) -> String {
        const SAID: usize = 5;
        let mut names: Vec<&str> = names.map(|who| self.name(who).1).collect();
        names.dedup();
        let mut said = names
            .iter()
            .take(SAID)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let all = violation.count.max(names.len());
        if all > SAID {
            _ = write!(said, " and {} more", all - SAID);
        }
        said
    }
}
