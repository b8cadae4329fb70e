//! The names of a dataset.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::catalog::{ChangeView, DoubtReason, DoubtView, NameView, TieView};

use super::super::refs::engine;
use super::Job;

/// A name and the namespace it is in.
#[derive(SimpleObject, Debug, Clone)]
pub struct FullName {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl From<(String, String)> for FullName {
    fn from((namespace, name): (String, String)) -> Self {
        Self { namespace, name }
    }
}

/// A name of a dataset.
#[derive(SimpleObject)]
pub struct DatasetName {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// It is the name that answers give.
    pub canonical: bool,
    /// Events read, write or describe the dataset by it. Otherwise it is only told to be another
    /// name of it.
    pub used: bool,
    /// The rule by which it is a spelling of another name of the dataset; null when it is none.
    pub rule: Option<SpellingRule>,
    /// What ties it to other names of the dataset.
    pub ties: Vec<NameTie>,
}

impl From<NameView> for DatasetName {
    fn from(view: NameView) -> Self {
        Self {
            namespace: view.name.0,
            name: view.name.1,
            canonical: view.canonical,
            used: view.used,
            rule: view.rule.map(Into::into),
            ties: view.ties.into_iter().map(NameTie).collect(),
        }
    }
}

/// A rule by which a name is a spelling of another; `[identity]` in the settings.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::project::naming::NameRule")]
pub enum SpellingRule {
    /// It has SQL quotes: `"db"."t"` is `db.t`.
    Quotes,
    /// It is a partition of a folder, or a file in one: `/t/dt=2026-01-01` is `/t`.
    Partition,
    /// It ends in a slash.
    Slash,
    /// It differs in case alone, and its store does not tell cases apart.
    Case,
}

/// What makes two names one dataset.
pub struct NameTie(TieView);

/// What ties two names.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieKind {
    /// A symlinks facet.
    Symlink,
    /// A lifecycleStateChange of `RENAME`: `other` is the name before.
    Rename,
}

/// What makes two names one dataset: a symlinks facet, or a rename.
#[Object]
impl NameTie {
    /// What it is.
    async fn kind(&self) -> TieKind {
        if self.0.rename {
            TieKind::Rename
        } else {
            TieKind::Symlink
        }
    }

    /// The name whose facet tells it.
    async fn of(&self) -> FullName {
        self.0.of.clone().into()
    }

    /// The other name that it tells.
    async fn other(&self) -> FullName {
        self.0.other.clone().into()
    }

    /// Who told it last.
    async fn producer(&self) -> &str {
        &self.0.producer
    }

    /// The job whose event told it last; null when it was an event about the dataset alone.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let engine = engine(ctx)?;
        Ok(self.0.job.map(|id| Job::new(engine, id)))
    }

    /// Time of the first event that told it.
    async fn first_seen(&self) -> Option<DateTime<Utc>> {
        self.0.seen.0.to_utc()
    }

    /// Time of the last event that told it.
    async fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.0.seen.1.to_utc()
    }
}

/// Why names were not joined.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityReason {
    /// Several tables, or several places, that are in use by themselves are tied to one name: two
    /// tables over one path, one table at two paths.
    SharedName,
    /// A chain of ties leads to several places or tables.
    Chain,
    /// More than 1,000 names hang together.
    TooMany,
    /// The name does not tell where its dataset is (`memory://pandas`, `sqlite`, a Postgres without
    /// port or database), and it is used from several places: `names` has the producers, each with
    /// the namespace of its jobs.
    Unlocated,
    /// A dataset was renamed, and its old name (`at`) has been written since, so it is another dataset
    /// again. This is told, and is no doubt.
    Reused,
    /// A newer tie took the place of an older one that is told no more: a table has moved. This is
    /// told, and is no doubt.
    Superseded,
}

/// Names that were not joined, and why.
#[derive(SimpleObject, Debug, Clone)]
pub struct IdentityDoubt {
    /// Why.
    pub reason: IdentityReason,
    /// The name at which the others meet, where there is one.
    pub at: Option<FullName>,
    /// The names that were not joined; at most 20.
    pub names: Vec<FullName>,
    /// How many there are.
    pub count: usize,
    /// All of it in words, with what to do.
    pub message: String,
}

