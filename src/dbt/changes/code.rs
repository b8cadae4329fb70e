//! What the code reads, before and after, for the impact analysis.

use super::super::lineage::{Gone, dataset, reads};
use super::super::manifest::{Node, NodeKind};
use super::{Compare, Pair, place};
use crate::impact::{Code, Model, Replaces};

impl<'p> Compare<'p> {
    /// What is changed, and everything below it.
    pub(super) fn code(&mut self, pairs: &[Pair<'p>]) {
        let roots = self.changed.iter().cloned().collect();
        let below = self.below(roots);
        let mut code = Code::default();
        let none = Gone::new();
        for (base, head) in pairs {
            let Some(node) = head.or(*base) else { continue };
            if !below.contains(&node.id) {
                continue;
            }
            let Some(dataset) = dataset(node) else {
                continue;
            };
            let mut columns = Vec::new();
            for (side, node) in [(&self.base, base), (&self.head, head)] {
                let Some(node) = node else { continue };
                columns.extend(side.columns(node).names());
            }
            let made = !matches!(node.kind, NodeKind::Seed | NodeKind::Source);
            let fresh = |node: &Node| {
                let listed = self.head.project.listed(&node.id).is_some();
                listed && !self.head.stale.borrow().contains(&node.id)
            };
            code.models.push(Model {
                dataset,
                label: node.id.clone(),
                place: place(node, None),
                owners: node.owners.clone(),
                columns,
                base: base.and_then(|node| reads(&self.base, node, &none)),
                head: head.and_then(|node| reads(&self.head, node, &self.gone)),
                replaces: if made {
                    Replaces::Dbt
                } else {
                    Replaces::Nothing
                },
                built: head.is_some_and(fresh),
            });
        }
        self.set.code = code;
        self.tests(&below);
    }
}
