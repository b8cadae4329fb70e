//! Folding statements.

use std::collections::BTreeMap;

use super::view;
use crate::impact::{
    Change, ChangeSet, Kind, Name, Note, Observed, ObservedDataset, Place as Line, same_type,
    widens,
};
use crate::sql::{Act, Context, Dialect, Step, migration};

/// A file with its text.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path, as it is shown.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Where tables are whose names say less.
#[derive(Debug, Clone)]
pub struct Place {
    /// The namespace of their datasets.
    pub namespace: String,
    /// What stands before names that have fewer parts: database and schema.
    pub before: Vec<String>,
    /// The SQL.
    pub dialect: Dialect,
}

/// Statements in order.
pub struct Migrations {
    place: Place,
    steps: Vec<(String, Step)>,
}

impl Place {
    /// The dataset of a name in a statement.
    pub fn dataset(&self, path: &[String]) -> Name {
        let missing = self
            .before
            .len()
            .saturating_sub(path.len().saturating_sub(1));
        let mut parts: Vec<String> = self.before[..missing].to_vec();
        parts.extend(path.iter().cloned());
        Name::new(&self.namespace, parts.join("."))
    }

    /// Whether names are looked up in this database or schema anyway.
    fn has(&self, name: &str) -> bool {
        let mut before = self.before.iter();
        before.any(|held| held.eq_ignore_ascii_case(name))
    }
}

/// What became of a column that was there before.
#[derive(Debug, Clone, Default)]
struct Column {
    /// Its name before; none when it is new.
    was: Option<String>,
    dropped: bool,
    to_type: Option<String>,
    required: Option<bool>,
    at: Option<Line>,
}

#[derive(Debug, Clone, Default)]
struct Table {
    /// Its name before; none when it is new.
    was: Option<Name>,
    dropped: bool,
    /// By the name that columns have now.
    columns: BTreeMap<String, Column>,
    defined: Option<String>,
    /// It was put in the place of whatever was there, if there was anything.
    in_place: bool,
    at: Option<Line>,
}

impl Migrations {
    /// The statements of files, in their order.
    pub fn read(files: &[File], place: Place) -> Self {
        let context = Context {
            dialect: place.dialect,
            ..Context::default()
        };
        let steps = files.iter().flat_map(|file| {
            let steps = migration(&file.text, &context).into_iter();
            steps.map(|step| (file.path.clone(), step))
        });
        Self {
            steps: steps.collect(),
            place,
        }
    }

