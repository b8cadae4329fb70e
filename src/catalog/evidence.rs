//! What stands behind an edge.

use uuid::Uuid;

use crate::openlineage::EventTime;

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

fn folded_one(run: Uuid, span: Span) -> Folded {
    Folded {
        runs: 1,
        span,
        last_run: run,
    }
}

impl Folded {
    fn join(&mut self, other: Self) {
        if (other.span.last, other.last_run) > (self.span.last, self.last_run) {
            self.last_run = other.last_run;
        }
        self.runs += other.runs;
        self.span.join(other.span);
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
    fn fold(&mut self, one: Folded) {
        match &mut self.folded {
            Some(folded) => folded.join(one),
            None => self.folded = Some(one),
        }
    }

    /// Takes in a run that did not assert this before.
    pub(super) fn add(&mut self, witness: Witness) {
        if witness.ended {
            return self.fold(folded_one(witness.run, witness.span));
        }
        if self.open.len() >= MAX_OPEN {
            let oldest = self.open.remove(0);
            self.fold(folded_one(oldest.run, oldest.span));
        }
        self.open.push(OpenRun {
            run: witness.run,
            span: witness.span,
        });
    }

    /// Takes in news of a run that asserted this before: its span only ever grows.
    pub(super) fn update(&mut self, witness: Witness) {
        let open = self.open.iter().position(|open| open.run == witness.run);
        match open {
            Some(at) if witness.ended => {
                self.open.remove(at);
                self.fold(folded_one(witness.run, witness.span));
            }
            Some(at) => self.open[at].span = witness.span,
            None => {
                let Some(folded) = &mut self.folded else {
                    return;
                };
                if (witness.span.last, witness.run) > (folded.span.last, folded.last_run) {
                    folded.last_run = witness.run;
                }
                folded.span.join(witness.span);
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
        let inner = old.span.first > folded.span.first
            && old.span.last < folded.span.last
            && old.run != folded.last_run;
        if inner {
            Withdrawn::Exactly
        } else {
            Withdrawn::Refold
        }
    }

    /// Sets the folded evidence anew from runs, leaving out those that are open.
    pub(super) fn refold(&mut self, witnesses: impl Iterator<Item = Witness>) {
        self.folded = None;
        for witness in witnesses {
            if !self.open.iter().any(|open| open.run == witness.run) {
                self.fold(folded_one(witness.run, witness.span));
            }
        }
    }

    /// The evidence; `None` when nothing asserts it any more.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        let mut all = self.folded;
        for open in &self.open {
            let one = folded_one(open.run, open.span);
            match &mut all {
                Some(all) => all.join(one),
                None => all = Some(one),
            }
        }
        let Some(all) = all else {
            return self.fixed.map(|time| Evidence {
                runs: 0,
                first_seen: time,
                last_seen: time,
                last_run: None,
            });
        };
        let mut span = all.span;
        if let Some(time) = self.fixed {
            span.join(Span::at(time));
        }
        Some(Evidence {
            runs: all.runs,
            first_seen: span.first,
            last_seen: span.last,
            last_run: Some(all.last_run),
        })
    }
}
