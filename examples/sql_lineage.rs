//! Column lineage of statements, for programs that compare it with that of other engines
//! (`scripts/compare-sql.py`): JSON on standard input, an answer for each case on standard output.
//!
//! In: `[{"dialect": "duckdb", "sql": "…", "tables": {"a.t": ["x", "y"]}}]`. Out: for the last statement
//! of each case, its columns with the sources of their values and with all that affects them alone, what
//! affects all rows, and what could not be told.

use headwater::sql::{Context, Dialect, Relation, Use, read};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cases: Vec<Value> = serde_json::from_reader(std::io::stdin())?;
    let answers: Vec<Value> = cases.iter().map(answer).collect();
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

fn answer(case: &Value) -> Value {
    let text = |member: &str| case[member].as_str().unwrap_or_default();
    let none = Map::new();
    let tables = case["tables"].as_object().unwrap_or(&none);
    let relations = tables.iter().map(|(name, columns)| Relation {
        names: vec![name.split('.').map(str::to_owned).collect()],
        columns: texts(columns),
        complete: true,
    });
    let context = Context {
        dialect: Dialect::named(text("dialect")).unwrap_or_default(),
        relations: relations.collect(),
        ..Context::default()
    };
    let statements = read(text("sql"), &context);
    let Some(last) = statements.last() else {
        return json!({"columns": [], "gaps": ["there is no statement"]});
    };
    let names: Vec<&String> = tables.keys().collect();
    let shown = |one: &Use| format!("{}.{}", names[one.relation], one.column).to_lowercase();
    let columns = last.columns.iter().map(|column| {
        let all = column.sources.iter();
        let direct = column.sources.iter().filter(|one| one.kinds.is_direct());
        json!({
            "name": column.name.to_lowercase(),
            "complete": column.complete,
            "direct": direct.map(shown).collect::<Vec<_>>(),
            "all": all.map(shown).collect::<Vec<_>>(),
        })
    });
    json!({
        "columns": columns.collect::<Vec<_>>(),
        "more": last.more_columns,
        "rows": last.indirect.iter().map(shown).collect::<Vec<_>>(),
        "gaps": last.gaps.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn texts(list: &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}
