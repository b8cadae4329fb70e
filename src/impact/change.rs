//! What a change set says, and the explicit change file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Code, Name};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The dataset, or the job where [`Kind`] is about jobs.
    pub of: Name,
    /// What is changed.
    pub kind: Kind,
    /// Where it is written.
    pub place: Option<Place>,
    /// What else is to be said of it, for people.
    pub detail: Option<String>,
    /// Somebody was promised that this does not happen (a contract that dbt enforces, say), so it
    /// breaks even where no reader is known.
    pub promised: Option<String>,
}

/// A line of a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Path from the root of the repository.
    pub file: String,
    /// Line, from 1.
    pub line: Option<u32>,
}

/// What is changed of a dataset or job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A column is gone.
    ColumnRemoved(String),
    /// A column has another name.
    ColumnRenamed(String, String),
    /// A column has another type: column, old type, new type, whether each old value fits.
    ColumnRetyped(String, Option<String>, Option<String>, bool),
    /// A column may no longer be null.
    ColumnRequired(String),
    /// A column may now be null.
    ColumnNullable(String),
    /// A column is computed otherwise.
    ColumnRederived(String),
    /// A column is new.
    ColumnAdded(String),
    /// Columns stand in another order.
    ColumnsReordered,
    /// Which rows there are has changed (WHERE, JOIN, GROUP BY, DISTINCT …): all columns.
    RowsChanged,
    /// A dataset is new.
    DatasetAdded,
    /// A dataset is gone.
    DatasetRemoved,
    /// A dataset has another name.
    DatasetRenamed(String),
    /// It is made another way (a view instead of a table, say).
    Materialization(String, String),
    /// A contract that was enforced is not any more.
    ContractDropped,
    /// Fewer may read it (dbt: public to private, say).
    AccessNarrowed(String, String),
    /// A job is gone; nothing writes its outputs any more.
    JobRemoved,
    /// A job does something else; its outputs have other values.
    JobChanged,
}

impl Kind {
    /// The column that it is about.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::ColumnRemoved(column)
            | Self::ColumnRenamed(column, _)
            | Self::ColumnRetyped(column, ..)
            | Self::ColumnRequired(column)
            | Self::ColumnNullable(column)
            | Self::ColumnRederived(column)
            | Self::ColumnAdded(column) => Some(column),
            _ => None,
        }
    }

    /// Whether it is about a job.
    pub fn is_of_job(&self) -> bool {
        matches!(self, Self::JobRemoved | Self::JobChanged)
    }

    /// Its word in files and answers.
    pub fn word(&self) -> Word {
        match self {
            Self::ColumnRemoved(_) => Word::ColumnRemoved,
            Self::ColumnRenamed(..) => Word::ColumnRenamed,
            Self::ColumnRetyped(..) => Word::ColumnRetyped,
            Self::ColumnRequired(_) => Word::ColumnRequired,
            Self::ColumnNullable(_) => Word::ColumnNullable,
            Self::ColumnRederived(_) => Word::ColumnRederived,
            Self::ColumnAdded(_) => Word::ColumnAdded,
            Self::ColumnsReordered => Word::ColumnsReordered,
            Self::RowsChanged => Word::RowsChanged,
            Self::DatasetAdded => Word::DatasetAdded,
            Self::DatasetRemoved => Word::DatasetRemoved,
            Self::DatasetRenamed(_) => Word::DatasetRenamed,
            Self::Materialization(..) => Word::MaterializationChanged,
            Self::ContractDropped => Word::ContractDropped,
            Self::AccessNarrowed(..) => Word::AccessNarrowed,
            Self::JobRemoved => Word::JobRemoved,
            Self::JobChanged => Word::JobChanged,
        }
    }
}

