//! Which layer may be made from which: one case for each pair of datasets.

use crate::contract::policy::{LayerId, LayerKind};
use crate::contract::world::Subject;

use super::{Case, Look, Others, steps_from};

/// A dataset is made from one of an earlier layer that its own layer does not read.
pub(super) fn no_skipped_layer(look: &mut Look<'_>) {
    let policy = &look.world.policy;
    pairs(look, |from, to| {
        let reads = policy.layer(to).map_or(&[][..], |layer| &layer.reads);
        from < to && !reads.contains(&from)
    });
}

/// A dataset is made from one of a later layer.
pub(super) fn no_way_back(look: &mut Look<'_>) {
    pairs(look, |from, to| from > to);
}

/// A staging dataset is made from another.
pub(super) fn no_staging_on_staging(look: &mut Look<'_>) {
    let policy = &look.world.policy;
    let staging = |layer| {
        let kind = policy.layer(layer).map(|layer| layer.kind);
        kind == Some(LayerKind::Staging)
    };
    pairs(look, |from, to| staging(from) && staging(to));
}

/// Takes note of each dataset that is made from another whose layers must not meet so.
fn pairs(look: &mut Look<'_>, broken: impl Fn(LayerId, LayerId) -> bool) {
    let world = look.world;
    for output in world.datasets() {
        let Some(to) = world.layer(output) else {
            continue;
        };
        if world.is_consumer(Subject::Dataset(output)) {
            continue;
        }
        let mut inputs = Others::new();
        for (input, flow) in world.links.made_from(output) {
            let Some(from) = world.layer(input) else {
                continue;
            };
            if input != output && broken(from, to) {
                inputs.entry(input).or_default().push(flow);
            }
        }
        for (input, flows) in inputs {
            look.add(Case {
                subject: Subject::Dataset(output),
                object: Some(input),
                steps: steps_from(Others::from([(input, flows)]), output),
                need: 1,
                count: 1,
                detail: None,
                since: None,
            });
        }
    }
}
