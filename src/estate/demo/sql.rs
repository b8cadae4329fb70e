//! The SQL text of a model on a given day, as the engine ran it.

use super::check::{Estate, Model};
use super::describe::JoinKind;
use super::error::EstateError;
use super::lineage::DayNames;

/// The SELECT statement of `model` with the names of one day.
pub(super) fn select(
    estate: &Estate,
    model: &Model,
    names: DayNames<'_>,
) -> Result<String, EstateError> {
    let made = estate.dataset(&model.dataset)?;
    let columns: Vec<String> = made
        .columns
        .iter()
        .map(|column| {
            let sql = names.sql(model, column.sql.as_deref().unwrap_or("null"));
            let name = names.column(&model.dataset, &column.name);
            format!("    {sql} as {name}")
        })
        .collect();
    let mut lines = vec!["select".to_owned(), columns.join(",\n")];
    for input in &model.inputs {
        let table = &estate.dataset(&input.dataset)?.name;
        let alias = &input.alias;
        lines.push(match &input.join {
            None => format!("from {table} as {alias}"),
            Some((how, on)) => {
                let how = match how {
                    JoinKind::Inner => "inner",
                    JoinKind::Left => "left",
                };
                let on = names.sql(model, on);
                format!("{how} join {table} as {alias} on {on}")
            }
        });
    }
    let clauses = [
        ("where", &model.filter),
        ("group by", &model.group_by),
        ("having", &model.having),
    ];
    for (word, clause) in clauses {
        if let Some(clause) = clause {
            lines.push(format!("{word} {}", names.sql(model, clause)));
        }
    }
    Ok(lines.join("\n"))
}
