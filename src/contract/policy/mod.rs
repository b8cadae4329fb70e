//! The policy file: what it says, as types that are ready to be applied.
//!
//! `yaml` reads the text, `check` holds it against the tables of `shape`, `read` makes the
//! types and looks whether what is named is there. `schema` prints the tables for editors.

mod check;
mod checks;
pub mod glob;
mod read;
pub mod rules;
mod schema;
mod shape;
pub mod yaml;

#[cfg(test)]
mod tests;

use crate::contract::odcs;
use crate::openlineage::{Event, EventTime};

use super::columns::ColumnPattern;
use super::compat::Mode;
use super::testing::TestKind;

pub use check::nearest;
pub use glob::Glob;
pub use rules::RuleName;
pub use schema::json_schema;
pub use yaml::{Place, Problem};

/// Number of a layer: its place in the list of the file.
pub type LayerId = u16;

/// All that a policy file says.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The layers, in order of flow.
    pub layers: Vec<Layer>,
    /// Which dataset is in which layer; the first that matches counts.
    pub classify: Vec<Classify>,
    /// Who is a consumer.
    pub consumers: Vec<ConsumerRule>,
    /// What must hold.
    pub contracts: Vec<Contract>,
    /// What may break it for a while.
    pub exceptions: Vec<Exception>,
    /// Names of tests that are of a kind, beside those that are known.
    pub test_kinds: Vec<(TestKind, Patterns)>,
    /// What of a check before a merge passes, warns or fails.
    pub check: crate::impact::CheckPolicy,
    /// The ODCS documents that it names; what they promise is among the contracts.
    pub documents: Documents,
}

/// The ODCS documents of a policy.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// As the file names them.
    pub patterns: Vec<String>,
    /// Those that were found.
    pub named: Vec<odcs::Named>,
}

/// What rules take a layer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// As it came from where it is made.
    Raw,
    /// Cleaned, one to one.
    Staging,
    /// Between staging and marts.
    Intermediate,
    /// What consumers read.
    Mart,
    /// None of these.
    Other,
}

impl LayerKind {
    /// All of them with their words.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Raw, "raw"),
        (Self::Staging, "staging"),
        (Self::Intermediate, "intermediate"),
        (Self::Mart, "mart"),
        (Self::Other, "other"),
    ];

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, held)| *held == word).map(|(kind, _)| *kind)
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }
}

/// A layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// What rules take it for.
    pub kind: LayerKind,
    /// Layers that its datasets may be made from.
    pub reads: Vec<LayerId>,
    /// What it is for.
    pub doc: Option<String>,
}

/// Patterns of which one must match; none match everything.
#[derive(Debug, Clone, Default)]
pub struct Patterns(pub Vec<Glob>);

impl Patterns {
    /// Whether a text is matched.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|glob| glob.matches(text))
    }

    /// Whether one of several texts is matched.
    pub fn match_any<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        self.0.is_empty()
            || texts
                .into_iter()
                .any(|text| self.0.iter().any(|glob| glob.matches(text)))
    }

    /// Whether nothing has to match.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }
}

/// An entry of `classify`.
#[derive(Debug, Clone)]
pub struct Classify {
    /// The layer of what matches.
    pub layer: LayerId,
    /// Of the namespace.
    pub namespace: Patterns,
    /// Of the name.
    pub name: Patterns,
    /// Of a tag, `key=value`.
    pub tag: Patterns,
    /// Of the storage facet.
    pub storage: Patterns,
    /// Of a level of the hierarchy facet, `TYPE=NAME`.
    pub hierarchy: Patterns,
    /// Of the datasetType facet.
    pub types: Patterns,
    /// Of the file of its dbt model.
    pub dbt_path: Patterns,
    /// Of members of the config of its dbt model.
    pub dbt_config: Vec<(String, Patterns)>,
}

/// An entry of `consumers`.
#[derive(Debug, Clone)]
pub struct ConsumerRule {
    /// What they are.
    pub kind: String,
    /// Jobs that are.
    pub jobs: Option<JobSelector>,
    /// Datasets that are.
    pub datasets: Option<DatasetSelector>,
    /// Whose they are, where no facet tells.
    pub owner: Option<String>,
    /// Columns that they depend on, beside what their column lineage tells.
    pub depends: Vec<Depends>,
}

/// Columns of datasets.
#[derive(Debug, Clone)]
pub struct Depends {
    /// The datasets.
    pub of: NameSelector,
    /// Names of columns.
    pub columns: Vec<String>,
}

/// Selects jobs.
#[derive(Debug, Clone, Default)]
pub struct JobSelector {
    /// Of the namespace.
    pub namespace: Patterns,
    /// Of the name.
    pub name: Patterns,
    /// Of a tag, `key=value`.
    pub tag: Patterns,
    /// Of the jobType facet, `INTEGRATION/TYPE`.
    pub types: Patterns,
}

/// Selects datasets.
#[derive(Debug, Clone, Default)]
pub struct DatasetSelector {
    /// Of the namespace.
    pub namespace: Patterns,
    /// Of the name.
    pub name: Patterns,
    /// Of a tag, `key=value`.
    pub tag: Patterns,
    /// Of the datasetType facet.
    pub types: Patterns,
    /// Layers of which it must be in one; any when empty.
    pub layers: Vec<LayerId>,
}

/// Selects by name alone.
#[derive(Debug, Clone, Default)]
pub struct NameSelector {
    /// Of the namespace.
    pub namespace: Patterns,
    /// Of the name.
    pub name: Patterns,
}

