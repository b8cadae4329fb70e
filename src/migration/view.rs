//! Views (and tables by a query) that are defined anew.

use super::fold::{Place, change, find};
use crate::impact::{
    ChangeSet, Kind, Model, Name, Note, Observed, ObservedDataset, Place as Line, ReadColumn,
    Reads, Replaces,
};
use crate::sql::{Context, Gap, Relation, StatementLineage, read};

fn context(place: &Place, relations: Vec<Relation>) -> Context {
    Context {
        dialect: place.dialect,
        relations,
        defaults: place.before.clone(),
        ..Context::default()
    }
}

/// Datasets that a definition reads, as far as its names tell.
pub fn named(text: &str, place: &Place) -> Vec<Name> {
    let told = read(text, &context(place, Vec::new()));
    let gaps = told.iter().flat_map(|statement| &statement.gaps);
    gaps.filter_map(|gap| match gap {
        Gap::UnknownRelation(name) => {
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            Some(place.dataset(&path))
        }
        _ => None,
    })
    .collect()
}

/// Adds what a new definition changes.
pub fn defined(
    was: &Name,
    held: Option<&ObservedDataset>,
    text: &str,
    at: Option<Line>,
    place: &Place,
    observed: &Observed,
    set: &mut ChangeSet,
) {
    let names = named(text, place);
    let relation = |name: &Name, dataset: Option<&ObservedDataset>| Relation {
        names: vec![name.name.split('.').map(str::to_owned).collect()],
        columns: dataset
            .map(|dataset| dataset.columns.iter().map(|c| c.name.clone()).collect())
            .unwrap_or_default(),
        complete: false,
    };
    let relations = names
        .iter()
        .map(|name| relation(name, find(observed, name)));
    let mut told = read(text, &context(place, relations.collect()));
    let datasets: Vec<Name> = names
        .iter()
        .map(|name| find(observed, name).map_or_else(|| name.clone(), |held| held.name.clone()))
        .collect();
    let statement = told.pop().filter(|_| told.is_empty());
    let Some(statement) = statement.filter(|statement| !statement.columns.is_empty()) else {
        let why = "its definition could not be read, so it cannot be told what changes";
        set.notes
            .push(Note::unknown("VIEW_UNREAD", format!("{}: {why}", was.name)));
        return set.changes.push(change(was, Kind::RowsChanged, at));
    };
    let Some(held) = held else {
        // Not seen so far: it may be new. What it reads counts.
        set.code
            .models
            .push(model(was, &statement, datasets, &[], at.clone()));
        return set.changes.push(change(was, Kind::DatasetAdded, at));
    };
    let old: Vec<String> = held
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    set.code
        .models
        .push(model(was, &statement, datasets, &old, at.clone()));
    let has = |name: &str| {
        statement
            .columns
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(name))
    };
    if statement.more_columns {
        set.notes.push(Note::unknown(
            "COLUMNS_UNKNOWN",
            format!(
                "{}: its definition has a star over columns that are not all known, so it cannot be told which of its columns are gone; name them",
                was.name
            ),
        ));
    } else {
        for column in old.iter().filter(|column| !has(column)) {
            let kind = Kind::ColumnRemoved(column.clone());
            set.changes.push(change(was, kind, at.clone()));
        }
    }
    let new = statement.columns.iter();
    for column in new.filter(|c| !old.iter().any(|old| old.eq_ignore_ascii_case(&c.name))) {
        let kind = Kind::ColumnAdded(column.name.clone());
        set.changes.push(change(was, kind, at.clone()));
    }
    // The old definition is not known, so neither is whether it decided the same.
    let mut rows = change(was, Kind::RowsChanged, at);
    rows.detail = Some("it is defined anew, and how it was defined is not known".to_owned());
    set.changes.push(rows);
}

fn model(
    was: &Name,
    statement: &StatementLineage,
    datasets: Vec<Name>,
    old: &[String],
    at: Option<Line>,
) -> Model {
    let mut reads = Reads {
        datasets,
        columns: Vec::new(),
        gaps: statement.gaps.iter().map(ToString::to_string).collect(),
    };
    for column in &statement.columns {
        for used in &column.sources {
            reads.columns.push(ReadColumn {
                dataset: used.relation,
                column: used.column.clone(),
                to: Some(column.name.clone()),
                indirect: !used.kinds.is_direct(),
            });
        }
    }
    for used in &statement.indirect {
        reads.columns.push(ReadColumn {
            dataset: used.relation,
            column: used.column.clone(),
            to: None,
            indirect: true,
        });
    }
    let mut columns: Vec<String> = old.to_vec();
    columns.extend(statement.columns.iter().map(|column| column.name.clone()));
    Model {
        dataset: was.clone(),
        label: was.name.clone(),
        place: at,
        owners: Vec::new(),
        columns,
        base: None,
        head: Some(reads),
        replaces: Replaces::All,
        built: false,
    }
}
