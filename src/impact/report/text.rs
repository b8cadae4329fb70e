//! For people at a terminal.

use std::fmt::Write as _;

use super::{Affected, AffectedKind, Finding, Report, Step};
use crate::impact::Action;

/// Affected of one finding that are listed.
const LISTED: usize = 12;

/// Writes it. No colours: it is read in logs of CI too.
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    _ = writeln!(out, "{}: {}", headline(report.verdict), figures(report));
    let (loud, quiet): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.action > Action::Pass);
    for finding in loud {
        out.push('\n');
        one(&mut out, finding);
    }
    if !quiet.is_empty() {
        out.push_str("\npassed:\n");
        for finding in quiet {
            let change = &finding.change;
            let waived = finding.waiver.as_ref().map(|waived| {
                format!(
                    " (waived by {} until {}: {})",
                    waived.owner, waived.until, waived.reason
                )
            });
            _ = writeln!(
                out,
                "  {} {}: {}{}",
                change.kind.shown(),
                change.shown(),
                finding.reason,
                waived.unwrap_or_default()
            );
        }
    }
    if !report.notes.is_empty() {
        out.push_str("\nnotes:\n");
        for note in &report.notes {
            let mark = if note.unknown { "cannot tell: " } else { "" };
            _ = writeln!(out, "  {mark}{} [{}]", note.message, note.code);
        }
    }
    if let Some(link) = &report.link {
        _ = writeln!(out, "\nstored: {link}");
    }
    out
}

/// The verdict in a word.
pub fn headline(verdict: Action) -> &'static str {
    match verdict {
        Action::Pass => "PASS",
        Action::Warn => "WARN",
        Action::CannotTell => "CANNOT TELL",
        Action::Fail => "FAIL",
    }
}

/// The report in figures.
pub fn figures(report: &Report) -> String {
    let held = &report.summary;
    let mut parts = Vec::new();
    for (count, what) in [
        (held.breaking, "breaking"),
        (held.unknown, "unknown"),
        (held.possibly_breaking, "possibly breaking"),
        (held.value_change, "value change"),
        (held.safe, "safe"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let changes = plural(held.changes, "change", "changes");
    let mut text = if parts.is_empty() {
        changes
    } else {
        format!("{changes} ({})", parts.join(", "))
    };
    let reached = [
        (held.columns, "column", "columns"),
        (held.datasets, "dataset", "datasets"),
        (held.jobs, "job or model", "jobs and models"),
        (held.consumers, "consumer", "consumers"),
    ];
    let reached: Vec<String> = reached
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|&(count, one, many)| plural(count, one, many))
        .collect();
    if !reached.is_empty() {
        _ = write!(text, "; affected: {}", reached.join(", "));
    }
    if held.waived > 0 {
        _ = write!(text, "; {} waived", held.waived);
    }
    text
}

/// A count with its word.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn one(out: &mut String, finding: &Finding) {
    let change = &finding.change;
    _ = writeln!(
        out,
        "{} {}: {} {}{}",
        headline(finding.action),
        finding.class.shown(),
        change.kind.shown(),
        change.shown(),
        turned(finding)
    );
    if let Some(place) = &change.place {
        let line = place.line.map(|line| format!(":{line}"));
        _ = writeln!(out, "  at      {}{}", place.file, line.unwrap_or_default());
    }
    _ = writeln!(out, "  why     {}", finding.reason);
    if let Some(detail) = &change.detail {
        _ = writeln!(out, "  how     {detail}");
    }
    if !change.owners.is_empty() {
        _ = writeln!(out, "  owner   {}", change.owners.join(", "));
    }
    if let Some(telling) = telling(finding) {
        _ = writeln!(out, "  path    {}", path(&telling.path));
        if let Some(seen) = seen(telling) {
            _ = writeln!(out, "  seen    {seen}");
        }
    }
    for affected in finding.affected.iter().take(LISTED) {
        _ = writeln!(
            out,
            "  {:<17} {} {}{}",
            affected.class.shown(),
            affected.kind.word(),
            affected.shown(),
            about(affected)
        );
    }
    let more = finding.affected_total.saturating_sub(LISTED);
    if more > 0 {
        _ = writeln!(out, "  and {more} more; --format json lists them");
    }
    if !finding.changed_along.is_empty() {
        _ = writeln!(out, "  changed along with it: {}", changed_along(finding));
    }
    if let Some(fix) = &finding.fix {
        _ = writeln!(out, "  fix     {fix}");
    }
}

/// Who is changed along; columns are in those that make them, unless there is nothing else.
fn changed_along(finding: &Finding) -> String {
    let (columns, others): (Vec<&Affected>, Vec<&Affected>) = finding
        .changed_along
        .iter()
        .partition(|one| one.column.is_some());
    let told = if others.is_empty() { columns } else { others };
    let mut names: Vec<String> = told.into_iter().map(Affected::shown).collect();
    let listed = finding.changed_along.len();
    let more = finding.changed_along_total.saturating_sub(listed);
    if more > 0 {
        names.push(format!("and {more} more, columns among them"));
    }
    names.join(", ")
}

/// From what to what.
pub fn turned(finding: &Finding) -> String {
    let change = &finding.change;
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!(" ({from} to {to})"),
        (None, Some(to)) => format!(" (to {to})"),
        _ => String::new(),
    }
}

/// Who explains a finding best: a consumer, else the first.
pub fn telling(finding: &Finding) -> Option<&Affected> {
    let worst = finding.affected.first()?.class;
    let consumer = finding
        .affected
        .iter()
        .find(|one| one.class == worst && one.kind == AffectedKind::Consumer);
    let column = finding
        .affected
        .iter()
        .find(|one| one.class == worst && one.kind == AffectedKind::Column);
    consumer.or(column).or_else(|| finding.affected.first())
}

/// A way in one line.
pub fn path(path: &[Step]) -> String {
    let shown: Vec<String> = path.iter().map(Step::shown).collect();
    shown.join(" -> ")
}

/// What stands behind the last step of a way.
pub fn seen(affected: &Affected) -> Option<String> {
    let step = affected.path.last()?;
    let by = step.by.as_deref().map(|by| format!("by {by}, "));
    let known = step.known_by.as_deref().unwrap_or("inferred");
    let Some(evidence) = &step.evidence else {
        return Some(format!("{}read from the code", by.unwrap_or_default()));
    };
    let last = evidence.last_seen.as_deref().unwrap_or("never by a run");
    let run = evidence
        .last_run
        .as_deref()
        .map(|run| format!(", run {run}"));
    Some(format!(
        "{}{known}, last {last}{}, {}",
        by.unwrap_or_default(),
        run.unwrap_or_default(),
        plural(evidence.runs as usize, "run", "runs")
    ))
}

fn about(affected: &Affected) -> String {
    let mut parts = Vec::new();
    if let Some(layer) = &affected.layer {
        parts.push(format!("layer {layer}"));
    }
    if !affected.owners.is_empty() {
        parts.push(format!("owner {}", affected.owners.join(", ")));
    }
    if !affected.contracts.is_empty() {
        parts.push(format!("contract {}", affected.contracts.join(", ")));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({})", parts.join("; "))
}