    /// Datasets that statements name, and those that the queries of views read.
    pub fn datasets(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for (_, step) in &self.steps {
            if !step.of.is_empty() {
                names.push(self.place.dataset(&step.of));
            }
            if let Act::Rename(to) = &step.act {
                names.push(self.place.dataset(to));
            }
            if let Act::Define(text) = &step.act {
                names.extend(view::named(text, &self.place));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// What is different when all have run.
    pub fn changes(&self, observed: &Observed) -> ChangeSet {
        let mut set = ChangeSet {
            source: "sql".to_owned(),
            ..ChangeSet::default()
        };
        let mut tables: BTreeMap<Name, Table> = BTreeMap::new();
        let mut gone: Vec<Table> = Vec::new();
        for (file, step) in &self.steps {
            let at = Line {
                file: file.clone(),
                line: u32::try_from(step.line).ok(),
            };
            if let Act::Unknown(why) = &step.act {
                let message = format!("{file}:{}: {why}", step.line);
                set.notes.push(Note::unknown("STATEMENT_UNREAD", message));
                continue;
            }
            if let Act::Use(names) = &step.act {
                if let Some(other) = names.iter().find(|name| !self.place.has(name)) {
                    let message = format!(
                        "{file}:{}: names after it are looked up in {other}, and are completed here with --default all the same; write {other} into --default, or write the names whole and leave this out",
                        step.line
                    );
                    set.notes.push(Note::unknown("PLACE_CHANGED", message));
                }
                continue;
            }
            self.fold(step, at, &mut tables, &mut gone);
        }
        let all = tables.into_iter().map(|(name, table)| (Some(name), table));
        let gone = gone.into_iter().map(|table| (None, table));
        for (name, table) in all.chain(gone) {
            self.tell(name, &table, observed, &mut set);
        }
        set
    }

    fn fold(
        &self,
        step: &Step,
        at: Line,
        tables: &mut BTreeMap<Name, Table>,
        gone: &mut Vec<Table>,
    ) {
        let name = self.place.dataset(&step.of);
        let key = held_name(tables, &name);
        match &step.act {
            Act::Drop => {
                let mut table = tables.remove(&key).unwrap_or_else(|| known(&name));
                table.dropped = true;
                table.at = Some(at);
                if table.was.is_some() {
                    gone.push(table);
                }
            }
            Act::Rename(to) => {
                let mut table = tables.remove(&key).unwrap_or_else(|| known(&name));
                table.at = Some(at);
                tables.insert(self.place.dataset(to), table);
            }
            Act::Create(columns) | Act::Replace(columns) => {
                // In place of one that was dropped before, it is that one with other columns.
                let before = gone
                    .iter()
                    .position(|held| held.was.as_ref() == Some(&name));
                let was = match before {
                    Some(place) => gone.remove(place).was,
                    None if matches!(step.act, Act::Replace(_)) => match tables.get(&key) {
                        Some(held) => held.was.clone(),
                        None => Some(name.clone()),
                    },
                    None => None,
                };
                tables.remove(&key);
                let mut table = Table {
                    was,
                    at: Some(at.clone()),
                    ..Table::default()
                };
                for column in columns {
                    let fresh = Column {
                        at: Some(at.clone()),
                        ..Column::default()
                    };
                    table.columns.insert(column.clone(), fresh);
                }
                table.defined = table.was.is_some().then(String::new);
                table.in_place = before.is_none();
                tables.insert(name, table);
            }
            Act::Define(text) => {
                let before = gone
                    .iter()
                    .position(|held| held.was.as_ref() == Some(&name));
                let restored = before.map(|place| gone.remove(place));
                let table = tables.entry(key).or_insert_with(|| known(&name));
                if let Some(restored) = restored {
                    table.was = restored.was;
                }
                table.dropped = false;
                table.defined = Some(text.clone());
                table.at = Some(at);
            }
            act => {
                let table = tables.entry(key).or_insert_with(|| known(&name));
                column(table, act, at);
            }
        }
    }

    fn tell(&self, now: Option<Name>, table: &Table, observed: &Observed, set: &mut ChangeSet) {
        let Some(was) = &table.was else {
            let Some(now) = now else { return };
            set.changes
                .push(change(&now, Kind::DatasetAdded, table.at.clone()));
            return;
        };
        let held = find(observed, was);
        // Case is the catalog's: statements spell as they like.
        let was = held.map_or_else(|| was.clone(), |held| held.name.clone());
        if table.dropped {
            set.changes
                .push(change(&was, Kind::DatasetRemoved, table.at.clone()));
            return;
        }
        if let Some(text) = &table.defined {
            if text.is_empty() {
                replaced(&was, held, table, set);
            } else {
                view::defined(
                    &was,
                    held,
                    text,
                    table.at.clone(),
                    &self.place,
                    observed,
                    set,
                );
            }
            return;
        }
        if let Some(now) = now
            && !now.name.eq_ignore_ascii_case(&was.name)
        {
            let kind = Kind::DatasetRenamed(now.name);
            set.changes.push(change(&was, kind, table.at.clone()));
        }
        for (name, column) in &table.columns {
            for kind in kinds(name, column, held) {
                set.changes.push(change(&was, kind, column.at.clone()));
            }
        }
    }
}

/// A table that was dropped and made again, with other columns.
fn replaced(was: &Name, held: Option<&ObservedDataset>, table: &Table, set: &mut ChangeSet) {
    let Some(held) = held else {
        // What was dropped was there; what is put in place of a thing that was never seen may be new.
        let kind = if table.in_place {
            Kind::DatasetAdded
        } else {
            Kind::DatasetRemoved
        };
        return set.changes.push(change(was, kind, table.at.clone()));
    };
    let has = |name: &str| {
        table
            .columns
            .keys()
            .any(|held| held.eq_ignore_ascii_case(name))
    };
    for column in held.columns.iter().filter(|column| !has(&column.name)) {
        let kind = Kind::ColumnRemoved(column.name.clone());
        set.changes.push(change(was, kind, table.at.clone()));
    }
    set.changes
        .push(change(was, Kind::RowsChanged, table.at.clone()));
}

pub(super) fn change(of: &Name, kind: Kind, place: Option<Line>) -> Change {
    Change {
        of: of.clone(),
        kind,
        place,
        detail: None,
        promised: None,
    }
}

fn known(name: &Name) -> Table {
    Table {
        was: Some(name.clone()),
        ..Table::default()
    }
}

/// A name as it is held already, upper and lower case alike.
fn held_name(tables: &BTreeMap<Name, Table>, name: &Name) -> Name {
    let held = tables
        .keys()
        .find(|held| held.name.eq_ignore_ascii_case(&name.name));
    held.unwrap_or(name).clone()
}

/// The observed dataset of a name, upper and lower case alike.
pub(super) fn find<'o>(observed: &'o Observed, name: &Name) -> Option<&'o ObservedDataset> {
    let is = |held: &Name| {
        held.namespace == name.namespace && held.name.eq_ignore_ascii_case(&name.name)
    };
    let mut all = observed.datasets.iter();
    all.find(|dataset| is(&dataset.name) || dataset.aliases.iter().any(is))
}

fn column(table: &mut Table, act: &Act, at: Line) {
    let (Act::DropColumn(name)
    | Act::AddColumn(name)
    | Act::RenameColumn(name, _)
    | Act::Retype(name, _)
    | Act::Require(name)
    | Act::Allow(name)) = act
    else {
        return;
    };
    let held = table
        .columns
        .keys()
        .find(|held| held.eq_ignore_ascii_case(name));
    let key = held.cloned().unwrap_or_else(|| name.clone());
    if let Act::AddColumn(_) = act {
        // One that was dropped before is there again, as another.
        let before = table.columns.remove(&key).and_then(|held| held.was);
        let fresh = Column {
            to_type: before.is_some().then(|| "?".to_owned()),
            was: before,
            at: Some(at),
            ..Column::default()
        };
        table.columns.insert(key, fresh);
        return;
    }
    let mut column = table.columns.remove(&key).unwrap_or_else(|| Column {
        was: Some(name.clone()),
        ..Column::default()
    });
    column.at = Some(at);
    match act {
        Act::DropColumn(_) => {
            column.dropped = true;
            if column.was.is_none() {
                return;
            }
            table.columns.insert(key, column);
        }
        Act::RenameColumn(_, to) => _ = table.columns.insert(to.clone(), column),
        Act::Retype(_, to) => {
            column.to_type = Some(to.clone());
            table.columns.insert(key, column);
        }
        Act::Require(_) | Act::Allow(_) => {
            column.required = Some(matches!(act, Act::Require(_)));
            table.columns.insert(key, column);
        }
        _ => {}
    }
}

fn kinds(name: &str, column: &Column, held: Option<&ObservedDataset>) -> Vec<Kind> {
    let Some(was) = &column.was else {
        return vec![Kind::ColumnAdded(name.to_owned())];
    };
    if column.dropped {
        return vec![Kind::ColumnRemoved(was.clone())];
    }
    let mut kinds = Vec::new();
    if !was.eq_ignore_ascii_case(name) {
        kinds.push(Kind::ColumnRenamed(was.clone(), name.to_owned()));
    }
    if let Some(to) = &column.to_type {
        let known = held.and_then(|held| {
            let mut columns = held.columns.iter();
            columns.find(|column| column.name.eq_ignore_ascii_case(was))
        });
        let from = known.and_then(|known| known.data_type.clone());
        let same = from.as_ref().is_some_and(|from| same_type(from, to));
        if !same {
            let widens = from.as_ref().is_some_and(|from| widens(from, to));
            let to = (to != "?").then(|| to.clone());
            kinds.push(Kind::ColumnRetyped(was.clone(), from, to, widens));
        }
    }
    match column.required {
        Some(true) => kinds.push(Kind::ColumnRequired(was.clone())),
        Some(false) => kinds.push(Kind::ColumnNullable(was.clone())),
        None => {}
    }
    kinds
}