/// The kinds of changes, as files, answers and GraphQL write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A column is gone. Needs `column`.
    ColumnRemoved,
    /// A column has another name. Needs `column` and `to`.
    ColumnRenamed,
    /// A column has another type. Needs `column`; `from` and `to` are types.
    ColumnRetyped,
    /// A column may no longer be null. Needs `column`.
    ColumnRequired,
    /// A column may now be null. Needs `column`.
    ColumnNullable,
    /// A column is computed otherwise. Needs `column`.
    ColumnRederived,
    /// A column is new. Needs `column`.
    ColumnAdded,
    /// Columns stand in another order.
    ColumnsReordered,
    /// Which rows there are has changed: all columns.
    RowsChanged,
    /// A dataset is new.
    DatasetAdded,
    /// A dataset is gone.
    DatasetRemoved,
    /// A dataset has another name. Needs `to`.
    DatasetRenamed,
    /// A dataset is made another way. `from` and `to` say how.
    MaterializationChanged,
    /// A contract that was enforced is not any more.
    ContractDropped,
    /// Fewer may read a dataset. `from` and `to` say who.
    AccessNarrowed,
    /// A job is gone. Needs `job`.
    JobRemoved,
    /// A job does something else. Needs `job`.
    JobChanged,
}

impl Word {
    /// As people read it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::ColumnRemoved => "column removed",
            Self::ColumnRenamed => "column renamed",
            Self::ColumnRetyped => "column retyped",
            Self::ColumnRequired => "column no longer nullable",
            Self::ColumnNullable => "column now nullable",
            Self::ColumnRederived => "column computed otherwise",
            Self::ColumnAdded => "column added",
            Self::ColumnsReordered => "columns reordered",
            Self::RowsChanged => "rows chosen otherwise",
            Self::DatasetAdded => "dataset added",
            Self::DatasetRemoved => "dataset removed",
            Self::DatasetRenamed => "dataset renamed",
            Self::MaterializationChanged => "materialization changed",
            Self::ContractDropped => "contract no longer enforced",
            Self::AccessNarrowed => "access narrowed",
            Self::JobRemoved => "job removed",
            Self::JobChanged => "job changed",
        }
    }

    /// As it is written in files, and as the rule's id in SARIF.
    pub fn id(self) -> String {
        let quoted = serde_json::to_string(&self).unwrap_or_default();
        quoted.trim_matches('"').to_owned()
    }

    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::ColumnRemoved,
        Self::ColumnRenamed,
        Self::ColumnRetyped,
        Self::ColumnRequired,
        Self::ColumnNullable,
        Self::ColumnRederived,
        Self::ColumnAdded,
        Self::ColumnsReordered,
        Self::RowsChanged,
        Self::DatasetAdded,
        Self::DatasetRemoved,
        Self::DatasetRenamed,
        Self::MaterializationChanged,
        Self::ContractDropped,
        Self::AccessNarrowed,
        Self::JobRemoved,
        Self::JobChanged,
    ];
}

/// Something that could not be told, or that is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// A short word for programs.
    pub code: String,
    /// What, where, and what to do.
    pub message: String,
    /// Something about the change itself could not be told, so the check cannot pass.
    pub unknown: bool,
}

impl Note {
    /// For information.
    pub fn info(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            unknown: false,
        }
    }

    /// What keeps the check from passing.
    pub fn unknown(code: &str, message: impl Into<String>) -> Self {
        Self {
            unknown: true,
            ..Self::info(code, message)
        }
    }
}

/// Changes that go in together.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet {
    /// Where it comes from (`dbt`, `sql`, `openlineage`, `changes`).
    pub source: String,
    /// The changes.
    pub changes: Vec<Change>,
    /// What the repository's own code says of lineage, before and after.
    pub code: Code,
    /// Jobs that are changed in the same change set, so that what they read today does not count.
    pub adapted: Vec<Name>,
    /// What could not be told, and what is worth knowing.
    pub notes: Vec<Note>,
}

impl ChangeSet {
    /// Calls datasets otherwise, wherever they stand.
    pub fn settle(&mut self, called: &dyn Fn(&Name) -> Name) {
        let settle = |name: &mut Name| *name = called(name);
        for change in &mut self.changes {
            settle(&mut change.of);
        }
        for model in &mut self.code.models {
            settle(&mut model.dataset);
            let sides = [&mut model.base, &mut model.head];
            for reads in sides.into_iter().flatten() {
                reads.datasets.iter_mut().for_each(settle);
            }
        }
        for consumer in &mut self.code.consumers {
            let sides = [&mut consumer.base, &mut consumer.head];
            for reads in sides.into_iter().flatten() {
                reads.datasets.iter_mut().for_each(settle);
            }
        }
    }
}