impl NameSelector {
    /// Whether it selects something of that name.
    pub fn matches(&self, namespace: &str, name: &str) -> bool {
        self.namespace.matches(namespace) && self.name.matches(name)
    }
}

/// How grave a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// To be known.
    Info,
    /// To be looked at.
    Warning,
    /// To be mended.
    Error,
}

impl Severity {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What must hold.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its name.
    pub name: String,
    /// The rule and what the contract says of it.
    pub rule: Rule,
    /// How grave it is when it is broken.
    pub severity: Severity,
    /// Why it is there.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Datasets that it is about.
    pub datasets: Option<DatasetSelector>,
    /// Jobs that it is about.
    pub jobs: Option<JobSelector>,
    /// Events that it turns away at the door; none unless given.
    pub reject: Option<RejectSelector>,
    /// Where it stands in the file.
    pub at: Place,
}

/// Selects events by who sends them and what they are about.
#[derive(Debug, Clone, Default)]
pub struct RejectSelector {
    /// Of the producer.
    pub producer: Patterns,
    /// Of the namespace of the job, or of a dataset that the event names.
    pub namespace: Patterns,
}

impl RejectSelector {
    /// Whether it selects an event.
    pub fn selects(&self, event: &Event) -> bool {
        let (job, inputs, outputs) = event.body.parts();
        let datasets = inputs.iter().chain(outputs);
        let named = job.map(|job| &*job.namespace).into_iter();
        let named = named.chain(datasets.map(|part| &*part.namespace));
        self.producer.matches(&event.producer) && self.namespace.match_any(named)
    }
}

/// A rule with what a contract says of it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Which.
    pub name: RuleName,
    /// How many at most, where it counts.
    pub max: usize,
    /// Layers that it allows.
    pub allow: Vec<LayerId>,
    /// How long ago at most, microseconds; 0 where it does not matter.
    pub within: i64,
    /// Columns by name, with patterns of their types or tests.
    pub columns: Vec<(String, Patterns)>,
    /// Patterns of columns, with patterns of the tags that these must have.
    pub tagged: Vec<(ColumnPattern, Patterns)>,
    /// Kinds of tests that there must be.
    pub kinds: Vec<TestKind>,
    /// Tests must have held.
    pub passing: bool,
    /// How versions of a schema must be compatible.
    pub mode: Mode,
    /// From which day on versions of a schema count.
    pub from: Option<EventTime>,
}

/// What may break a contract for a while.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The contracts, by their places in the list.
    pub contracts: Vec<usize>,
    /// Who.
    pub subject: NameSelector,
    /// With what.
    pub object: Option<NameSelector>,
    /// Why.
    pub reason: String,
    /// Who sees to it that it ends.
    pub owner: String,
    /// Who allowed it.
    pub approved_by: String,
    /// The last day on which it holds, as written.
    pub until_day: String,
    /// The end of that day (UTC): from then on it holds no more.
    pub ends: EventTime,
    /// Where it stands in the file.
    pub at: Place,
}

impl Policy {
    /// Reads a policy file that names no ODCS documents.
    ///
    /// # Errors
    /// All that is wrong with it, in order of the file.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        Self::read_with(text, &mut |_| {
            Err("ODCS documents are read beside a policy file only, and this policy came without its folder. To try it on a server run `headwater policy test FILE --server URL` where the documents are: it sends what they promise along. Or put what `headwater policy import-odcs` prints of them into `contracts`".to_owned())
        })
    }

    /// Reads a policy file; `find` gives the texts of the ODCS documents that it names.
    ///
    /// # Errors
    /// All that is wrong with it, in order of the file.
    pub fn read_with(text: &str, find: &mut odcs::Find<'_>) -> Result<Self, Vec<Problem>> {
        let mut file = yaml::read(text).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        check::check(&file, &shape::FILE, &mut problems);
        if problems.is_empty() {
            let patterns = odcs::patterns(&file).map(|(_, pattern)| pattern.to_owned());
            let patterns = patterns.collect();
            let named = odcs::add(&mut file, find, &mut problems);
            let mut policy = read::policy(&file, &mut problems);
            if problems.is_empty() {
                policy.documents = Documents { patterns, named };
                return Ok(policy);
            }
        }
        problems.sort_by_key(|problem| problem.at);
        Err(problems)
    }

    /// Exceptions that hold no more at a time.
    pub fn expired(&self, now: EventTime) -> Vec<Problem> {
        let ended = self.exceptions.iter().filter(|one| one.ends <= now);
        let told = ended.map(|one| {
            let names: Vec<&str> = one
                .contracts
                .iter()
                .filter_map(|at| self.contracts.get(*at))
                .map(|contract| contract.name.as_str())
                .collect();
            let message = format!(
                "this exception from {} ended with {}: mend what it excepts and take it out, or have it approved anew. Owner: {}",
                names.join(", "),
                one.until_day,
                one.owner
            );
            Problem::new(one.at, message)
        });
        told.collect()
    }

    /// Whether the passing of time alone may break a contract.
    pub fn looks_at_time(&self) -> bool {
        let mut contracts = self.contracts.iter();
        contracts.any(|contract| {
            let rule = &contract.rule;
            rule.name == RuleName::Fresh || rule.name == RuleName::Tested && rule.within > 0
        })
    }

    /// A layer by its number.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.get(usize::from(id))
    }
}
