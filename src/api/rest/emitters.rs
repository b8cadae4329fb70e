//! Totals by producer in the text format of Prometheus.
//!
//! Written here rather than through gauges: those would keep a producer that is no longer among
//! the first.

use std::fmt::Write;

use crate::engine::{EmitterTotal, EmitterTotals};

/// Producers with a label of their own; the rest is summed up as [`OTHER`].
const LISTED: usize = 100;
/// Label of all producers beyond the first.
const OTHER: &str = "other";

/// The totals as lines.
pub fn text(totals: EmitterTotals) -> String {
    let mut listed = totals.emitters;
    if listed.len() > LISTED {
        let rest = listed.split_off(LISTED);
        listed.push((OTHER.to_owned(), sum(rest)));
    }
    let mut text = String::new();
    let complete = u8::from(totals.complete);
    text.push_str("# HELP headwater_emitter_totals_complete 0 while older events are counted.\n");
    let _ = writeln!(text, "headwater_emitter_totals_complete {complete}");
    text.push_str("# HELP headwater_emitter_events Different events by producer, kept over restarts; the 100 with most, the rest as other.\n");
    for (producer, total) in &listed {
        let (producer, events) = (label(producer), total.events);
        let _ = writeln!(
            text,
            "headwater_emitter_events{{producer=\"{producer}\"}} {events}"
        );
    }
    text.push_str("# HELP headwater_emitter_duplicates Events sent again since the start.\n");
    for (producer, total) in listed.iter().filter(|(_, total)| total.duplicates > 0) {
        let (producer, count) = (label(producer), total.duplicates);
        let _ = writeln!(
            text,
            "headwater_emitter_duplicates{{producer=\"{producer}\"}} {count}"
        );
    }
    text.push_str("# HELP headwater_emitter_warnings Events that gave cause for a warning.\n");
    for (producer, total) in &listed {
        let producer = label(producer);
        for (code, count) in &total.warnings {
            let _ = writeln!(
                text,
                "headwater_emitter_warnings{{producer=\"{producer}\",code=\"{code}\"}} {count}"
            );
        }
    }
    text
}

fn sum(totals: Vec<(String, EmitterTotal)>) -> EmitterTotal {
    let mut sum = EmitterTotal::default();
    for (_, total) in totals {
        sum.events += total.events;
        sum.duplicates += total.duplicates;
        for (code, count) in total.warnings {
            *sum.warnings.entry(code).or_default() += count;
        }
    }
    sum
}

pub(super) fn label(producer: &str) -> String {
    producer
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_have_labels_of_their_own_and_the_rest_is_summed_up() {
        let total = |events| EmitterTotal {
            events,
            warnings: [("no_time_zone".to_owned(), 1)].into(),
            ..EmitterTotal::default()
        };
        let emitters = (0..LISTED + 3).map(|n| (format!("p\"\n{n}"), total(7)));
        let text = text(EmitterTotals {
            seq: 1,
            complete: true,
            emitters: emitters.collect(),
        });
        let events = text.lines().filter(|l| l.contains("emitter_events{"));
        assert_eq!(events.count(), LISTED + 1);
        for line in [
            "headwater_emitter_events{producer=\"other\"} 21",
            "headwater_emitter_warnings{producer=\"other\",code=\"no_time_zone\"} 3",
            "headwater_emitter_events{producer=\"p\\\"\\n0\"} 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
}
