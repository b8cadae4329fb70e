//! What kinds of changes mean to who reads, in words.

use super::super::{Change, Class, Kind};

/// What breaks only readers of a certain sort, so that it does not count as untold where no reader
/// is known.
pub(super) fn is_hazard(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnsReordered
            | Kind::ContractDropped
            | Kind::AccessNarrowed(..)
            | Kind::ColumnRequired(_)
    )
}

pub(super) fn is_value(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnRetyped(.., true)
            | Kind::ColumnNullable(_)
            | Kind::ColumnRederived(_)
            | Kind::RowsChanged
            | Kind::Materialization(..)
            | Kind::JobChanged
    )
}

pub(super) fn value_reason(change: &Change) -> String {
    let why = match &change.kind {
        Kind::ColumnRetyped(..) => "the new type holds all values of the old one",
        Kind::ColumnNullable(_) => "it may be null now, and who reads it may not expect that",
        Kind::ColumnRederived(_) => "it is computed otherwise, so its values may differ",
        Kind::RowsChanged => "which rows there are is decided otherwise, so each column may differ",
        Kind::Materialization(..) => "when and how it is filled differs",
        Kind::ContractDropped => "what readers rely on is promised no more",
        _ => "values may differ",
    };
    why.to_owned()
}

/// How to mend what breaks.
pub(super) fn fix(change: &Change, class: Class) -> Option<String> {
    if class <= Class::ValueChange {
        return None;
    }
    let text = match &change.kind {
        Kind::ColumnRemoved(column) => format!(
            "keep {column} until who reads it is changed, or change them in this change set"
        ),
        Kind::ColumnRenamed(from, to) => format!(
            "keep {from} beside {to} until who reads it is changed, or change them in this change set"
        ),
        Kind::ColumnRetyped(column, Some(from), ..) => {
            format!("cast {column} to {from}, or change who reads it along with it")
        }
        Kind::ColumnRetyped(column, ..) => {
            format!("keep the type of {column}, or change who reads it along with it")
        }
        Kind::DatasetRemoved => "keep it until nobody reads it, or change who reads it".to_owned(),
        Kind::DatasetRenamed(_) => {
            "leave a view under the old name until who reads it is changed".to_owned()
        }
        Kind::ColumnRequired(column) => {
            format!("make sure that each writer always sets {column}")
        }
        Kind::ColumnsReordered => {
            "name the columns where they are read, or keep their order".to_owned()
        }
        Kind::AccessNarrowed(..) => "leave it open to who reads it today".to_owned(),
        Kind::JobRemoved => "let another job write what it wrote, or drop who reads it".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// The same for the same change, in any run.
pub(super) fn id(change: &Change) -> String {
    let mut id = format!("{}:{}", change.kind.word().id(), change.of);
    if let Some(column) = change.kind.column() {
        id.push('#');
        id.push_str(column);
    }
    id
}