/// The explicit change file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeFile {
    /// Version of the format: 1.
    pub version: u32,
    /// The changes.
    pub changes: Vec<ChangeEntry>,
    /// Jobs that are adapted in the same change set.
    #[serde(default)]
    pub adapted: Vec<Name>,
}

/// A change as a file or a query tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeEntry {
    /// What is changed.
    pub kind: Word,
    /// The dataset.
    pub dataset: Option<Name>,
    /// The job.
    pub job: Option<Name>,
    /// The column; nested ones by path.
    pub column: Option<String>,
    /// What it was: a type, a materialization, an access.
    pub from: Option<String>,
    /// What it becomes: a name, a type, a materialization, an access.
    pub to: Option<String>,
    /// Where it is written: path from the root of the repository.
    pub file: Option<String>,
    /// Where it is written: line, from 1.
    pub line: Option<u32>,
}

/// Why a change file cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChangeError {
    /// Another version.
    #[error("version {0} of change files is not known; this program reads version 1")]
    Version(u32),
    /// Something is missing.
    #[error("changes[{0}] ({1}) needs {2}")]
    Missing(usize, String, &'static str),
}

impl ChangeFile {
    /// The change set that it describes.
    ///
    /// # Errors
    /// When an entry lacks what its kind needs.
    pub fn read(self) -> Result<ChangeSet, ChangeError> {
        if self.version != 1 {
            return Err(ChangeError::Version(self.version));
        }
        Ok(ChangeSet {
            source: "changes".to_owned(),
            changes: read_entries(self.changes)?,
            adapted: self.adapted,
            ..ChangeSet::default()
        })
    }
}

/// Changes from their entries.
///
/// # Errors
/// When an entry lacks what its kind needs.
pub fn read_entries(entries: Vec<ChangeEntry>) -> Result<Vec<Change>, ChangeError> {
    let numbered = entries.into_iter().enumerate();
    numbered.map(|(at, entry)| entry.read(at)).collect()
}

impl ChangeEntry {
    fn read(self, at: usize) -> Result<Change, ChangeError> {
        let missing = |what| ChangeError::Missing(at, self.kind.id(), what);
        let column = || self.column.clone().ok_or_else(|| missing("column"));
        let to = || self.to.clone().ok_or_else(|| missing("to"));
        let or_unsaid = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        let kind = match self.kind {
            Word::ColumnRemoved => Kind::ColumnRemoved(column()?),
            Word::ColumnRenamed => Kind::ColumnRenamed(column()?, to()?),
            Word::ColumnRetyped => {
                let (from, to) = (self.from.clone(), self.to.clone());
                let widens = match (&from, &to) {
                    (Some(from), Some(to)) => super::code::widens(from, to),
                    _ => false,
                };
                Kind::ColumnRetyped(column()?, from, to, widens)
            }
            Word::ColumnRequired => Kind::ColumnRequired(column()?),
            Word::ColumnNullable => Kind::ColumnNullable(column()?),
            Word::ColumnRederived => Kind::ColumnRederived(column()?),
            Word::ColumnAdded => Kind::ColumnAdded(column()?),
            Word::ColumnsReordered => Kind::ColumnsReordered,
            Word::RowsChanged => Kind::RowsChanged,
            Word::DatasetAdded => Kind::DatasetAdded,
            Word::DatasetRemoved => Kind::DatasetRemoved,
            Word::DatasetRenamed => Kind::DatasetRenamed(to()?),
            Word::MaterializationChanged => {
                Kind::Materialization(or_unsaid(&self.from), or_unsaid(&self.to))
            }
            Word::ContractDropped => Kind::ContractDropped,
            Word::AccessNarrowed => {
                Kind::AccessNarrowed(or_unsaid(&self.from), or_unsaid(&self.to))
            }
            Word::JobRemoved => Kind::JobRemoved,
            Word::JobChanged => Kind::JobChanged,
        };
        let of = if kind.is_of_job() {
            self.job.clone().ok_or_else(|| missing("job"))?
        } else {
            self.dataset.clone().ok_or_else(|| missing("dataset"))?
        };
        let line = self.line;
        Ok(Change {
            of,
            kind,
            place: self.file.map(|file| Place { file, line }),
            detail: None,
            promised: None,
        })
    }
}
