//! Migrations: what a text of SQL does to tables, views and their columns, statement by statement.
//!
//! Does not belong here: what that means for who reads them, and where two statements undo each
//! other ([`crate::migration`]).

use sqlparser::ast::{
    AlterColumnOperation, AlterSchemaOperation, AlterTableOperation, AlterView, AlterViewOperation,
    ColumnOption, CreateTable, Ident, ObjectName, ObjectType, RenameTableNameKind, Set, Statement,
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
    /// It is made, with these columns, in place of what was there.
    Replace(Vec<String>),
    /// From here on, names that say less are looked up in these schemas or databases.
    Use(Vec<String>),
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
            object_type,
            names,
            cascade,
            ..
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
            ObjectType::Type if *cascade => {
                let what = format!("{statement}: which columns go with it is not known");
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
        Statement::AlterView(alter) => {
            if let Some(act) = alters_view(alter, statement) {
                tell(path(&alter.name), act);
            }
        }
        Statement::CreateTable(create) if create.query.is_some() => {
            tell(path(&create.name), Act::Define(statement.to_string()));
        }
        // A table that is there stays as it is.
        Statement::CreateTable(create) if create.if_not_exists => {}
        Statement::CreateTable(create) => tell(path(&create.name), creates(create)),
        Statement::AlterSchema(alter) => {
            let renames =
                |held: &AlterSchemaOperation| matches!(held, AlterSchemaOperation::Rename { .. });
            if alter.operations.iter().any(renames) {
                let what = format!("{statement}: which tables are in it is not known");
                tell(Vec::new(), Act::Unknown(what));
            }
        }
        Statement::Use(_) => {
            if let Some(place) = used(&statement.to_string()) {
                tell(Vec::new(), Act::Use(place));
            }
        }
        Statement::Set(Set::SingleAssignment {
            variable, values, ..
        }) if variable.to_string().eq_ignore_ascii_case("search_path") => {
            let names = values.iter().map(|value| bare(&value.to_string()));
            tell(Vec::new(), Act::Use(names.collect()));
        }
        Statement::StartTransaction { statements, .. } if !statements.is_empty() => {
            let what = "a block, of which it is not known what it does";
            tell(Vec::new(), Act::Unknown(what.to_owned()));
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

/// What is done to a view.
fn alters_view(alter: &AlterView, statement: &Statement) -> Option<Act> {
    let act = match &alter.operation {
        AlterViewOperation::As { query, .. } => {
            Act::Define(format!("CREATE VIEW {} AS {query}", alter.name))
        }
        AlterViewOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => Act::RenameColumn(old_column_name.value.clone(), new_column_name.value.clone()),
        AlterViewOperation::RenameTo { new_name } => {
            Act::Rename(beside(&path(&alter.name), path(new_name)))
        }
        AlterViewOperation::SetSchema { .. } => Act::Unknown(format!(
            "{statement}: moves to another schema are not followed"
        )),
        _ => return None,
    };
    Some(act)
}

fn creates(create: &CreateTable) -> Act {
    if create.or_replace && (create.clone.is_some() || create.like.is_some()) {
        let what = format!(
            "{} becomes a copy of another table, whose columns are not looked up",
            create.name
        );
        return Act::Unknown(what);
    }
    let columns = create.columns.iter();
    let columns = columns.map(|column| column.name.value.clone()).collect();
    if create.or_replace {
        Act::Replace(columns)
    } else {
        Act::Create(columns)
    }
}

/// The places that `USE …` names; none where it is about something else.
fn used(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<&str> = text.split_whitespace().skip(1).collect();
    let first = words.first()?.to_ascii_uppercase();
    match first.as_str() {
        "ROLE" | "WAREHOUSE" | "SECONDARY" => return None,
        "DATABASE" | "SCHEMA" | "CATALOG" => _ = words.remove(0),
        _ => {}
    }
    Some(words.join("").split('.').map(bare).collect())
}

/// A name without its quotes.
fn bare(name: &str) -> String {
    name.trim_matches(['"', '`', '\'', '[', ']']).to_owned()
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
        AlterTableOperation::SwapWith { table_name } => vec![Act::Unknown(format!(
            "{} changes places with {table_name}, whose columns are not looked up",
            of.join(".")
        ))],
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
