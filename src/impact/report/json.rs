//! For programs; `docs/check-report.schema.json` describes it.

use super::Report;

/// Writes it.
pub fn write(report: &Report) -> String {
    // Only maps with other keys than texts and numbers beyond JSON fail, and there are none.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
