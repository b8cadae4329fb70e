//! From what changes reach to findings and a verdict.

use std::collections::BTreeSet;

use super::net::{Net, When, Who};
use super::policy::{Looked, matches};
use super::report::{
    Affected, AffectedKind, Asked, Changed, FORMAT, Finding, Report, Step, Summary, Waived,
};
use super::walk::{Level, Node, Reached, Touched, walk, way};
use super::{Action, Change, ChangeSet, CheckPolicy, Class, Kind, Name, Note, Observed};

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

    /// What kind of consumer somebody is.
    fn is_consumer(&self, who: u32) -> Option<String> {
        match &self.net.whos[who as usize] {
            Who::Observed(job) => self.observed.jobs[*job].consumer.clone(),
            Who::Model(_) => None,
            Who::Consumer(at) => Some(self.set.code.consumers[*at].kind.clone()),
        }
    }

    fn affected(&self, found: &[Reached], at: usize) -> Affected {
        let reached = found[at];
        let path = way(found, at);
        let path = path.into_iter().map(|at| self.step(&found[at])).collect();
        let class = class_of(reached.level);
        let mut one = Affected {
            kind: AffectedKind::Job,
            name: Name::default(),
            column: None,
            class,
            depth: reached.depth,
            layer: None,
            consumer: None,
            owners: Vec::new(),
            contracts: Vec::new(),
            path,
        };
        match reached.node {
            Node::Column(column) => {
                let (dataset, name) = &self.net.columns[column as usize];
                one.kind = AffectedKind::Column;
                one.column = Some(name.clone());
                self.describe(*dataset, &mut one);
            }
            Node::Dataset(dataset) => {
                one.kind = AffectedKind::Dataset;
                self.describe(dataset, &mut one);
            }
            Node::Who(who) => self.describe_who(who, &mut one),
        }
        one
    }

    fn describe(&self, dataset: u32, one: &mut Affected) {
        let held = &self.net.datasets[dataset as usize];
        one.name = held.name.clone();
        if let Some(observed) = held.observed.and_then(|at| self.observed.datasets.get(at)) {
            one.layer.clone_from(&observed.layer);
            one.consumer.clone_from(&observed.consumer);
            one.owners.clone_from(&observed.owners);
            one.contracts.clone_from(&observed.contracts);
        }
        if let Some(model) = held.model.and_then(|at| self.set.code.models.get(at))
            && one.owners.is_empty()
        {
            one.owners.clone_from(&model.owners);
        }
    }

    fn describe_who(&self, who: u32, one: &mut Affected) {
        match &self.net.whos[who as usize] {
            Who::Observed(job) => {
                let job = &self.observed.jobs[*job];
                one.name = job.name.clone();
                one.consumer.clone_from(&job.consumer);
                one.layer.clone_from(&job.layer);
                one.owners.clone_from(&job.owners);
                one.contracts.clone_from(&job.contracts);
                if job.consumer.is_some() {
                    one.kind = AffectedKind::Consumer;
                }
            }
            Who::Model(at) => {
                let model = &self.set.code.models[*at];
                one.kind = AffectedKind::Model;
                one.name = Name::new("", &model.label);
                one.owners.clone_from(&model.owners);
            }
            Who::Consumer(at) => {
                let consumer = &self.set.code.consumers[*at];
                one.kind = AffectedKind::Consumer;
                one.name = consumer.name.clone();
                one.consumer = Some(consumer.kind.clone());
                one.owners.clone_from(&consumer.owners);
            }
        }
    }

    fn step(&self, reached: &Reached) -> Step {
        let (name, column) = match reached.node {
            Node::Column(column) => {
                let (dataset, column) = &self.net.columns[column as usize];
                let name = &self.net.datasets[*dataset as usize].name;
                (name.clone(), Some(column.clone()))
            }
            Node::Dataset(dataset) => (self.net.datasets[dataset as usize].name.clone(), None),
            Node::Who(who) => (self.name_of(who), None),
        };
        let flow = reached.flow.map(|flow| &self.net.flows[flow as usize]);
        let by = flow.and_then(|flow| flow.who);
        let known_by = flow.map(|flow| {
            let word = match flow.when {
                When::Base | When::Head => "code",
                When::Observed if flow.links_only => "sql",
                When::Observed if flow.columns_told || flow.told => "declared",
                When::Observed => "inferred",
            };
            word.to_owned()
        });
        Step {
            name,
            column,
            by: by
                .filter(|&by| reached.node != Node::Who(by))
                .map(|by| self.name_of(by).name),
            known_by,
            indirect: reached.indirect,
            evidence: flow.and_then(|flow| flow.evidence.clone()),
        }
    }

    fn name_of(&self, who: u32) -> Name {
        match &self.net.whos[who as usize] {
            Who::Observed(job) => self.observed.jobs[*job].name.clone(),
            Who::Model(at) => Name::new("", &self.set.code.models[*at].label),
            Who::Consumer(at) => self.set.code.consumers[*at].name.clone(),
        }
    }

    fn changed(&self, change: &Change) -> Changed {
        let (from, to) = match &change.kind {
            Kind::ColumnRetyped(_, from, to, _) => (from.clone(), to.clone()),
            Kind::ColumnRenamed(from, to) => (Some(from.clone()), Some(to.clone())),
            Kind::DatasetRenamed(to) => (None, Some(to.clone())),
            Kind::Materialization(from, to) | Kind::AccessNarrowed(from, to) => {
                (Some(from.clone()), Some(to.clone()))
            }
            _ => (None, None),
        };
        let dataset = self.net.find(&change.of);
        let held = dataset.map(|dataset| &self.net.datasets[dataset as usize]);
        let model = held.and_then(|held| self.set.code.models.get(held.model?));
        let observed = held.and_then(|held| self.observed.datasets.get(held.observed?));
        let told = observed.map(|dataset| dataset.owners.clone());
        let told = told.filter(|owners| !owners.is_empty());
        let of_code = || model.map(|model| model.owners.clone());
        let place = change.place.clone();
        Changed {
            kind: change.kind.word(),
            name: change.of.clone(),
            column: change.kind.column().map(str::to_owned),
            from,
            to,
            detail: change.detail.clone(),
            owners: told.or_else(of_code).unwrap_or_default(),
            place: place.or_else(|| model.and_then(|model| model.place.clone())),
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
        notes.sort();
        notes.dedup();
        notes
    }
}

