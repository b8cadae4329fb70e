//! The schema of a dataset over time.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::{self, Catalog, DatasetId, ToldBy, teller};
use crate::contract::compat::type_readable;
use crate::openlineage::EventTime;
use crate::project::schema::Altered;

use super::super::refs::{engine, internal};
use super::super::request::charge;
use super::{Page, utc};

/// The versions of a dataset's schema.
pub struct SchemaHistory {
    /// The latest first.
    versions: Vec<catalog::SchemaVersion>,
    truncated: bool,
}

/// A column in a version of a schema.
#[derive(SimpleObject, Debug, Clone)]
pub struct SchemaColumn {
    /// Path of the column.
    pub name: String,
    /// Type as its producer names it.
    #[graphql(name = "type")]
    pub data_type: Option<String>,
    /// Description.
    pub description: Option<String>,
}

impl From<catalog::ListedColumn> for SchemaColumn {
    fn from(column: catalog::ListedColumn) -> Self {
        Self {
            name: column.name,
            data_type: column.data_type,
            description: column.description,
        }
    }
}

/// A value of a column that was another before.
#[derive(SimpleObject, Debug, Clone)]
pub struct ColumnChange {
    /// Path of the column.
    pub column: String,
    /// What it was; null when nothing was told.
    pub before: Option<String>,
    /// What it is; null when nothing is told.
    pub after: Option<String>,
}

impl From<Altered> for ColumnChange {
    fn from(altered: Altered) -> Self {
        Self {
            column: altered.name,
            before: altered.before,
            after: altered.after,
        }
    }
}

/// A column that seems to have got a new name.
#[derive(SimpleObject, Debug, Clone)]
pub struct LikelyRename {
    /// The column that is gone.
    pub before: String,
    /// The column that is new.
    pub after: String,
}

/// What differs between two versions of a schema.
#[derive(SimpleObject, Debug, Clone)]
pub struct SchemaChanges {
    /// Columns that are new, in their order.
    pub added: Vec<String>,
    /// Columns that are gone, in their order.
    pub removed: Vec<String>,
    /// Columns of another type than before.
    pub retyped: Vec<ColumnChange>,
    /// Columns of another description than before.
    pub redescribed: Vec<ColumnChange>,
    /// A guess: removed and added columns that look like one, of the same type at the same place,
    /// or the only two. They stand in `added` and `removed` too.
    pub likely_renamed: Vec<LikelyRename>,
    /// Columns that were there before stand in another order: what loads by position or selects `*`
    /// reads them differently.
    pub reordered: bool,
}

impl From<crate::project::schema::SchemaChanges> for SchemaChanges {
    fn from(changes: crate::project::schema::SchemaChanges) -> Self {
        let list = |all: Vec<Altered>| all.into_iter().map(ColumnChange::from).collect();
        let pairs = changes.renamed.into_iter();
        Self {
            added: changes.added,
            removed: changes.removed,
            retyped: list(changes.retyped),
            redescribed: list(changes.redescribed),
            likely_renamed: pairs
                .map(|(before, after)| LikelyRename { before, after })
                .collect(),
            reordered: changes.reordered,
        }
    }
}

/// Who told a schema: runs of a job, or a producer by events about the dataset alone.
#[derive(SimpleObject)]
pub struct SchemaTeller {
    /// Namespace of the job; null when a static event about the dataset told it.
    pub job_namespace: Option<String>,
    /// Name of the job.
    pub job_name: Option<String>,
    /// The run whose event began the version; null when it is not found among the job's 64 runs
    /// that began last by then, or when a static event told it.
    pub run_id: Option<async_graphql::ID>,
    /// The producer, of static events about the dataset; null for jobs.
    pub producer: Option<String>,
    /// What differs from what it told itself before; in what it told first all columns are added.
    /// `removed` and `likelyRenamed` here are what the source says; of the dataset a column is
    /// removed only when its other sources do not list it any more either.
    pub changes: SchemaChanges,
}

/// The class of a change of a schema, in the words of schema registries, as far as names and types
/// tell. An added column is taken to be empty in old rows.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compatibility {
    /// Who reads by either version can read rows of the other.
    Full,
    /// Who reads by the new version can read old rows, but not the other way round: a column is gone
    /// or wider.
    Backward,
    /// Who reads by the old version can read new rows, but not the other way round: a column is
    /// narrower.
    Forward,
    /// Neither.
    None,
}

