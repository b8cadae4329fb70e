//! Times of many tellings of the same thing, compressed.
//!
//! Times no further apart than a gap stand as one interval. Which intervals a set of times makes
//! does not depend on their order, and what falls inside one changes nothing, so late and repeated
//! events join exactly.

use serde::{Deserialize, Serialize};

use crate::openlineage::EventTime;

/// First and last event time of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub first: EventTime,
    /// The last; not before the first.
    pub last: EventTime,
}

impl Span {
    /// One time.
    pub fn at(time: EventTime) -> Self {
        Self {
            first: time,
            last: time,
        }
    }

    /// Widens it so that it holds another.
    pub fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Whether a time lies in it; both ends do.
    pub fn holds(self, time: EventTime) -> bool {
        self.first <= time && time <= self.last
    }
}

/// A set of times as intervals that lie more than a gap apart. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervals {
    whole: Span,
    /// Where it is interrupted, ascending: the last time before and the first time after. Most
    /// have no interruption, and those take no room on the heap.
    gaps: Vec<(EventTime, EventTime)>,
}

impl Intervals {
    /// One interval.
    pub fn new(span: Span) -> Self {
        Self {
            whole: span,
            gaps: Vec::new(),
        }
    }

    /// From the first time to the last.
    pub fn whole(&self) -> Span {
        self.whole
    }

    /// Adds all times of a span; `gap` is how far apart times of one interval may lie, in
    /// microseconds, the same for all spans that are ever added.
    pub fn add(&mut self, span: Span, gap: i64) {
        let reach = |time: EventTime| time.0.saturating_add(gap);
        let latest = self.gaps.last().map_or(self.whole.first, |gap| gap.1);
        if span.first >= latest && span.first.0 <= reach(self.whole.last) {
            // The usual case: it goes on where it is.
            self.whole.last = self.whole.last.max(span.last);
            return;
        }
        let mut merged = span;
        let mut rest: Vec<Span> = Vec::with_capacity(self.gaps.len() + 2);
        for held in self.iter() {
            let apart = held.first.0 > reach(span.last) || span.first.0 > reach(held.last);
            if apart {
                rest.push(held);
            } else {
                merged.join(held);
            }
        }
        let at = rest.partition_point(|held| held.first < merged.first);
        rest.insert(at, merged);
        self.gaps.clear();
        let pairs = rest.windows(2).map(|pair| (pair[0].last, pair[1].first));
        self.gaps.extend(pairs);
        self.whole.join(span);
    }

    /// Adds all times of others, which were made with the same gap.
    pub fn add_all(&mut self, other: &Self, gap: i64) {
        for span in other.iter() {
            self.add(span, gap);
        }
    }

    /// The intervals, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        let firsts = std::iter::once(self.whole.first).chain(self.gaps.iter().map(|gap| gap.1));
        let lasts = self.gaps.iter().map(|gap| gap.0);
        let lasts = lasts.chain(std::iter::once(self.whole.last));
        firsts.zip(lasts).map(|(first, last)| Span { first, last })
    }

    /// The interval that holds a time, or else the one before it.
    pub fn up_to(&self, time: EventTime) -> Option<Span> {
        if time < self.whole.first {
            return None;
        }
        let at = self.gaps.partition_point(|gap| gap.1 <= time);
        let first = at
            .checked_sub(1)
            .map_or(self.whole.first, |before| self.gaps[before].1);
        let last = self.gaps.get(at).map_or(self.whole.last, |gap| gap.0);
        Some(Span { first, last })
    }

    /// The last of the times by a time; within an interval, that time itself.
    pub fn last_by(&self, time: EventTime) -> Option<EventTime> {
        Some(self.up_to(time)?.last.min(time))
    }

    /// Whether a time lies in one of them.
    pub fn holds(&self, time: EventTime) -> bool {
        self.up_to(time).is_some_and(|span| span.holds(time))
    }

    /// How many intervals there are.
    pub fn count(&self) -> usize {
        self.gaps.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reference: all points in order, cut where two neighbours lie too far apart.
    fn clusters(spans: &[Span], gap: i64) -> Vec<Span> {
        // Every whole number between the ends of a span is a point of it.
        let mut points: Vec<i64> = spans.iter().flat_map(|s| s.first.0..=s.last.0).collect();
        points.sort_unstable();
        let mut all: Vec<Span> = Vec::new();
        for point in points {
            match all.last_mut() {
                Some(held) if point - held.last.0 <= gap => held.last = EventTime(point),
                _ => all.push(Span::at(EventTime(point))),
            }
        }
        all
    }

    proptest! {
        #[test]
        fn any_order_gives_the_clusters_of_all_points(
            spans in prop::collection::vec((-60_i64..60, 0_i64..6), 1..14), gap in 1_i64..12,
            times in prop::collection::vec(-80_i64..80, 4),
        ) {
            let spans: Vec<Span> = spans.iter()
                .map(|&(first, long)| Span { first: EventTime(first), last: EventTime(first + long) })
                .collect();
            let build = |order: &mut dyn Iterator<Item = &Span>| {
                let mut held = Intervals::new(*order.next().unwrap());
                order.for_each(|&span| held.add(span, gap));
                held
            };
            let held = build(&mut spans.iter());
            prop_assert_eq!(&held, &build(&mut spans.iter().rev()));
            prop_assert_eq!(&held, &build(&mut spans.iter().chain(&spans)));
            let expected = clusters(&spans, gap);
            prop_assert_eq!(held.iter().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(held.count(), expected.len());
            for time in times.into_iter().map(EventTime) {
                let before = expected.iter().rfind(|span| span.first <= time);
                prop_assert_eq!(held.up_to(time), before.copied());
            }
            let (left, right) = spans.split_at(spans.len() / 2);
            if !left.is_empty() {
                let mut both = build(&mut right.iter());
                both.add_all(&build(&mut left.iter()), gap);
                prop_assert_eq!(both, held);
            }
        }
    }
}
