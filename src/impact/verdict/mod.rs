//! From what changes reach to findings and a verdict. `describe` says who is reached, `words` how to
//! mend it.

mod describe;
mod words;

use std::collections::BTreeSet;

use super::net::Net;
use super::policy::{Looked, matches};
use super::report::{Affected, AffectedKind, Asked, FORMAT, Finding, Report, Summary, Waived};
use super::walk::{Level, Node, Reached, Touched, walk};
use super::{Action, Change, ChangeSet, CheckPolicy, Class, Kind, Note, Observed};

use words::{fix, id, is_hazard, is_value, value_reason};

/// Who is listed for one change; more are counted.
const LISTED: usize = 500;

/// What a change set does to who is observed to depend on it. `today` is the day that waivers are
/// held against, as 2026-01-31.
pub fn assess(set: &ChangeSet, observed: &Observed, policy: &CheckPolicy, today: &str) -> Report {
    let net = Net::new(set, observed);
    let touched = Touched::new(&net, set);
    let look = Look {
        set,
        observed,
        policy,
        net: &net,
        today,
    };
    let mut reached = Totals::default();
    let mut findings: Vec<Finding> = set
        .changes
        .iter()
        .map(|change| look.finding(change, &walk(&net, &touched, change), &mut reached))
        .collect();
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (finding.action, finding.class, finding.affected_total);
        rank(b).cmp(&rank(a)).then_with(|| a.id.cmp(&b.id))
    });
    let notes = look.notes();
    let mut verdict = findings.iter().map(|finding| finding.action).max();
    if notes.iter().any(|note| note.unknown) {
        verdict = verdict.max(Some(Action::CannotTell));
    }
    Report {
        headwater_check: FORMAT,
        verdict: verdict.unwrap_or_default(),
        source: set.source.clone(),
        summary: reached.summary(&findings),
        findings,
        notes,
        link: None,
        graph: Asked {
            applied_seq: observed.applied_seq,
            known_until: observed.known_until.clone(),
        },
    }
}

/// Who is affected by any change.
#[derive(Default)]
struct Totals {
    columns: BTreeSet<u32>,
    datasets: BTreeSet<u32>,
    jobs: BTreeSet<u32>,
    consumers: BTreeSet<u32>,
}

impl Totals {
    fn summary(self, findings: &[Finding]) -> Summary {
        let of = |class| {
            let held = findings.iter().filter(|finding| finding.class == class);
            held.count()
        };
        Summary {
            changes: findings.len(),
            breaking: of(Class::Breaking),
            unknown: of(Class::Unknown),
            possibly_breaking: of(Class::PossiblyBreaking),
            value_change: of(Class::ValueChange),
            safe: of(Class::Safe),
            waived: findings.iter().filter(|f| f.waiver.is_some()).count(),
            columns: self.columns.len(),
            datasets: self.datasets.len(),
            jobs: self.jobs.len(),
            consumers: self.consumers.len(),
        }
    }
}

struct Look<'a> {
    set: &'a ChangeSet,
    observed: &'a Observed,
    policy: &'a CheckPolicy,
    net: &'a Net,
    today: &'a str,
}

fn class_of(level: Level) -> Class {
    match level {
        Level::Breaks => Class::Breaking,
        Level::Unknown => Class::Unknown,
        Level::MayBreak => Class::PossiblyBreaking,
        Level::Value => Class::ValueChange,
        Level::Handled => Class::Safe,
    }
}

