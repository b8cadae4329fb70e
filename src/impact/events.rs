//! A change set from `OpenLineage` events that describe the proposed state: what jobs will read and
//! write, and which columns datasets will have.
//!
//! What an event says is taken as whole: columns that a schema leaves out are gone, and what a job
//! reads today and its event does not name it reads no more. Where an output has no column lineage,
//! which columns it reads is unknown.

use std::collections::{BTreeMap, BTreeSet};

use crate::openlineage::facets::{column_lineage, schema};
use crate::openlineage::{DatasetPart, Event, Facet};

use super::{
    Change, ChangeSet, Kind, Model, Name, Observed, ObservedDataset, Place, ReadColumn, Reads,
    Replaces, same_type, widens,
};

/// An event, and where it stands.
pub struct Proposed {
    /// The event.
    pub event: Event,
    /// Its file and line.
    pub place: Place,
}

fn name(dataset: &DatasetPart) -> Name {
    Name::new(&*dataset.namespace, &*dataset.name)
}

fn facet<'e>(dataset: &'e DatasetPart, wanted: &str) -> Option<&'e Facet> {
    let mut facets = dataset.facets.iter();
    facets.find(|facet| &*facet.name == wanted && !facet.deleted)
}

/// Datasets that events name.
pub fn named(events: &[Proposed]) -> Vec<Name> {
    let mut names = BTreeSet::new();
    for proposed in events {
        let (_, inputs, outputs) = proposed.event.body.parts();
        names.extend(inputs.iter().chain(outputs).map(name));
    }
    names.into_iter().collect()
}

/// What is different from what is observed.
pub fn changes(events: &[Proposed], observed: &Observed) -> ChangeSet {
    let mut set = ChangeSet {
        source: "openlineage".to_owned(),
        ..ChangeSet::default()
    };
    let known: BTreeMap<&Name, &ObservedDataset> = observed
        .datasets
        .iter()
        .flat_map(|dataset| {
            let names = std::iter::once(&dataset.name).chain(&dataset.aliases);
            names.map(move |name| (name, dataset))
        })
        .collect();
    for proposed in events {
        let (job, inputs, outputs) = proposed.event.body.parts();
        for dataset in outputs {
            let of = name(dataset);
            compare(dataset, known.get(&of).copied(), &proposed.place, &mut set);
            if let Some(job) = job {
                let job = Name::new(&*job.namespace, &*job.name);
                let model = model(&job, dataset, inputs, &proposed.place);
                rederived(&job, &model, observed, &mut set);
                set.code.models.push(model);
            }
        }
    }
    set
}

fn tell(set: &mut ChangeSet, of: &Name, kind: Kind, place: &Place) {
    set.changes.push(Change {
        of: of.clone(),
        kind,
        place: Some(place.clone()),
        detail: None,
        promised: None,
    });
}

/// What becomes of a dataset.
fn compare(
    dataset: &DatasetPart,
    held: Option<&ObservedDataset>,
    place: &Place,
    set: &mut ChangeSet,
) {
    let Some(held) = held else {
        return tell(set, &name(dataset), Kind::DatasetAdded, place);
    };
    let dropped = facet(dataset, "lifecycleStateChange").is_some_and(|facet| {
        let value: serde_json::Value = serde_json::from_slice(&facet.value).unwrap_or_default();
        value["lifecycleStateChange"] == "DROP"
    });
    if dropped {
        return tell(set, &held.name, Kind::DatasetRemoved, place);
    }
    let Some(facet) = facet(dataset, "schema") else {
        return;
    };
    let fields = schema(&facet.value);
    for column in &held.columns {
        let field = fields.iter().find(|field| field.path == column.name);
        let Some(field) = field else {
            tell(
                set,
                &held.name,
                Kind::ColumnRemoved(column.name.clone()),
                place,
            );
            continue;
        };
        if let (Some(from), Some(to)) = (&column.data_type, &field.data_type)
            && !same_type(from, to)
        {
            let wider = widens(from, to);
            let (from, to) = (Some(from.clone()), Some(to.clone()));
            let kind = Kind::ColumnRetyped(column.name.clone(), from, to, wider);
            tell(set, &held.name, kind, place);
        }
    }
    let is_held = |path: &str| held.columns.iter().any(|column| column.name == path);
    for field in fields.iter().filter(|field| !is_held(&field.path)) {
        tell(
            set,
            &held.name,
            Kind::ColumnAdded(field.path.clone()),
            place,
        );
    }
}