/// What breaks only readers of a certain sort, so that it does not count as untold where no reader
/// is known.
fn is_hazard(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnsReordered
            | Kind::ContractDropped
            | Kind::AccessNarrowed(..)
            | Kind::ColumnRequired(_)
    )
}

fn is_value(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnRetyped(.., true)
            | Kind::ColumnNullable(_)
            | Kind::ColumnRederived(_)
            | Kind::RowsChanged
            | Kind::Materialization(..)
            | Kind::JobChanged
    )
}

fn value_reason(change: &Change) -> String {
    let why = match &change.kind {
        Kind::ColumnRetyped(..) => "the new type holds all values of the old one",
        Kind::ColumnNullable(_) => "it may be null now, and who reads it may not expect that",
        Kind::ColumnRederived(_) => "it is computed otherwise, so its values may differ",
        Kind::RowsChanged => "which rows there are is decided otherwise, so each column may differ",
        Kind::Materialization(..) => "when and how it is filled differs",
        Kind::ContractDropped => "what readers rely on is promised no more",
        _ => "values may differ",
    };
    why.to_owned()
}

/// How to mend what breaks.
fn fix(change: &Change, class: Class) -> Option<String> {
    if class <= Class::ValueChange {
        return None;
    }
    let text = match &change.kind {
        Kind::ColumnRemoved(column) => format!(
            "keep {column} until who reads it is changed, or change them in this change set"
        ),
        Kind::ColumnRenamed(from, to) => format!(
            "keep {from} beside {to} until who reads it is changed, or change them in this change set"
        ),
        Kind::ColumnRetyped(column, Some(from), ..) => {
            format!("cast {column} to {from}, or change who reads it along with it")
        }
        Kind::ColumnRetyped(column, ..) => {
            format!("keep the type of {column}, or change who reads it along with it")
        }
        Kind::DatasetRemoved => "keep it until nobody reads it, or change who reads it".to_owned(),
        Kind::DatasetRenamed(_) => {
            "leave a view under the old name until who reads it is changed".to_owned()
        }
        Kind::ColumnRequired(column) => {
            format!("make sure that each writer always sets {column}")
        }
        Kind::ColumnsReordered => {
            "name the columns where they are read, or keep their order".to_owned()
        }
        Kind::AccessNarrowed(..) => "leave it open to who reads it today".to_owned(),
        Kind::JobRemoved => "let another job write what it wrote, or drop who reads it".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// The same for the same change, in any run.
fn id(change: &Change) -> String {
    let mut id = format!("{}:{}", change.kind.word().id(), change.of);
    if let Some(column) = change.kind.column() {
        id.push('#');
        id.push_str(column);
    }
    id
}
