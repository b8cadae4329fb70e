//! Migrations: what a text of SQL does to tables, views and their columns, statement by statement.
//!
//! Does not belong here: what that means for who reads them, and where two statements undo each
//! other ([`crate::migration`]).

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, AlterViewOperation, ColumnOption, Ident, ObjectName,
    ObjectType, RenameTableNameKind, Statement,
};

use super::names::parts;
use super::{Context, Gap};

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line that its statement begins at, from 1.
    pub line: u64,
    /// The table or view, in parts.
    pub of: Vec<String>,
    /// What is done.
    pub act: Act,
}

/// What is done to a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A column is dropped.
    DropColumn(String),
    /// A column is added.
    AddColumn(String),
    /// A column gets another name.
    RenameColumn(String, String),
    /// A column gets another type.
    Retype(String, String),
    /// A column may not be null any more.
    Require(String),
    /// A column may be null from now on.
    Allow(String),
    /// It is dropped.
    Drop,
    /// It gets another name, in parts.
    Rename(Vec<String>),
    /// It is made by this query, in place of what was there.
    Define(String),
    /// It is made, with these columns.
    Create(Vec<String>),
    /// It cannot be told.
    Unknown(String),
}

/// What a text does.
pub fn migration(text: &str, context: &Context) -> Vec<Step> {
    let steps = super::guard::with_statements(text, context, |statements| {
        let mut steps = Vec::new();
        for (line, statement) in statements {
            match statement {
                Ok(statement) => read(*line, statement, &mut steps),
                Err(gap) => steps.push(unknown(*line, gap.to_string())),
            }
        }
        steps
    });
    steps.unwrap_or_else(|| vec![unknown(1, Gap::Failed.to_string())])
}

fn unknown(line: u64, why: String) -> Step {
    Step {
        line,
        of: Vec::new(),
        act: Act::Unknown(why),
    }
}

fn path(name: &ObjectName) -> Vec<String> {
    let parts = parts(name).unwrap_or_default();
    parts.into_iter().map(|part| part.text).collect()
}

fn read(line: u64, statement: &Statement, steps: &mut Vec<Step>) {
    let mut tell = |of: Vec<String>, act: Act| steps.push(Step { line, of, act });
    match statement {
        Statement::AlterTable(alter) => {
            let of = path(&alter.name);
            for operation in &alter.operations {
                for act in alters(operation, &of) {
                    tell(of.clone(), act);
                }
            }
        }
        Statement::Drop {
            object_type, names, ..
        } => match object_type {
            ObjectType::Table
            | ObjectType::View
            | ObjectType::MaterializedView
            | ObjectType::ForeignTable => {
                for name in names {
                    tell(path(name), Act::Drop);
                }
            }
            ObjectType::Schema | ObjectType::Database => {
                let what = format!("{statement}: which tables are in it is not known");
                tell(Vec::new(), Act::Unknown(what));
            }
            _ => {}
        },
        Statement::RenameTable(all) => {
            for rename in all {
                tell(path(&rename.old_name), Act::Rename(path(&rename.new_name)));
            }
        }
        Statement::CreateView(create) => {
            tell(path(&create.name), Act::Define(statement.to_string()));
        }
        Statement::AlterView(alter) => match &alter.operation {
            AlterViewOperation::As { query, .. } => {
                let text = format!("CREATE VIEW {} AS {query}", alter.name);
                tell(path(&alter.name), Act::Define(text));
            }
            AlterViewOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => {
                let (from, to) = (&old_column_name.value, &new_column_name.value);
                tell(
                    path(&alter.name),
                    Act::RenameColumn(from.clone(), to.clone()),
                );
            }
            AlterViewOperation::RenameTo { new_name } => {
                let of = path(&alter.name);
                let to = beside(&of, path(new_name));
                tell(of, Act::Rename(to));
            }
            AlterViewOperation::SetSchema { .. } => {
                let what = format!("{statement}: moves to another schema are not followed");
                tell(Vec::new(), Act::Unknown(what));
            }
            _ => {}
        },
        Statement::CreateTable(create) if create.query.is_some() => {
            tell(path(&create.name), Act::Define(statement.to_string()));
        }
        Statement::CreateTable(create) => {
            let columns = create
                .columns
                .iter()
                .map(|column| column.name.value.clone());
            // A table that is there stays as it is.
            if !create.if_not_exists {
                tell(path(&create.name), Act::Create(columns.collect()));
            }
        }
        Statement::Call(_)
        | Statement::Execute { .. }
        | Statement::If(_)
        | Statement::Case(_)
        | Statement::While(_) => {
            let what = "a block or call, of which it is not known what it does";
            tell(Vec::new(), Act::Unknown(what.to_owned()));
        }
        other => {
            // `DO $$ … $$` and the like have no statement of their own in the parser.
            let text = other.to_string();
            if text.trim_start().to_ascii_uppercase().starts_with("DO ") {
                let what = "a block, of which it is not known what it does";
                tell(Vec::new(), Act::Unknown(what.to_owned()));
            }
        }
    }
}

fn alters(operation: &AlterTableOperation, of: &[String]) -> Vec<Act> {
    let name = |ident: &Ident| ident.value.clone();
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            vec![Act::AddColumn(name(&column_def.name))]
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            let all = column_names.iter();
            all.map(|column| Act::DropColumn(name(column))).collect()
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => vec![Act::RenameColumn(
            name(old_column_name),
            name(new_column_name),
        )],
        AlterTableOperation::RenameTable { table_name } => {
            let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
            vec![Act::Rename(beside(of, path(to)))]
        }
        AlterTableOperation::ChangeColumn {
            old_name,
            new_name,
            data_type,
            options,
            ..
        } => {
            let mut acts = vec![Act::Retype(name(old_name), data_type.to_string())];
            acts.extend(nullability(&name(old_name), options.iter()));
            if old_name.value != new_name.value {
                acts.push(Act::RenameColumn(name(old_name), name(new_name)));
            }
            acts
        }
        AlterTableOperation::ModifyColumn {
            col_name,
            data_type,
            options,
            ..
        } => {
            let mut acts = vec![Act::Retype(name(col_name), data_type.to_string())];
            acts.extend(nullability(&name(col_name), options.iter()));
            acts
        }
        AlterTableOperation::AlterColumn { column_name, op } => match op {
            AlterColumnOperation::SetNotNull => vec![Act::Require(name(column_name))],
            AlterColumnOperation::DropNotNull => vec![Act::Allow(name(column_name))],
            AlterColumnOperation::SetDataType { data_type, .. } => {
                vec![Act::Retype(name(column_name), data_type.to_string())]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A new name that says less than the old one stays in its schema.
fn beside(of: &[String], to: Vec<String>) -> Vec<String> {
    let missing = of.len().saturating_sub(to.len());
    of[..missing].iter().cloned().chain(to).collect()
}

fn nullability<'o>(
    column: &str,
    mut options: impl Iterator<Item = &'o ColumnOption>,
) -> Option<Act> {
    options.find_map(|option| match option {
        ColumnOption::NotNull => Some(Act::Require(column.to_owned())),
        _ => None,
    })
}
