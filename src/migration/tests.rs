//! Migrations over a small graph.

use super::{Defaults, File, Migrations};
use crate::impact::{FORMAT, Name, Observed, ObservedColumn, ObservedDataset};
use crate::sql::Dialect;

fn observed() -> Observed {
    let dataset = |name: &str, columns: &[(&str, &str)]| ObservedDataset {
        name: Name::new("postgres://h:1", format!("shop.public.{name}")),
        columns: columns
            .iter()
            .map(|(name, kind)| ObservedColumn {
                name: (*name).to_owned(),
                data_type: Some((*kind).to_owned()),
            })
            .collect(),
        ..ObservedDataset::default()
    };
    Observed {
        headwater_graph: FORMAT,
        datasets: vec![
            dataset(
                "orders",
                &[("id", "int"), ("email", "text"), ("total", "numeric(10,2)")],
            ),
            dataset("v", &[("id", "int"), ("email", "text")]),
        ],
        ..Observed::default()
    }
}

/// Changes, short: `column_removed orders email 2`, with the line.
fn changes(files: &[&str]) -> (Vec<String>, Vec<String>) {
    let files: Vec<File> = files
        .iter()
        .enumerate()
        .map(|(at, text)| File {
            path: format!("{at}.sql"),
            text: (*text).to_owned(),
        })
        .collect();
    let place = Defaults {
        namespace: "postgres://h:1".to_owned(),
        before: vec!["shop".to_owned(), "public".to_owned()],
        dialect: Dialect::Postgres,
    };
    let set = Migrations::read(&files, place).changes(&observed());
    let shown = set.changes.iter().map(|change| {
        let name = change
            .of
            .name
            .strip_prefix("shop.public.")
            .unwrap_or(&change.of.name);
        let column = change.kind.column().unwrap_or("-");
        let at = change.place.as_ref().unwrap();
        format!(
            "{} {name} {column} {}:{}",
            change.kind.word().id(),
            at.file,
            at.line.unwrap()
        )
    });
    (
        shown.collect(),
        set.notes.into_iter().map(|note| note.message).collect(),
    )
}

#[test]
fn each_statement_is_a_change() {
    for (text, expected) in [
        (
            "alter table orders drop column email",
            "column_removed orders email 0.sql:1",
        ),
        (
            "\nALTER TABLE public.Orders DROP COLUMN IF EXISTS Email",
            "column_removed orders Email 0.sql:2",
        ),
        (
            "alter table shop.public.orders rename column email to mail",
            "column_renamed orders email 0.sql:1",
        ),
        (
            "alter table orders alter column id type bigint",
            "column_retyped orders id 0.sql:1",
        ),
        (
            "alter table orders alter column id set not null",
            "column_required orders id 0.sql:1",
        ),
        (
            "alter table orders alter column id drop not null",
            "column_nullable orders id 0.sql:1",
        ),
        (
            "alter table orders add column note text",
            "column_added orders note 0.sql:1",
        ),
        ("drop table orders", "dataset_removed orders - 0.sql:1"),
        (
            "alter table orders rename to purchases",
            "dataset_renamed orders - 0.sql:1",
        ),
        (
            "create table fresh (id int)",
            "dataset_added fresh - 0.sql:1",
        ),
    ] {
        assert_eq!(
            changes(&[text]),
            (vec![expected.to_owned()], Vec::new()),
            "{text}"
        );
    }
}

#[test]
fn the_same_type_is_no_change_and_a_wider_one_is_told() {
    assert_eq!(
        changes(&["alter table orders alter column id type integer"]).0,
        Vec::<String>::new()
    );
}

#[test]
fn files_are_taken_in_their_order() {
    let (told, _) = changes(&[
        "create table tmp (id int); alter table orders rename column email to mail",
        "drop table tmp; alter table orders rename column mail to address",
    ]);
    assert_eq!(told, ["column_renamed orders email 1.sql:1"]);
    let (told, _) = changes(&[
        "alter table orders add column x int",
        "alter table orders drop column x",
    ]);
    assert_eq!(told, Vec::<String>::new());
    let (told, _) = changes(&[
        "drop table orders",
        "create table orders (id int, email text)",
    ]);
    assert_eq!(
        told,
        [
            "column_removed orders total 1.sql:1",
            "rows_changed orders - 1.sql:1"
        ]
    );
}

#[test]
fn a_view_that_is_defined_anew_is_held_against_what_was_observed() {
    let (told, notes) = changes(&[
        "alter table orders drop column email; create or replace view v as select id from orders",
    ]);
    assert_eq!(
        told,
        [
            "column_removed orders email 0.sql:1",
            "column_removed v email 0.sql:1",
            "rows_changed v - 0.sql:1"
        ]
    );
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_unknown() {
    for text in [
        "alter table orders drop colum email",
        "drop schema public cascade",
        "call tidy_up()",
        "do $$ begin alter table orders drop column email; end $$",
        "{% if x %} drop table orders {% endif %}",
    ] {
        let (_, notes) = changes(&[text]);
        assert!(!notes.is_empty(), "{text}");
        assert!(notes[0].starts_with("0.sql:1: "), "{}", notes[0]);
    }
}