impl Look<'_> {
    fn finding(&self, change: &Change, found: &[Reached], totals: &mut Totals) -> Finding {
        let word = change.kind.word();
        let places: Vec<usize> = (0..found.len()).filter(|&at| found[at].depth > 0).collect();
        let (along, affected): (Vec<usize>, Vec<usize>) = places
            .into_iter()
            .partition(|&at| found[at].level == Level::Handled);
        let (class, reason) = self.class(change, found, &affected, &along);
        let mut action = self.policy.action(&Looked {
            class,
            change: word,
            layer: None,
            consumer: false,
            contracted: false,
        });
        let mut shown: Vec<Affected> = Vec::new();
        let mut first = true;
        for &at in &affected {
            let one = self.affected(found, at);
            let by_policy = self.policy.action(&Looked {
                class: one.class,
                change: word,
                layer: one.layer.as_deref(),
                consumer: one.kind == AffectedKind::Consumer || one.consumer.is_some(),
                contracted: !one.contracts.is_empty(),
            });
            // What is affected decides where anything is; the change itself only where nothing is.
            action = if first {
                by_policy
            } else {
                action.max(by_policy)
            };
            first = false;
            self.count(found[at], totals);
            shown.push(one);
        }
        if class == Class::Unknown {
            action = action.max(Action::CannotTell);
        }
        if change.promised.is_some() && class == Class::Breaking {
            action = action.max(self.policy.breaking);
        }
        shown.sort_by(|a, b| {
            let order =
                |one: &Affected| (one.depth, one.kind, one.name.clone(), one.column.clone());
            b.class.cmp(&a.class).then_with(|| order(a).cmp(&order(b)))
        });
        let total = shown.len();
        shown.truncate(LISTED);
        let waiver = self.waiver(change).filter(|_| action > Action::Pass);
        if waiver.is_some() {
            action = Action::Pass;
        }
        Finding {
            id: id(change),
            change: self.changed(change),
            class,
            action,
            reason,
            fix: fix(change, class),
            affected: shown,
            affected_total: total,
            truncated: total > LISTED || along.len() > LISTED,
            changed_along: along
                .iter()
                .take(LISTED)
                .map(|&at| self.affected(found, at))
                .collect(),
            changed_along_total: along.len(),
            waiver,
        }
    }

    /// The class of a change, and why.
    fn class(
        &self,
        change: &Change,
        found: &[Reached],
        affected: &[usize],
        along: &[usize],
    ) -> (Class, String) {
        if matches!(change.kind, Kind::ColumnAdded(_) | Kind::DatasetAdded) {
            return (Class::Safe, "nobody can read yet what is new".to_owned());
        }
        if let Some(unknown) = self.unseen(change) {
            let worst = affected.iter().map(|&at| class_of(found[at].level)).max();
            if worst != Some(Class::Breaking) {
                return match &change.promised {
                    Some(promise) => (Class::Breaking, format!("{promise}; {unknown}")),
                    None if is_value(&change.kind) => (Class::ValueChange, value_reason(change)),
                    None if is_hazard(&change.kind) => (Class::PossiblyBreaking, unknown),
                    None => (Class::Unknown, unknown),
                };
            }
        }
        let worst = affected.iter().map(|&at| class_of(found[at].level)).max();
        if let Some(class) = worst
            && !(change.promised.is_some() && class < Class::Breaking)
        {
            return (class, Self::reason(class, change, affected.len()));
        }
        if let Some(promise) = &change.promised {
            return (Class::Breaking, promise.clone());
        }
        if is_value(&change.kind) {
            return (Class::ValueChange, value_reason(change));
        }
        let why = if along.is_empty() {
            "no reader is known in the observed graph".to_owned()
        } else {
            let readers =
                "who reads it is changed in the same change set, and no other reader is known";
            readers.to_owned()
        };
        (Class::Safe, why)
    }

    fn reason(class: Class, change: &Change, count: usize) -> String {
        let what = change.kind.word().shown();
        match class {
            Class::Breaking => format!("{what}: {count} that depend on it break"),
            Class::Unknown => format!(
                "{what}: whether who reads it goes on working cannot be told, because their SQL could not be read whole"
            ),
            Class::PossiblyBreaking => {
                format!("{what}: {count} that read it tell no columns, so they may depend on it")
            }
            Class::ValueChange | Class::Safe => value_reason(change),
        }
    }

    /// Why it cannot be told who reads what is changed.
    fn unseen(&self, change: &Change) -> Option<String> {
        if change.kind.is_of_job() {
            let known = self.net.of_job.contains_key(&change.of);
            return (!known).then(|| {
                format!(
                    "no current lineage of the job {} is in the graph; is the name right?",
                    change.of
                )
            });
        }
        let dataset = self.net.find(&change.of)?;
        let held = &self.net.datasets[dataset as usize];
        if held.observed.is_none() {
            return Some(format!(
                "{} is not in the observed graph, so who reads it elsewhere cannot be told; send its events to the server, or correct the name",
                change.of
            ));
        }
        if let Some(column) = change.kind.column()
            && self.net.find_column(dataset, column).is_none()
        {
            return Some(format!(
                "no event names a column {column} of {}, so its readers cannot be told; is the name right?",
                change.of
            ));
        }
        if self.observed.sql_waiting > 0 {
            return Some(format!(
                "{} statements were not read yet, so readers may be missing; ask again in a moment",
                self.observed.sql_waiting
            ));
        }
        None
    }

    fn count(&self, reached: Reached, totals: &mut Totals) {
        match reached.node {
            Node::Column(column) => {
                totals.columns.insert(column);
                totals.datasets.insert(self.net.columns[column as usize].0);
            }
            Node::Dataset(dataset) => _ = totals.datasets.insert(dataset),
            Node::Who(who) if self.is_consumer(who).is_some() => _ = totals.consumers.insert(who),
            Node::Who(who) => _ = totals.jobs.insert(who),
        }
    }

    fn waiver(&self, change: &Change) -> Option<Waived> {
        let (column, word) = (change.kind.column(), change.kind.word());
        let held = self.policy.waivers.iter().find(|waiver| {
            waiver.fits(&change.of.name, column, word) && waiver.holds(self.today)
        })?;
        Some(Waived {
            owner: held.owner.clone(),
            reason: held.reason.clone(),
            until: held.until.clone(),
        })
    }

    /// Contracts follow events a little later. Before their first look nobody knows which exposures
    /// read what, so nothing can be told to be safe.
    fn contracts_behind(&self) -> Option<Note> {
        const CODE: &str = "CONTRACTS_BEHIND";
        let seen = self.observed.contracts_seq?;
        if seen == 0 {
            let message = "the server has not looked at its policy yet, so layers, consumers and exposures are not known; ask again in a moment";
            return Some(Note::unknown(CODE, message));
        }
        Some(Note::info(
            CODE,
            format!(
                "layers, consumers, exposures and promises are those of event {seen}, lineage is that of event {}; ask again in a moment for all of it as of one event",
                self.observed.applied_seq
            ),
        ))
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes = self.set.notes.clone();
        for waiver in &self.policy.waivers {
            let about = self
                .set
                .changes
                .iter()
                .any(|change| matches(&waiver.of, &change.of.name));
            if about && !waiver.holds(self.today) {
                notes.push(Note::info(
                    "WAIVER_ENDED",
                    format!(
                        "the waiver of {} by {} ended on {} and does not count; set a later date, or take it out",
                        waiver.of, waiver.owner, waiver.until
                    ),
                ));
            }
        }
        notes.extend(self.contracts_behind());
        notes.sort();
        notes.dedup();
        notes
    }
}
