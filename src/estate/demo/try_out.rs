//! Questions to put to a server that holds the demo estate. Names come from the
//! description, so a question never names what is not there.

use serde_json::Value;

use super::check::Estate;
use super::error::EstateError;

/// A question that is worth asking of the demo estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoQuestion {
    /// What is asked, for people.
    pub title: String,
    /// The GraphQL query that answers it.
    pub query: String,
}

/// Five questions that show what the demo estate can answer.
///
/// # Errors
/// [`EstateError`] when the description is wrong, or no longer holds a column
/// that a question is about.
pub fn things_to_try() -> Result<Vec<DemoQuestion>, EstateError> {
    let estate = super::estate()?;
    let raw = column(&estate, "raw_shop.orders", "total_cents")?;
    let mart = column(&estate, "marts.fct_revenue_daily", "net_revenue")?;
    let list = "{ total nodes { kind namespace name column depth } }";
    let failed = model_job(&estate, &estate.story.failure.model)?;
    let questions = [
        (
            "What breaks if RAW.SHOP.ORDERS.total_cents changes?",
            format!("{{ lineage(node: {raw}, direction: DOWNSTREAM) {list} }}"),
        ),
        (
            "Net revenue is wrong: what is it made from?",
            format!("{{ lineage(node: {mart}, direction: UPSTREAM) {list} }}"),
        ),
        (
            "How does an order's total get into net revenue?",
            format!("{{ path(from: {raw}, to: {mart}) {{ nodes {{ name column }} edges {{ evidence {{ jobName lastSeen runs }} }} }} }}"),
        ),
        (
            "Where is customer lifetime value? (spelled wrong)",
            "{ search(query: \"liftime value\", first: 10) { edges { node { kind namespace name column } } } }".to_owned(),
        ),
        (
            "Which run of the orders mart failed, and did the retry help?",
            format!("{{ {failed} }}"),
        ),
    ];
    let question = |(title, query): (&str, String)| DemoQuestion {
        title: title.to_owned(),
        query,
    };
    Ok(questions.into_iter().map(question).collect())
}

/// The GraphQL input that names a column.
fn column(estate: &Estate, key: &str, column: &str) -> Result<String, EstateError> {
    let dataset = estate.dataset(key)?;
    if !dataset.columns.iter().any(|known| known.name == column) {
        let problem = format!("`{key}` has no column `{column}`; ask about another one");
        return Err(EstateError::invalid("things to try", problem));
    }
    Ok(format!(
        "{{ column: {{ namespace: {}, name: {}, column: {} }} }}",
        quoted(&dataset.namespace),
        quoted(&dataset.name),
        quoted(column)
    ))
}

/// The selection of the last runs of the dbt job that makes `model`.
fn model_job(estate: &Estate, model: &str) -> Result<String, EstateError> {
    let (namespace, name) = super::producers::dbt::model_job(estate, estate.dataset(model)?);
    Ok(format!(
        "job(namespace: {}, name: {}) {{ inputs {{ name }} outputs {{ name }} runs(first: 10) {{ edges {{ node {{ id state startedAt errorMessage }} }} }} }}",
        quoted(namespace),
        quoted(&name)
    ))
}

/// A GraphQL string; its escapes are those of JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
