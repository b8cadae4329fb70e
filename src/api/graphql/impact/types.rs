//! The answer of `impact`, as the schema has it.

use async_graphql::{Enum, SimpleObject};

use crate::impact::report::{Affected, AffectedKind, Changed, Finding, Report, Step, Summary};
use crate::impact::{Action, Class, Note, Word};

/// The kinds of changes, as files, answers and GraphQL write them.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Word")]
pub enum ChangeKind {
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

/// What follows from a finding or a report.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it may go in.
    Pass,
    /// It may go in, and somebody should look.
    Warn,
    /// It cannot be told. That is never a pass.
    CannotTell,
    /// It should not go in.
    Fail,
}

impl From<Action> for Verdict {
    fn from(action: Action) -> Self {
        match action {
            Action::Pass => Self::Pass,
            Action::Warn => Self::Warn,
            Action::CannotTell => Self::CannotTell,
            Action::Fail => Self::Fail,
        }
    }
}

/// How bad it is for who is reached.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactClass {
    /// It breaks.
    Breaking,
    /// It cannot be told.
    Unknown,
    /// It may break: only datasets, and no columns, are known to hang together.
    PossiblyBreaking,
    /// It goes on working, with other values.
    ValueChange,
    /// Nobody is affected.
    Safe,
}

impl From<Class> for ImpactClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Safe => Self::Safe,
            Class::ValueChange => Self::ValueChange,
            Class::PossiblyBreaking => Self::PossiblyBreaking,
            Class::Unknown => Self::Unknown,
            Class::Breaking => Self::Breaking,
        }
    }
}

/// What is affected.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactKind {
    /// A column.
    Column,
    /// A dataset of which it is not known which columns.
    Dataset,
    /// A job.
    Job,
    /// A model of the code that is checked.
    Model,
    /// A dashboard, report, export …
    Consumer,
}

impl From<AffectedKind> for ImpactKind {
    fn from(kind: AffectedKind) -> Self {
        match kind {
            AffectedKind::Column => Self::Column,
            AffectedKind::Dataset => Self::Dataset,
            AffectedKind::Job => Self::Job,
            AffectedKind::Model => Self::Model,
            AffectedKind::Consumer => Self::Consumer,
        }
    }
}

/// What changes would do.
#[derive(SimpleObject)]
pub struct ImpactReport {
    /// What follows.
    pub verdict: Verdict,
    /// In figures.
    pub summary: ImpactSummary,
    /// One for each change, the worst first.
    pub findings: Vec<ImpactFinding>,
    /// What could not be told, and what is worth knowing.
    pub notes: Vec<ImpactNote>,
    /// The last event that the answer has seen.
    pub applied_seq: u64,
    /// The latest event time that the answer has seen.
    pub known_until: Option<String>,
}

/// Changes by class, and who is affected by any of them.
#[derive(SimpleObject)]
pub struct ImpactSummary {
    /// Changes.
    pub changes: usize,
    /// Changes that break something.
    pub breaking: usize,
    /// Changes of which it cannot be told.
    pub unknown: usize,
    /// Changes that may break something.
    pub possibly_breaking: usize,
    /// Changes of values.
    pub value_change: usize,
    /// Changes that do no harm.
    pub safe: usize,
    /// Changes that are waived.
    pub waived: usize,
    /// Columns that are affected.
    pub columns: usize,
    /// Datasets that are affected, those of the columns among them.
    pub datasets: usize,
    /// Jobs that are affected.
    pub jobs: usize,
    /// Consumers that are affected.
    pub consumers: usize,
}

/// What could not be told, or is worth knowing.
#[derive(SimpleObject)]
pub struct ImpactNote {
    /// A short word for programs.
    pub code: String,
    /// What, where, and what to do.
    pub message: String,
    /// It keeps the verdict from passing.
    pub unknown: bool,
}

/// A change and what it does.
#[derive(SimpleObject)]
pub struct ImpactFinding {
    /// The same change has the same one.
    pub id: String,
    /// What is changed.
    pub change: ImpactChange,
    /// How bad it is.
    pub class: ImpactClass,
    /// What follows.
    pub action: Verdict,
    /// Why it is of that class.
    pub reason: String,
    /// How to mend it.
    pub fix: Option<String>,
    /// Who is affected, the worst and nearest first.
    pub affected: Vec<ImpactAffected>,
    /// How many are, also where the list is cut.
    pub affected_total: usize,
    /// One of the two lists is cut.
    pub truncated: bool,
    /// Who read it and is changed along with it.
    pub changed_along: Vec<ImpactAffected>,
    /// How many did, also where the list is cut.
    pub changed_along_total: usize,
    /// Who accepted it, why, and until when.
    pub waiver: Option<ImpactWaiver>,
}

/// Who accepted a finding.
#[derive(SimpleObject)]
pub struct ImpactWaiver {
    /// Who.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day that it holds, as 2026-01-31.
    pub until: String,
}

/// What is changed.
#[derive(SimpleObject)]
pub struct ImpactChange {
    /// How.
    pub kind: ChangeKind,
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// The column.
    pub column: Option<String>,
    /// What it was.
    pub from: Option<String>,
    /// What it becomes.
    pub to: Option<String>,
    /// What else is to be said.
    pub detail: Option<String>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Where it is written: path from the root of the repository.
    pub file: Option<String>,
    /// Where it is written: line, from 1.
    pub line: Option<u32>,
}

