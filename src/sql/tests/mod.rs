//! Statements and what is read from them, in a short notation (see [`told`]).

mod cases;
mod dialects;
mod hard;
mod hostile;
mod queries;
mod unknown;
mod writes;

use super::{Context, Dialect, Kinds, Relation, StatementLineage, Target, Use, read};

/// Relations from `a.t(x, y); u(z, ...)`: three dots say that there may be more columns.
pub fn relations(text: &str) -> Vec<Relation> {
    let all = text.split(';').map(str::trim).filter(|one| !one.is_empty());
    all.map(|one| {
        let (name, columns) = one
            .trim_end_matches(')')
            .split_once('(')
            .expect("name(columns)");
        let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
        Relation {
            names: vec![name.split('.').map(str::to_owned).collect()],
            complete: !columns.contains(&"..."),
            columns: columns
                .into_iter()
                .filter(|column| !column.is_empty() && *column != "...")
                .map(str::to_owned)
                .collect(),
        }
    })
    .collect()
}

fn letters(kinds: Kinds) -> String {
    let letter = |word: &str| match word {
        "IDENTITY" => 'I',
        "TRANSFORMATION" => 'T',
        "AGGREGATION" => 'A',
        "JOIN" => 'J',
        "GROUP_BY" => 'G',
        "FILTER" => 'F',
        "SORT" => 'S',
        "WINDOW" => 'W',
        _ => 'C',
    };
    kinds.words().map(|(_, word)| letter(word)).collect()
}

fn name(context: &Context, relation: usize) -> String {
    context.relations[relation].names[0].join(".")
}

fn uses(context: &Context, uses: &[Use]) -> String {
    let one = |u: &Use| {
        format!(
            "{}.{}:{}",
            name(context, u.relation),
            u.column,
            letters(u.kinds)
        )
    };
    uses.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What is told, one line each: `> target`, `column = sources`, `* = what affects all rows`,
/// `! gap`. A `?` says that something is missing.
pub fn told(context: &Context, statement: &StatementLineage) -> Vec<String> {
    let mut lines = Vec::new();
    match &statement.target {
        Some(Target::Known(at)) => lines.push(format!("> {}", name(context, *at))),
        Some(Target::Named(name)) => lines.push(format!("> ({name})")),
        None => {}
    }
    for column in &statement.columns {
        let doubt = if column.complete { "" } else { " ?" };
        let sources = uses(context, &column.sources);
        let line = format!("{} = {sources}{doubt}", column.name);
        lines.push(line.replace("=  ?", "= ?").trim_end().to_owned());
    }
    if statement.more_columns {
        lines.push("...".to_owned());
    }
    let doubt = if statement.indirect_complete {
        ""
    } else {
        " ?"
    };
    let indirect = uses(context, &statement.indirect);
    if !indirect.is_empty() || !doubt.is_empty() {
        lines.push(format!("* = {indirect}{doubt}").replace("=  ?", "= ?"));
    }
    lines.extend(statement.gaps.iter().map(|gap| format!("! {}", gap.code())));
    lines
}

/// Reads `sql` and holds what is told of its last statement against `expect`.
#[track_caller]
pub fn check(dialect: Dialect, schemas: &str, sql: &str, expect: &str) {
    let context = Context {
        dialect,
        relations: relations(schemas),
        ..Context::default()
    };
    let statements = read(sql, &context);
    let last = statements.last().expect("a statement");
    let told: Vec<String> = told(&context, last)
        .iter()
        .map(|line| in_order(line))
        .collect();
    let lines = expect
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let expect: Vec<String> = lines.map(in_order).collect();
    assert_eq!(told, expect, "{sql}\n{:#?}", last.gaps);
}

/// A line with its sources in one order.
fn in_order(line: &str) -> String {
    let Some((column, sources)) = line.split_once(" = ") else {
        return line.to_owned();
    };
    let mut sources: Vec<&str> = sources.split_whitespace().collect();
    sources.sort_unstable();
    format!("{column} = {}", sources.join(" "))
}
