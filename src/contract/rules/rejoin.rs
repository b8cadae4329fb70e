//! Rejoining upstream.

use crate::contract::policy::LayerKind;
use crate::contract::violation::Step;
use crate::contract::world::Subject;

use super::{Case, Look, Others};

/// A dataset is made from `a` and from `b`, `b` is made from `a`, and nothing else is made from `b`:
/// what `b` does could be done in place. `b` is neither raw nor a consumer and read by nothing else
/// (a consumer that reads it gives it a reason to be).
pub(super) fn no_rejoining(look: &mut Look<'_>) {
    let world = look.world;
    for through in world.datasets() {
        let kind = world.kind(through);
        if kind.is_none() || kind == Some(LayerKind::Raw) {
            continue;
        }
        let readers = readers(look, through);
        let Some((only, into)) = readers else {
            continue;
        };
        let above = look.inputs_of(only);
        for (above_it, up) in look.inputs_of(through) {
            if above_it == only {
                continue;
            }
            let Some(straight) = above.get(&above_it) else {
                continue;
            };
            let step = |from, to, flows: &[u32]| Step {
                from,
                to: Subject::Dataset(to),
                flows: flows.to_vec(),
            };
            // `through` is part of what it is: two of them for one pair are two cases, told as one.
            look.add(Case {
                subject: Subject::Dataset(only),
                object: Some(above_it),
                steps: vec![
                    step(above_it, through, &up),
                    step(through, only, &into),
                    step(above_it, only, straight),
                ],
                need: 3,
                count: 1,
                detail: None,
                since: None,
            });
        }
    }
    merge_same(look);
}

/// The one dataset that is made from this one, when nothing else reads it.
fn readers(look: &Look<'_>, dataset: u32) -> Option<(u32, Vec<u32>)> {
    let world = look.world;
    let read_alone = world.links.from.row(dataset).iter().any(|&flow| {
        // A flow without outputs is a reader of its own: a dashboard, an export. Tests of the
        // dataset are flows without outputs too, and no reason for it to be there.
        let outputs = world.links.outputs.row(flow);
        let job = world.links.job_of(flow);
        outputs.is_empty() && job.is_some_and(|job| world.is_consumer(Subject::Job(job)))
    });
    if read_alone {
        return None;
    }
    let mut all = Others::new();
    for (output, flow) in world.links.made_into(dataset) {
        if output != dataset && world.dataset(output).is_some() {
            all.entry(output).or_default().push(flow);
        }
    }
    if all.len() != 1 {
        return None;
    }
    let (only, flows) = all.into_iter().next()?;
    (!world.is_consumer(Subject::Dataset(only))).then_some((only, flows))
}

/// Two datasets through which the same one is rejoined make one violation: its id names the ends.
/// The one whose name comes first is shown.
fn merge_same(look: &mut Look<'_>) {
    let world = look.world;
    let (at, violations) = (look.at, &mut look.found.violations);
    let begin = violations.partition_point(|held| held.contract < at);
    let mut own = violations.split_off(begin);
    own.sort_by(|a, b| {
        let key = |one: &crate::contract::violation::Violation| {
            let through = one.steps.first().map(|step| world.name(step.to));
            (one.id, through.map(|(a, b)| (a.to_owned(), b.to_owned())))
        };
        key(a).cmp(&key(b))
    });
    own.dedup_by(|later, first| {
        let same = later.id == first.id;
        if same {
            first.count += 1;
        }
        same
    });
    violations.extend(own);
}
