//! `JUnit` XML: one test case for each change; what fails is a failure, what cannot be told an error.

use std::fmt::Write as _;

use super::text::{plural, telling, turned};
use super::{Finding, Report};
use crate::impact::Action;

/// Writes it.
pub fn write(report: &Report) -> String {
    let count = |action| {
        let held = report.findings.iter();
        held.filter(|finding| finding.action == action).count()
    };
    let untold: Vec<_> = report.notes.iter().filter(|note| note.unknown).collect();
    let (tests, failures) = (report.findings.len() + untold.len(), count(Action::Fail));
    let errors = count(Action::CannotTell) + untold.len();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"headwater check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\">\n",
        xml(&report.source)
    );
    if let Some(link) = &report.link {
        _ = writeln!(
            out,
            "    <properties>\n      <property name=\"report\" value=\"{}\"/>\n    </properties>",
            xml(link)
        );
    }
    for finding in &report.findings {
        case(&mut out, finding);
    }
    for note in untold {
        _ = writeln!(
            out,
            "    <testcase classname=\"headwater\" name=\"{}\">\n      <error type=\"unknown\" message=\"{}\"/>\n    </testcase>",
            xml(&note.code),
            xml(&note.message)
        );
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(out: &mut String, finding: &Finding) {
    let change = &finding.change;
    let file = change.place.as_ref().map(|place| {
        let line = place.line.map(|line| format!(" line=\"{line}\""));
        format!(" file=\"{}\"{}", xml(&place.file), line.unwrap_or_default())
    });
    _ = writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{} {}{}\"{}>",
        xml(&change.name.name),
        change.kind.shown(),
        xml(&change.shown()),
        xml(&turned(finding)),
        file.unwrap_or_default()
    );
    let element = match finding.action {
        Action::Fail => Some("failure"),
        Action::CannotTell => Some("error"),
        Action::Warn | Action::Pass => None,
    };
    let text = told(finding);
    match element {
        Some(element) => {
            _ = writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                finding.class.word(),
                xml(&finding.reason),
                xml(&text)
            );
        }
        None => _ = writeln!(out, "      <system-out>{}</system-out>", xml(&text)),
    }
    out.push_str("    </testcase>\n");
}

fn told(finding: &Finding) -> String {
    let mut text = format!("{}: {}\n", finding.class.shown(), finding.reason);
    if let Some(telling) = telling(finding) {
        _ = writeln!(text, "path: {}", super::text::path(&telling.path));
    }
    for one in finding.affected.iter().take(50) {
        _ = writeln!(
            text,
            "{} {} {}",
            one.class.shown(),
            one.kind.word(),
            one.shown()
        );
    }
    if finding.affected_total > 50 {
        let all = plural(finding.affected_total, "is affected", "are affected");
        _ = writeln!(text, "{all} in all");
    }
    if let Some(fix) = &finding.fix {
        _ = writeln!(text, "fix: {fix}");
    }
    text
}

/// Text within XML; characters that XML has no way to write are left out.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