/// Who is affected.
#[derive(SimpleObject)]
pub struct ImpactAffected {
    /// What it is.
    pub kind: ImpactKind,
    /// Namespace; of a column, that of its dataset.
    pub namespace: String,
    /// Name; of a column, that of its dataset.
    pub name: String,
    /// The column.
    pub column: Option<String>,
    /// How bad it is for it.
    pub class: ImpactClass,
    /// Hops from what is changed.
    pub depth: u32,
    /// Its layer.
    pub layer: Option<String>,
    /// What kind of consumer it is, where it is one.
    pub consumer: Option<String>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Contracts on it.
    pub contracts: Vec<String>,
    /// A shortest way to it, both ends included.
    pub path: Vec<ImpactStep>,
}

/// A step of a way.
#[derive(SimpleObject)]
pub struct ImpactStep {
    /// Namespace of the dataset or job.
    pub namespace: String,
    /// Name of the dataset or job.
    pub name: String,
    /// The column.
    pub column: Option<String>,
    /// The job that makes it from the step before.
    pub by: Option<String>,
    /// How that is known: `declared`, `sql`, `inferred`, `code` (read from the changed code).
    pub known_by: Option<String>,
    /// It only decides (a join, a filter), and is not in the value.
    pub indirect: bool,
    /// When it was last seen.
    pub last_seen: Option<String>,
    /// The last run that told it.
    pub last_run: Option<String>,
    /// How many runs told it.
    pub runs: Option<u32>,
}

impl ImpactReport {
    /// With at most so many affected for each change.
    pub fn new(report: Report, limit: usize) -> Self {
        let findings = report.findings.into_iter();
        Self {
            verdict: report.verdict.into(),
            summary: report.summary.into(),
            findings: findings.map(|one| ImpactFinding::new(one, limit)).collect(),
            notes: report.notes.into_iter().map(Into::into).collect(),
            applied_seq: report.graph.applied_seq,
            known_until: report.graph.known_until,
        }
    }

    /// What it counts for in the budget of a request.
    pub fn rows(&self) -> usize {
        let of = |finding: &ImpactFinding| finding.affected.len() + finding.changed_along.len();
        self.findings.len() + self.findings.iter().map(of).sum::<usize>()
    }
}

impl ImpactFinding {
    fn new(finding: Finding, limit: usize) -> Self {
        let cut = |all: Vec<Affected>| -> Vec<ImpactAffected> {
            all.into_iter().take(limit).map(Into::into).collect()
        };
        Self {
            id: finding.id,
            change: finding.change.into(),
            class: finding.class.into(),
            action: finding.action.into(),
            reason: finding.reason,
            fix: finding.fix,
            truncated: finding.affected_total.max(finding.changed_along_total) > limit,
            affected: cut(finding.affected),
            affected_total: finding.affected_total,
            changed_along: cut(finding.changed_along),
            changed_along_total: finding.changed_along_total,
            waiver: finding.waiver.map(|waived| ImpactWaiver {
                owner: waived.owner,
                reason: waived.reason,
                until: waived.until,
            }),
        }
    }
}

impl From<Summary> for ImpactSummary {
    fn from(summary: Summary) -> Self {
        Self {
            changes: summary.changes,
            breaking: summary.breaking,
            unknown: summary.unknown,
            possibly_breaking: summary.possibly_breaking,
            value_change: summary.value_change,
            safe: summary.safe,
            waived: summary.waived,
            columns: summary.columns,
            datasets: summary.datasets,
            jobs: summary.jobs,
            consumers: summary.consumers,
        }
    }
}

impl From<Note> for ImpactNote {
    fn from(note: Note) -> Self {
        Self {
            code: note.code,
            message: note.message,
            unknown: note.unknown,
        }
    }
}

impl From<Changed> for ImpactChange {
    fn from(change: Changed) -> Self {
        let (file, line) = change
            .place
            .map_or((None, None), |place| (Some(place.file), place.line));
        Self {
            kind: change.kind.into(),
            namespace: change.name.namespace,
            name: change.name.name,
            column: change.column,
            from: change.from,
            to: change.to,
            detail: change.detail,
            owners: change.owners,
            file,
            line,
        }
    }
}

impl From<Affected> for ImpactAffected {
    fn from(one: Affected) -> Self {
        Self {
            kind: one.kind.into(),
            namespace: one.name.namespace,
            name: one.name.name,
            column: one.column,
            class: one.class.into(),
            depth: one.depth,
            layer: one.layer,
            consumer: one.consumer,
            owners: one.owners,
            contracts: one.contracts,
            path: one.path.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Step> for ImpactStep {
    fn from(step: Step) -> Self {
        let evidence = step.evidence;
        Self {
            namespace: step.name.namespace,
            name: step.name.name,
            column: step.column,
            by: step.by,
            known_by: step.known_by,
            indirect: step.indirect,
            runs: evidence.as_ref().map(|evidence| evidence.runs),
            last_seen: evidence.as_ref().and_then(|held| held.last_seen.clone()),
            last_run: evidence.and_then(|evidence| evidence.last_run),
        }
    }
}