fn model(job: &Name, output: &DatasetPart, inputs: &[DatasetPart], place: &Place) -> Model {
    let mut reads = Reads {
        datasets: inputs.iter().map(name).collect(),
        ..Reads::default()
    };
    let mut columns = BTreeSet::new();
    if let Some(facet) = facet(output, "columnLineage") {
        let told = column_lineage(&facet.value);
        let fields = told.fields.iter();
        let fields = fields.map(|(to, from)| (Some(to.clone()), from));
        for (to, from) in fields.chain([(None, &told.dataset)]) {
            columns.extend(to.clone());
            for input in from {
                let of = Name::new(&input.namespace, &input.name);
                let held = reads.datasets.iter().position(|held| *held == of);
                let dataset = held.unwrap_or_else(|| {
                    reads.datasets.push(of);
                    reads.datasets.len() - 1
                });
                reads.columns.push(ReadColumn {
                    dataset,
                    column: input.field.clone(),
                    indirect: to.is_none(),
                    to: to.clone(),
                });
            }
        }
    } else if !inputs.is_empty() {
        let gap = "its event tells no column lineage";
        reads.gaps.push(gap.to_owned());
    }
    if let Some(facet) = facet(output, "schema") {
        columns.extend(schema(&facet.value).into_iter().map(|field| field.path));
    }
    Model {
        dataset: name(output),
        label: job.name.clone(),
        place: Some(place.clone()),
        owners: Vec::new(),
        columns: columns.into_iter().collect(),
        base: None,
        head: Some(reads),
        replaces: Replaces::Job(job.clone()),
        built: false,
    }
}

/// Columns that the job makes from others than it does today.
fn rederived(job: &Name, model: &Model, observed: &Observed, set: &mut ChangeSet) {
    let Some(head) = &model.head else { return };
    if !head.gaps.is_empty() {
        return;
    }
    let at = |name: &Name| {
        let held = observed.datasets.iter().position(|held| held.name == *name);
        held.and_then(|at| u32::try_from(at).ok())
    };
    let Some(output) = at(&model.dataset) else {
        return;
    };
    let mut today: BTreeMap<&str, BTreeSet<(u32, &str)>> = BTreeMap::new();
    for flow in &observed.flows {
        let of = flow.job.and_then(|job| observed.jobs.get(job as usize));
        if of.is_none_or(|of| of.name != *job) {
            continue;
        }
        for &(from, column, to, made, _) in &flow.links {
            let Some(made) = made.filter(|_| to == output) else {
                continue;
            };
            let read = &observed.datasets[from as usize].columns[column as usize].name;
            let made = &observed.datasets[to as usize].columns[made as usize].name;
            today.entry(made).or_default().insert((from, read));
        }
    }
    for (column, today) in today {
        let then: BTreeSet<(u32, &str)> = head
            .columns
            .iter()
            .filter(|read| read.to.as_deref() == Some(column))
            .filter_map(|read| Some((at(&head.datasets[read.dataset])?, read.column.as_str())))
            .collect();
        let gone = set.changes.iter().any(|change| {
            change.of == model.dataset && change.kind == Kind::ColumnRemoved(column.to_owned())
        });
        if today != then && !gone && !then.is_empty() {
            let kind = Kind::ColumnRederived(column.to_owned());
            let place = model.place.clone().unwrap_or(Place {
                file: String::new(),
                line: None,
            });
            tell(set, &model.dataset, kind, &place);
        }
    }
}
