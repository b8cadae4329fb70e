//! Who is reached, and by which way, as reports tell it.

use super::super::net::{When, Who};
use super::super::report::{Affected, AffectedKind, Changed, Step};
use super::super::walk::{Node, Reached, way};
use super::super::{Change, Kind, Name};
use super::{Look, class_of};

impl Look<'_> {
    /// What kind of consumer somebody is.
    pub(super) fn is_consumer(&self, who: u32) -> Option<String> {
        match &self.net.whos[who as usize] {
            Who::Observed(job) => self.observed.jobs[*job].consumer.clone(),
            Who::Model(_) => None,
            Who::Consumer(at) => {
                let consumer = &self.set.code.consumers[*at];
                (!consumer.test).then(|| consumer.kind.clone())
            }
        }
    }

    pub(super) fn affected(&self, found: &[Reached], at: usize) -> Affected {
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
                one.name = consumer.name.clone();
                one.owners.clone_from(&consumer.owners);
                if !consumer.test {
                    one.kind = AffectedKind::Consumer;
                    one.consumer = Some(consumer.kind.clone());
                }
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

    pub(super) fn changed(&self, change: &Change) -> Changed {
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
}
