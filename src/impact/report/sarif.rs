//! SARIF 2.1.0, for code scanning: one result for each finding that does not pass, at the file and
//! line of the change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::{seen, telling, turned};
use super::{Finding, Report};
use crate::impact::{Action, Word};

/// Writes it.
pub fn write(report: &Report) -> String {
    let rules: Vec<Value> = Word::ALL
        .iter()
        .map(|word| {
            json!({
                "id": word.id(),
                "name": name(*word),
                "shortDescription": {"text": word.shown()},
                "helpUri": "https://github.com/headwater-lineage/headwater/blob/main/docs/CHECK.md",
            })
        })
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .filter(|finding| finding.action > Action::Pass || finding.waiver.is_some())
        .map(|finding| result(finding, report.link.as_deref()))
        .collect();
    let notes: Vec<Value> = report
        .notes
        .iter()
        .map(|note| {
            let level = if note.unknown { "error" } else { "note" };
            json!({"level": level, "message": {"text": note.message}, "descriptor": {"id": note.code}})
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Headwater",
                "informationUri": "https://github.com/headwater-lineage/headwater",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "originalUriBaseIds": {"REPOSITORY": {"description": {"text": "the root of the repository"}}},
            "results": results,
            "invocations": [{
                "executionSuccessful": !report.notes.iter().any(|note| note.unknown),
                "toolExecutionNotifications": notes,
            }],
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn name(word: Word) -> String {
    let id = word.id();
    let words = id.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

fn result(finding: &Finding, link: Option<&str>) -> Value {
    let change = &finding.change;
    let level = match finding.action {
        Action::Fail | Action::CannotTell => "error",
        Action::Warn => "warning",
        Action::Pass => "note",
    };
    let mut message = format!(
        "{}: {} {}{}. {}.",
        finding.class.shown(),
        change.kind.shown(),
        change.shown(),
        turned(finding),
        finding.reason
    );
    if let Some(telling) = telling(finding) {
        _ = write!(message, " Path: {}.", super::text::path(&telling.path));
        if let Some(seen) = seen(telling) {
            _ = write!(message, " Evidence: {seen}.");
        }
    }
    if let Some(fix) = &finding.fix {
        _ = write!(message, " Fix: {fix}.");
    }
    let mut location = json!({
        "logicalLocations": [{"fullyQualifiedName": logical(finding), "kind": "member"}],
    });
    if let Some(place) = &change.place {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(&place.file), "uriBaseId": "REPOSITORY"},
            "region": {"startLine": place.line.unwrap_or(1).max(1)},
        });
    }
    let mut result = json!({
        "ruleId": change.kind.id(),
        "level": level,
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"headwaterFinding/v1": finding.id},
    });
    if let Some(link) = link {
        result["hostedViewerUri"] = link.into();
    }
    if let Some(waived) = &finding.waiver {
        result["suppressions"] = json!([{
            "kind": "external",
            "justification": format!("{} until {}: {}", waived.owner, waived.until, waived.reason),
        }]);
    }
    result
}

fn logical(finding: &Finding) -> String {
    let change = &finding.change;
    match &change.column {
        Some(column) => format!("{}.{column}", change.name),
        None => change.name.to_string(),
    }
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}
