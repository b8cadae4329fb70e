//! For a comment on a pull request: short first, details folded, a path as a Mermaid diagram.

use std::fmt::Write as _;

use super::text::{figures, headline, seen, telling, turned};
use super::{Affected, Finding, Report};
use crate::impact::Action;

/// The first line, by which a bot finds its comment again.
pub const MARKER: &str = "<!-- headwater-check -->";
/// Affected of one finding that are listed.
const LISTED: usize = 50;
/// Findings with details; a comment has room for 65,536 characters on common platforms.
const DETAILED: usize = 20;
/// Findings in the table.
const ROWS: usize = 100;

/// Writes it.
pub fn write(report: &Report) -> String {
    let mut out = format!(
        "{MARKER}\n## Headwater: {}\n\n{}.\n",
        headline(report.verdict),
        figures(report)
    );
    if let Some(link) = &report.link {
        _ = writeln!(out, "\n[The whole report]({})", target(link));
    }
    let loud: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.action > Action::Pass)
        .collect();
    if !loud.is_empty() {
        out.push_str("\n| | change | class | affected |\n|---|---|---|---|\n");
        for finding in loud.iter().take(ROWS) {
            _ = writeln!(
                out,
                "| {} | {} `{}`{} | {} | {} |",
                headline(finding.action).to_lowercase(),
                finding.change.kind.shown(),
                code(&finding.change.shown()),
                plain(&turned(finding)),
                finding.class.shown(),
                finding.affected_total
            );
        }
        if loud.len() > ROWS {
            _ = writeln!(out, "\n{} more are not listed here.", loud.len() - ROWS);
        }
    }
    for finding in loud.iter().take(DETAILED) {
        details(&mut out, finding);
    }
    if loud.len() > DETAILED {
        let more = loud.len() - DETAILED;
        _ = writeln!(out, "\nDetails of {more} more are in the JSON report.");
    }
    quiet(&mut out, report);
    notes(&mut out, report);
    if let Some(until) = &report.graph.known_until {
        _ = writeln!(
            out,
            "\n<sub>Graph as of event {}, {until}.</sub>",
            report.graph.applied_seq
        );
    }
    out
}

fn details(out: &mut String, finding: &Finding) {
    let change = &finding.change;
    _ = writeln!(
        out,
        "\n<details><summary>{}: {} <code>{}</code></summary>\n\n{}.",
        finding.class.shown(),
        change.kind.shown(),
        html(&change.shown()),
        plain(&finding.reason)
    );
    if let Some(place) = &change.place {
        let line = place
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        _ = writeln!(out, "\n`{}{line}`", code(&place.file));
    }
    if let Some(fix) = &finding.fix {
        _ = writeln!(out, "\n**Fix:** {}.", plain(fix));
    }
    if let Some(telling) = telling(finding) {
        _ = writeln!(out, "\n{}", mermaid(telling));
        if let Some(seen) = seen(telling) {
            _ = writeln!(out, "Evidence: {}.", plain(&seen));
        }
    }
    if !finding.affected.is_empty() {
        out.push_str("\n| affected | class | owner |\n|---|---|---|\n");
    }
    for one in finding.affected.iter().take(LISTED) {
        _ = writeln!(
            out,
            "| {} `{}` | {} | {} |",
            one.kind.word(),
            code(&one.shown()),
            one.class.shown(),
            plain(&one.owners.join(", "))
        );
    }
    let more = finding.affected_total.saturating_sub(LISTED);
    if more > 0 {
        _ = writeln!(out, "\nand {more} more.");
    }
    out.push_str("\n</details>\n");
}

fn quiet(out: &mut String, report: &Report) {
    let quiet = report.findings.iter();
    let quiet: Vec<&Finding> = quiet.filter(|f| f.action == Action::Pass).collect();
    if quiet.is_empty() {
        return;
    }
    _ = writeln!(
        out,
        "\n<details><summary>{} passed</summary>\n",
        quiet.len()
    );
    for finding in quiet.iter().take(ROWS) {
        let waived = finding.waiver.as_ref().map(|waived| {
            format!(
                " (waived by {} until {}: {})",
                waived.owner, waived.until, waived.reason
            )
        });
        _ = writeln!(
            out,
            "- {} `{}`: {}{}",
            finding.change.kind.shown(),
            code(&finding.change.shown()),
            plain(&finding.reason),
            plain(&waived.unwrap_or_default())
        );
    }
    if quiet.len() > ROWS {
        _ = writeln!(out, "- and {} more", quiet.len() - ROWS);
    }
    out.push_str("\n</details>\n");
}

fn notes(out: &mut String, report: &Report) {
    if report.notes.is_empty() {
        return;
    }
    out.push_str("\n<details><summary>notes</summary>\n\n");
    for note in report.notes.iter().take(ROWS) {
        let mark = if note.unknown {
            "**cannot tell:** "
        } else {
            ""
        };
        _ = writeln!(out, "- {mark}{}", plain(&note.message));
    }
    out.push_str("\n</details>\n");
}

/// A way as a Mermaid diagram.
pub fn mermaid(affected: &Affected) -> String {
    let mut out = String::from("```mermaid\nflowchart LR\n");
    for (at, step) in affected.path.iter().enumerate() {
        _ = writeln!(out, "  n{at}[\"{}\"]", label(&step.shown()));
    }
    for (at, step) in affected.path.iter().enumerate().skip(1) {
        let before = at - 1;
        match &step.by {
            Some(by) => _ = writeln!(out, "  n{before} -->|\"{}\"| n{at}", label(by)),
            None => _ = writeln!(out, "  n{before} --> n{at}"),
        }
    }
    out.push_str("```");
    out
}

/// Text in a label: Mermaid writes characters that mean something as entities.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '`' => out.push('\''),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text between backticks in a table.
fn code(text: &str) -> String {
    text.replace('`', "'")
        .replace('|', "\\|")
        .replace(['\n', '\r'], " ")
}

/// Text that must not become markup.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '#' | '@' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A link's target: what would end it is written as URLs write it.
fn target(url: &str) -> String {
    url.replace('(', "%28")
        .replace(')', "%29")
        .replace([' ', '\n', '\r'], "%20")
        .replace('<', "%3C")
}

/// Text within HTML.
fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace(['\n', '\r'], " ")
}