impl From<DoubtView> for IdentityDoubt {
    fn from(view: DoubtView) -> Self {
        Self {
            message: message(&view),
            reason: match view.reason {
                DoubtReason::SharedName => IdentityReason::SharedName,
                DoubtReason::Chain => IdentityReason::Chain,
                DoubtReason::TooMany => IdentityReason::TooMany,
                DoubtReason::Unlocated => IdentityReason::Unlocated,
                DoubtReason::Reused => IdentityReason::Reused,
                DoubtReason::Superseded => IdentityReason::Superseded,
            },
            at: view.at.map(Into::into),
            names: view.names.into_iter().map(Into::into).collect(),
            count: view.count,
        }
    }
}

fn message(view: &DoubtView) -> String {
    let quoted = |(namespace, name): &(String, String)| format!("{name:?} in {namespace:?}");
    let at = view.at.as_ref().map(quoted).unwrap_or_default();
    let mut names: Vec<String> = view.names.iter().map(quoted).collect();
    let more = view.count - names.len();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let names = names.join(", ");
    match view.reason {
        DoubtReason::SharedName => format!(
            "symlinks facets tie {at} to {names}, and each of these is in use by itself, so they cannot all be the same dataset; none is joined over that name. Send the dataset whose facet is wrong with \"symlinks\": {{\"_deleted\": true}}, or stop sending it: the tie that is told no more gives way"
        ),
        DoubtReason::Chain => format!(
            "symlinks facets tie these names in a chain that leads to several places or tables, so none is joined: {names}. Correct the facet that ties the wrong names"
        ),
        DoubtReason::TooMany => format!(
            "symlinks facets tie more than 1,000 names together, so none is joined: {names}. A name that many datasets share is no name of one dataset: stop sending it in symlinks"
        ),
        DoubtReason::Unlocated => {
            let places: Vec<String> = view
                .names
                .iter()
                .map(|(producer, namespace)| format!("{producer} (jobs in {namespace:?})"))
                .collect();
            format!(
                "the name {at} does not tell where the dataset is, and it is used from {} places: {}. These are likely to be different datasets: lineage through this name may join what does not belong together. Give the dataset a namespace that names its store",
                view.count,
                places.join(", ")
            )
        }
        DoubtReason::Reused => format!(
            "the dataset {at} was renamed to {names}, and {at} has been written since: it is another dataset"
        ),
        DoubtReason::Superseded => {
            format!("{at} was tied to {names} earlier; another tie has taken its place since")
        }
    }
}

/// A kind of change in the life of a dataset.
pub struct LifeChange(pub ChangeView);

/// A kind of change in the life of a dataset, told by lifecycleStateChange facets.
#[Object]
impl LifeChange {
    /// `ALTER`, `CREATE`, `DROP`, `OVERWRITE`, `RENAME` or `TRUNCATE`.
    async fn change(&self) -> &str {
        self.0.change
    }

    /// Time of the first event that told it.
    async fn first_seen(&self) -> Option<DateTime<Utc>> {
        self.0.seen.0.to_utc()
    }

    /// Time of the last event that told it.
    async fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.0.seen.1.to_utc()
    }

    /// Who told it last.
    async fn producer(&self) -> &str {
        &self.0.producer
    }

    /// The job whose event told it last; null when it was an event about the dataset alone.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        let engine = engine(ctx)?;
        Ok(self.0.job.map(|id| Job::new(engine, id)))
    }
}

/// How sure it is which names are one dataset.
#[derive(SimpleObject, Debug, Clone)]
pub struct DatasetIdentity {
    /// A tie to another name is in doubt and was not made: lineage by that name is not part of this
    /// dataset's.
    pub ambiguous: bool,
    /// What is in doubt, and which ties were given up.
    pub doubts: Vec<IdentityDoubt>,
}

impl From<Vec<DoubtView>> for DatasetIdentity {
    fn from(views: Vec<DoubtView>) -> Self {
        Self {
            ambiguous: views
                .iter()
                .any(|view| !matches!(view.reason, DoubtReason::Superseded | DoubtReason::Reused)),
            doubts: views.into_iter().map(Into::into).collect(),
        }
    }
}
