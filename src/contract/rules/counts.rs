//! How many inputs and outputs a dataset has: one case for each dataset.

use std::collections::BTreeMap;

use crate::contract::policy::LayerKind;
use crate::contract::violation::Step;
use crate::contract::world::Subject;

use super::{Case, Look, Others, by_name, steps_from};

/// A job makes a dataset that is not raw from raw datasets and from others at once.
pub(super) fn no_direct_join_to_source(look: &mut Look<'_>) {
    let world = look.world;
    let raw = |id: u32| world.is(id, LayerKind::Raw);
    each_join(look, |inputs| {
        let (sources, others): (Others, Others) =
            inputs.into_iter().partition(|(input, _)| raw(*input));
        if sources.is_empty() || others.is_empty() {
            return None;
        }
        let count = sources.len() + others.len();
        // One of each first: these two must be there.
        let mut mixed: Vec<(u32, Vec<u32>)> = Vec::new();
        let mut sources = by_name(world, sources).into_iter();
        let mut others = by_name(world, others).into_iter();
        mixed.extend(sources.next());
        mixed.extend(others.next());
        mixed.extend(sources.chain(others));
        Some((mixed, 2, count))
    });
}

/// A job makes a dataset that is not raw from more than one raw dataset.
pub(super) fn no_sources_joined(look: &mut Look<'_>) {
    let world = look.world;
    each_join(look, |inputs| {
        let raw = |(input, _): &(u32, Vec<u32>)| world.is(*input, LayerKind::Raw);
        let sources: Others = inputs.into_iter().filter(raw).collect();
        let count = sources.len();
        (count > 1).then(|| (by_name(world, sources), 2, count))
    });
}

/// A job makes a dataset from more than `max` others.
pub(super) fn few_joins(look: &mut Look<'_>) {
    let (world, max) = (look.world, look.contract.rule.max);
    each_join(look, |inputs| {
        let count = inputs.len();
        (count > max).then(|| (by_name(world, inputs), max + 1, count))
    });
}

/// What a job joins for one dataset: its inputs, how many must be there, and how many there are.
type Join = (Vec<(u32, Vec<u32>)>, usize, usize);

/// Looks at what each job makes each dataset from that is classified and not raw. Of several jobs
/// that break a contract for one dataset, the one with the most inputs is told.
fn each_join(look: &mut Look<'_>, broken: impl Fn(Others) -> Option<Join>) {
    let world = look.world;
    for output in world.datasets() {
        let consumes = world.is_consumer(Subject::Dataset(output));
        let kind = world.kind(output);
        if consumes || kind.is_none() || kind == Some(LayerKind::Raw) {
            continue;
        }
        let mut by_job: BTreeMap<Option<u32>, Others> = BTreeMap::new();
        for (input, flow) in world.links.made_from(output) {
            if input == output || world.dataset(input).is_none() {
                continue;
            }
            let inputs = by_job.entry(world.links.job_of(flow)).or_default();
            inputs.entry(input).or_default().push(flow);
        }
        let cases = by_job
            .into_iter()
            .filter_map(|(job, inputs)| Some((job, broken(inputs)?)));
        // Jobs are numbered by arrival: what is equal is decided by names.
        let Some((_, (inputs, need, count))) = cases.max_by_key(|(job, (_, _, count))| {
            (*count, job.map(|job| world.name(Subject::Job(job))))
        }) else {
            continue;
        };
        let steps = inputs.into_iter().map(|(from, flows)| Step {
            from,
            to: Subject::Dataset(output),
            flows,
        });
        look.add(Case {
            subject: Subject::Dataset(output),
            object: None,
            steps: steps.collect(),
            need,
            count,
            detail: None,
            since: None,
        });
    }
}

/// More than `max` datasets that are not raw are made straight from one raw dataset.
pub(super) fn source_fan_out(look: &mut Look<'_>) {
    fan_out(
        look,
        |kind| kind == Some(LayerKind::Raw),
        |kind| kind != Some(LayerKind::Raw),
    );
}

/// More than `max` datasets are made straight from one that is not raw.
pub(super) fn model_fan_out(look: &mut Look<'_>) {
    fan_out(
        look,
        |kind| kind.is_some_and(|kind| kind != LayerKind::Raw),
        |_| true,
    );
}

fn fan_out(
    look: &mut Look<'_>,
    is_input: impl Fn(Option<LayerKind>) -> bool,
    is_output: impl Fn(Option<LayerKind>) -> bool,
) {
    let (world, max) = (look.world, look.contract.rule.max);
    for input in world.datasets() {
        if !is_input(world.kind(input)) {
            continue;
        }
        let mut outputs = look.outputs_of(input);
        outputs.retain(|output, _| is_output(world.kind(*output)));
        let count = outputs.len();
        if count <= max {
            continue;
        }
        let steps = by_name(world, outputs)
            .into_iter()
            .map(|(output, flows)| Step {
                from: input,
                to: Subject::Dataset(output),
                flows,
            });
        look.add(Case {
            subject: Subject::Dataset(input),
            object: None,
            steps: steps.collect(),
            need: max + 1,
            count,
            detail: None,
            since: None,
        });
    }
}

/// A dataset that is classified and not raw is written, and never from another.
pub(super) fn no_root_model(look: &mut Look<'_>) {
    let world = look.world;
    for dataset in world.datasets() {
        let kind = world.kind(dataset);
        let written = !world.links.into.row(dataset).is_empty();
        if kind.is_none() || kind == Some(LayerKind::Raw) || !written {
            continue;
        }
        if look.inputs_of(dataset).is_empty() {
            look.add(alone(dataset));
        }
    }
}

/// A raw dataset that nothing reads.
pub(super) fn no_unused_source(look: &mut Look<'_>) {
    let world = look.world;
    for dataset in world.datasets() {
        let read = !world.links.from.row(dataset).is_empty();
        if world.is(dataset, LayerKind::Raw) && !read {
            look.add(alone(dataset));
        }
    }
}

/// A dataset that is in no layer and no consumer.
pub(super) fn classified(look: &mut Look<'_>) {
    let world = look.world;
    for dataset in world.datasets() {
        if world.layer(dataset).is_none() && !world.is_consumer(Subject::Dataset(dataset)) {
            look.add(alone(dataset));
        }
    }
}

fn alone(dataset: u32) -> Case {
    Case {
        subject: Subject::Dataset(dataset),
        object: None,
        steps: steps_from(Others::new(), dataset),
        need: 0,
        count: 1,
        detail: None,
        since: None,
    }
}
