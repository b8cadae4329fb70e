//! Contracts for operators: figures, and reading the policy again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::problem;
use crate::contract::policy::Policy;
use crate::engine::{Engine, Evaluated};

use super::Rest;
use super::emitters::label;

/// How many violations there are, as lines of the text format of Prometheus; none without a policy.
pub fn text(engine: &Engine) -> String {
    let Some(loaded) = engine.policy() else {
        return String::new();
    };
    let mut text = String::new();
    text.push_str("# HELP headwater_policy_failed 1 when the policy file as it stands now was not taken; the one before holds.\n");
    let failed = u8::from(engine.policy_failure().is_some());
    let _ = writeln!(text, "headwater_policy_failed {failed}");
    text.push_str("# HELP headwater_contracts_broken 1 when contracts could not be looked at.\n");
    let broken = u8::from(engine.contracts_broken().is_some());
    let _ = writeln!(text, "headwater_contracts_broken {broken}");
    let Some(found) = engine.contracts() else {
        return text;
    };
    let _ = writeln!(text, "headwater_contracts_seq {}", found.seq);
    let _ = writeln!(
        text,
        "headwater_contracts_seconds {}",
        found.took.as_secs_f64()
    );
    // Those of which there are none have their line too, so that an alert does not lose them.
    let mut counts: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    for at in 0..found.world.policy.contracts.len() {
        counts.insert((at, false), 0);
        counts.insert((at, true), 0);
    }
    for one in &found.violations {
        *counts
            .entry((one.contract, one.excepted.is_some()))
            .or_default() += 1;
    }
    text.push_str("# HELP headwater_violations What breaks contracts now.\n");
    for ((at, excepted), count) in counts {
        let Some(contract) = found.world.policy.contracts.get(at) else {
            continue;
        };
        let state = if excepted { "excepted" } else { "open" };
        let _ = writeln!(
            text,
            "headwater_violations{{contract=\"{}\",severity=\"{}\",state=\"{state}\"}} {count}",
            label(&contract.name),
            contract.severity.as_str()
        );
    }
    text.push_str("# HELP headwater_exception_ends_seconds When each exception ends, Unix time.\n");
    for (at, one) in loaded.policy.exceptions.iter().enumerate() {
        let _ = writeln!(
            text,
            "headwater_exception_ends_seconds{{exception=\"{}\",owner=\"{}\"}} {}",
            at + 1,
            label(&one.owner),
            one.ends.0 / 1_000_000
        );
    }
    text
}

/// How the policy stands; null without one.
pub fn status(engine: &Engine) -> Value {
    let Some(loaded) = engine.policy() else {
        return Value::Null;
    };
    let found = engine.contracts();
    json!({
        "file": loaded.file.display().to_string(),
        "hash": loaded.hash,
        "problems": engine.policy_failure().map(|failure| failure.problems).unwrap_or_default(),
        "evaluatedSeq": found.as_ref().map(|found| found.seq),
        "evaluatedHash": found.as_ref().map(|found| found.policy_hash.clone()),
        "broken": engine.contracts_broken(),
    })
}

/// `POST /api/v1/policy/reload`: reads the policy file again. 422 with all that is wrong with it, and
/// then the one before still holds.
pub async fn reload(State(rest): State<Rest>) -> Response {
    let engine = Arc::clone(&rest.engine);
    let read = tokio::task::spawn_blocking(move || engine.reload_policy()).await;
    match read {
        Ok(Ok(())) => Json(status(&rest.engine)).into_response(),
        Ok(Err(problems)) => {
            let message = "the policy was not taken; the one before, if any, still holds";
            let mut body = problem::body("policy", message);
            body["problems"] = json!(problems);
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
        Err(error) => {
            let message = error.to_string();
            problem::problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
        }
    }
}

/// Days that a policy may be tried on.
const MAX_DAYS: u32 = 90;
/// Violations of each contract that are told of a trial.
const EXAMPLES: usize = 5;
/// A trial that takes longer is given up.
const TRIAL_TIME: Duration = Duration::from_secs(120);

/// What is asked of a trial.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Days before now that it is tried on too.
    #[serde(default)]
    days: u32,
}

/// `POST /api/v1/policy/test`: what the policy in the body would find now, and on each of `days` days
/// before. Nothing changes.
pub async fn test(
    State(rest): State<Rest>,
    ask: Result<Query<Ask>, QueryRejection>,
    text: String,
) -> Response {
    let days = match ask {
        Ok(Query(ask)) if ask.days <= MAX_DAYS => ask.days,
        Ok(_) => return problem::bad_request(format!("days: at most {MAX_DAYS}")),
        Err(error) => return problem::bad_request(error.body_text()),
    };
    let policy = match Policy::read(&text) {
        Ok(policy) => policy,
        Err(problems) => {
            let mut body = problem::body("policy", "the policy is wrong");
            body["problems"] = problems.iter().map(ToString::to_string).collect();
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
        }
    };
    let begin = Instant::now();
    let tried = super::blocking(&rest.engine, move |engine| {
        engine.try_policy(policy, days, || begin.elapsed() < TRIAL_TIME)
    });
    let trial = match tried.await {
        Ok(trial) => trial,
        Err(failed) => return failed,
    };
    let before: Vec<Value> = trial.before.iter().map(day).collect();
    let mut body = day(&trial.now);
    body["contracts"] = told(&trial.now);
    body["appliedSeq"] = trial.now.seq.into();
    body["unclassified"] = unclassified(&trial.now).into();
    body["consumers"] = trial.now.world.consumers.len().into();
    body["before"] = before.into();
    Json(body).into_response()
}

fn unclassified(found: &Evaluated) -> usize {
    let world = &found.world;
    world
        .datasets()
        .filter(|id| world.layer(*id).is_none())
        .count()
}

/// How much was broken at one time.
fn day(found: &Evaluated) -> Value {
    let excepted = found
        .violations
        .iter()
        .filter(|one| one.excepted.is_some())
        .count();
    json!({
        "at": found.world.now.to_string(),
        "open": found.violations.len() - excepted,
        "excepted": excepted,
    })
}

/// Each contract with what breaks it.
fn told(found: &Evaluated) -> Value {
    let contracts = found.world.policy.contracts.iter().enumerate();
    let told = contracts.map(|(at, contract)| {
        let own = found.violations.iter().filter(|one| one.contract == at);
        let (excepted, open): (Vec<_>, Vec<_>) = own.partition(|one| one.excepted.is_some());
        let examples = open.iter().take(EXAMPLES);
        let examples: Vec<String> = examples.map(|one| found.world.message(one)).collect();
        json!({
            "name": contract.name,
            "rule": contract.rule.name.as_str(),
            "severity": contract.severity.as_str(),
            "selected": found.selected().get(at).map_or(0, |selected| selected.count()),
            "open": open.len(),
            "excepted": excepted.len(),
            "examples": examples,
        })
    });
    told.collect()
}
