//! Workflow commands of GitHub Actions: an annotation for each finding that does not pass.

use std::fmt::Write as _;

use super::Report;
use super::text::{figures, headline, telling, turned};
use crate::impact::Action;

/// Annotations; GitHub shows ten errors and ten warnings of a step.
const MOST: usize = 50;

/// Writes it.
pub fn write(report: &Report) -> String {
    let mut out = String::new();
    let loud = report.findings.iter().filter(|f| f.action > Action::Pass);
    for finding in loud.take(MOST) {
        let change = &finding.change;
        let level = match finding.action {
            Action::Warn | Action::Pass => "warning",
            Action::CannotTell | Action::Fail => "error",
        };
        let mut place = String::new();
        if let Some(at) = &change.place {
            _ = write!(place, "file={},", property(&at.file));
            _ = write!(place, "line={},", at.line.unwrap_or(1));
        }
        let mut message = finding.reason.clone();
        if let Some(telling) = telling(finding) {
            _ = write!(message, "\npath: {}", super::text::path(&telling.path));
        }
        if let Some(fix) = &finding.fix {
            _ = write!(message, "\nfix: {fix}");
        }
        let title = format!(
            "{}: {} {}{}",
            finding.class.shown(),
            change.kind.shown(),
            change.shown(),
            turned(finding)
        );
        _ = writeln!(
            out,
            "::{level} {place}title={}::{}",
            property(&title),
            data(&message)
        );
    }
    for note in report.notes.iter().filter(|note| note.unknown).take(MOST) {
        _ = writeln!(
            out,
            "::error title={}::{}",
            property(&note.code),
            data(&note.message)
        );
    }
    let link = report.link.as_ref().map(|link| format!("\n{link}"));
    let last = format!(
        "Headwater: {}: {}{}",
        headline(report.verdict),
        figures(report),
        link.unwrap_or_default()
    );
    _ = writeln!(out, "::notice title=Headwater::{}", data(&last));
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
