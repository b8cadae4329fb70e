//! What stands behind an edge.

use uuid::Uuid;

use crate::openlineage::EventTime;
use crate::project::intervals::Intervals;

use super::records::{Assertion, Folded, OpenRun, Span};

/// Open runs kept one by one in an assertion; beyond these the oldest are folded, which is exact
/// too, only dearer to take back.
const MAX_OPEN: usize = 64;

/// Evidence of one assertion, over all its runs and its static declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Distinct runs that assert it.
    pub runs: u32,
    /// First event of the first of them.
    pub first_seen: EventTime,
    /// Last event of the last of them.
    pub last_seen: EventTime,
    /// The run with the latest event; `None` when only a static event asserts it.
    pub last_run: Option<Uuid>,
}

/// What the runs that assert something come to, without their times one by one.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfRuns {
    pub runs: u32,
    pub span: Span,
    last_run: Uuid,
}

impl OfRuns {
    fn join(&mut self, open: OpenRun) {
        if (open.span.last, open.run) > (self.span.last, self.last_run) {
            self.last_run = open.run;
        }
        self.runs += 1;
        self.span.join(open.span);
    }
}

impl Folded {
    fn join(&mut self, run: Uuid, span: Span, gap: i64) {
        if (span.last, run) > (self.told.whole().last, self.last_run) {
            self.last_run = run;
        }
        self.told.add(span, gap);
    }
}

/// A run as an assertion sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Witness {
    pub run: Uuid,
    pub span: Span,
    pub ended: bool,
}

/// Whether evidence could be taken back exactly.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Withdrawn {
    Exactly,
    /// The folded evidence must be worked out anew from the runs that remain.
    Refold,
}

impl Assertion {
    fn fold(&mut self, run: Uuid, span: Span, gap: i64) {
        match &mut self.folded {
            Some(folded) => {
                folded.join(run, span, gap);
                folded.runs += 1;
            }
            None => {
                self.folded = Some(Folded {
                    runs: 1,
                    told: Intervals::new(span),
                    last_run: run,
                });
            }
        }
    }

    /// Takes in a run that did not assert this before. `gap` is the window by which times are
    /// compressed.
    pub(super) fn add(&mut self, witness: Witness, gap: i64) {
        if witness.ended {
            return self.fold(witness.run, witness.span, gap);
        }
        if self.open.len() >= MAX_OPEN {
            let oldest = self.open.remove(0);
            self.fold(oldest.run, oldest.span, gap);
        }
        self.open.push(OpenRun {
            run: witness.run,
            span: witness.span,
        });
    }

    /// Takes in news of a run that asserted this before: its span only ever grows.
    pub(super) fn update(&mut self, witness: Witness, gap: i64) {
        let open = self.open.iter().position(|open| open.run == witness.run);
        match open {
            Some(at) if witness.ended => {
                self.open.remove(at);
                self.fold(witness.run, witness.span, gap);
            }
            Some(at) => self.open[at].span = witness.span,
            None => {
                if let Some(folded) = &mut self.folded {
                    folded.join(witness.run, witness.span, gap);
                }
            }
        }
    }

    /// Takes back what a run asserted. `old` is the run as it was taken in last.
    pub(super) fn withdraw(&mut self, old: Witness) -> Withdrawn {
        if let Some(at) = self.open.iter().position(|open| open.run == old.run) {
            self.open.remove(at);
            return Withdrawn::Exactly;
        }
        let Some(folded) = &mut self.folded else {
            return Withdrawn::Exactly;
        };
        folded.runs -= 1;
        if folded.runs == 0 {
            self.folded = None;
            return Withdrawn::Exactly;
        }
        Withdrawn::Refold
    }

    /// Sets the folded evidence anew from runs, leaving out those that are open.
    pub(super) fn refold(&mut self, witnesses: impl Iterator<Item = Witness>, gap: i64) {
        self.folded = None;
        for witness in witnesses {
            if !self.open.iter().any(|open| open.run == witness.run) {
                self.fold(witness.run, witness.span, gap);
            }
        }
    }

    /// What its runs come to; `None` when no run asserts it.
    pub(super) fn of_runs(&self) -> Option<OfRuns> {
        let mut all = self.folded.as_ref().map(|folded| OfRuns {
            runs: folded.runs,
            span: folded.told.whole(),
            last_run: folded.last_run,
        });
        for open in &self.open {
            match &mut all {
                Some(all) => all.join(*open),
                None => {
                    all = Some(OfRuns {
                        runs: 1,
                        span: open.span,
                        last_run: open.run,
                    });
                }
            }
        }
        all
    }

    /// When its runs assert it, each from its first event to its last.
    pub(super) fn told(&self, gap: i64) -> Option<Intervals> {
        let mut told = self.folded.as_ref().map(|folded| folded.told.clone());
        for open in &self.open {
            match &mut told {
                Some(told) => told.add(open.span, gap),
                None => told = Some(Intervals::new(open.span)),
            }
        }
        told
    }

    /// When its runs asserted it last by a time; during a run, that time itself.
    pub(super) fn last_by(&self, time: EventTime) -> Option<EventTime> {
        let folded = self.folded.as_ref();
        let folded = folded.and_then(|folded| folded.told.last_by(time));
        let open = self.open.iter().filter(|open| open.span.first <= time);
        let open = open.map(|open| open.span.last.min(time));
        folded.into_iter().chain(open).max()
    }

    /// Takes note of a static event that declares it.
    pub(super) fn declare(&mut self, time: EventTime) {
        let at = Span::at(time);
        self.statics.get_or_insert(at).join(at);
    }

    /// The evidence, of all times; `None` when nothing asserts it any more, nor did.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        let Some(runs) = self.of_runs() else {
            return self.statics.map(|span| Evidence {
                runs: 0,
                first_seen: span.first,
                last_seen: span.last,
                last_run: None,
            });
        };
        let mut span = runs.span;
        if let Some(statics) = self.statics {
            span.join(statics);
        }
        Some(Evidence {
            runs: runs.runs,
            first_seen: span.first,
            last_seen: span.last,
            last_run: Some(runs.last_run),
        })
    }
}
