//! What consumers may read.

use crate::contract::policy::LayerKind;
use crate::contract::violation::Step;
use crate::contract::world::Subject;

use super::{Case, Look};

/// A consumer reads a dataset whose layer is neither a mart nor allowed; unclassified is no mart.
/// What is itself a consumer may be read (a dashboard over a report).
pub(super) fn consumers_read_marts(look: &mut Look<'_>) {
    let world = look.world;
    for consumer in &world.consumers {
        for (dataset, flows) in world.reads(consumer.who) {
            let there = world.dataset(dataset).is_some();
            let fine = world.is(dataset, LayerKind::Mart)
                || world.is_consumer(Subject::Dataset(dataset))
                || world
                    .layer(dataset)
                    .is_some_and(|layer| look.contract.rule.allow.contains(&layer));
            if !there || fine {
                continue;
            }
            look.add(Case {
                subject: consumer.who,
                object: Some(dataset),
                steps: vec![Step {
                    from: dataset,
                    to: consumer.who,
                    flows,
                }],
                need: 1,
                count: 1,
                detail: None,
                since: None,
            });
        }
    }
}

/// A dataset has no more a column that a consumer of it depends on: as the policy says, or as the
/// column lineage of what the consumer makes tells.
pub(super) fn keeps_columns(look: &mut Look<'_>) {
    let world = look.world;
    for consumer in &world.consumers {
        for (dataset, flows) in world.reads(consumer.who) {
            let Some(columns) = world.told.columns.get(&dataset) else {
                continue;
            };
            for name in world.depends_on(consumer, dataset) {
                let held = world.column(dataset, columns, &name);
                if world.dataset(dataset).is_none() || held.is_some_and(|held| !held.removed) {
                    continue;
                }
                look.add(Case {
                    subject: consumer.who,
                    object: Some(dataset),
                    steps: vec![Step {
                        from: dataset,
                        to: consumer.who,
                        flows: flows.clone(),
                    }],
                    need: 1,
                    count: 1,
                    detail: Some(name),
                    since: held.and_then(|held| held.removed_at),
                });
            }
        }
    }
}