/// The schema of a dataset from one time to another, as all its sources tell it together.
pub struct SchemaVersion(catalog::SchemaVersion);

/// The versions of a dataset's schema: each change of its columns, their types, descriptions or
/// order.
#[Object]
impl SchemaHistory {
    /// How many versions there are, listed or not.
    async fn total(&self) -> usize {
        self.versions.len()
    }

    /// The schema changed more often than is looked at: older versions are neither counted nor
    /// listed.
    async fn truncated(&self) -> bool {
        self.truncated
    }

    /// The versions, the latest first.
    #[graphql(complexity = "super::list_cost(Some(limit.unwrap_or(20)), child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many; 20 unless given.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many of the latest.")] offset: Option<i32>,
    ) -> Result<Vec<SchemaVersion>> {
        let limit = Some(limit.unwrap_or(20));
        let versions = Page { limit, offset }.cut(self.versions.clone())?;
        charge(ctx, versions.iter().map(|one| one.columns.len() + 1).sum())?;
        Ok(versions.into_iter().map(SchemaVersion).collect())
    }
}

/// The schema of a dataset from one time to another, as all its sources tell it together.
#[Object]
impl SchemaVersion {
    /// Since when it holds: the time of the event that told it.
    async fn valid_from(&self) -> Option<DateTime<Utc>> {
        self.0.from.to_utc()
    }

    /// When the next one began; null while it holds.
    async fn valid_to(&self) -> Option<DateTime<Utc>> {
        utc(self.0.to)
    }

    /// Its columns in order.
    async fn columns(&self) -> Vec<SchemaColumn> {
        let columns = self.0.columns.iter().cloned();
        columns.map(SchemaColumn::from).collect()
    }

    /// How many columns it has.
    async fn column_count(&self) -> usize {
        self.0.columns.len()
    }

    /// What differs from the version before; in the first one all columns are added.
    async fn changes(&self) -> SchemaChanges {
        self.0.changes.clone().into()
    }

    /// Who can still read what, by this version and the one before.
    async fn compatibility(&self) -> Compatibility {
        let changes = &self.0.changes;
        let retyped = changes.retyped.iter();
        let types = retyped.filter_map(|one| Some((one.before.as_deref()?, one.after.as_deref()?)));
        let (mut backward, mut forward) = (true, changes.removed.is_empty());
        for (was, is) in types {
            let (new_reads, old_reads) = type_readable(was, is);
            backward &= new_reads;
            forward &= old_reads;
        }
        match (backward, forward) {
            (true, true) => Compatibility::Full,
            (true, false) => Compatibility::Backward,
            (false, true) => Compatibility::Forward,
            (false, false) => Compatibility::None,
        }
    }

    /// The sources whose telling began it.
    async fn told_by(&self, ctx: &Context<'_>) -> Result<Vec<SchemaTeller>> {
        let engine = engine(ctx)?;
        charge(ctx, self.0.sources.len())?;
        let sources = self.0.sources.iter();
        let tell = |told: &ToldBy| told_by(engine.catalog(), told, self.0.from);
        block_in_place(|| sources.map(tell).collect())
    }
}

fn told_by(catalog: &Catalog, by: &ToldBy, time: EventTime) -> Result<SchemaTeller> {
    let mut told = SchemaTeller {
        job_namespace: None,
        job_name: None,
        run_id: None,
        producer: None,
        changes: by.changes.clone().into(),
    };
    match teller(by.source) {
        Ok(job) => {
            let (namespace, name) = catalog.names(|names| {
                let (namespace, name) = names.job(job);
                (namespace.to_owned(), name.to_owned())
            });
            told.run_id = catalog.run_at(job, time).map_err(internal)?.map(Into::into);
            (told.job_namespace, told.job_name) = (Some(namespace), Some(name));
        }
        Err(producer) => {
            told.producer = Some(catalog.names(|names| names.text(producer).to_owned()));
        }
    }
    Ok(told)
}

/// The versions of a dataset's schema.
///
/// # Errors
/// When the store fails.
pub fn schema_history(ctx: &Context<'_>, id: DatasetId) -> Result<SchemaHistory> {
    let catalog = engine(ctx)?.catalog();
    let read = block_in_place(|| catalog.schema_versions(id));
    let (mut versions, truncated) = read.map_err(internal)?;
    versions.reverse();
    Ok(SchemaHistory {
        versions,
        truncated,
    })
}
