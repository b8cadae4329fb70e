//! Nodes of both versions side by side: which are new, gone or renamed, and which may differ.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::columns::Side;
use super::super::lineage::dataset;
use super::super::manifest::{Column, Node, NodeKind};
use super::super::project::Project;
use super::{Compare, Pair, place};
use crate::impact::Kind;

fn key(node: &Node) -> Option<String> {
    Some(node.relation.as_ref()?.join(".").to_lowercase())
}

/// What is built, by its relation; a source over something that is built is that.
fn built(project: &Project) -> HashMap<String, &Node> {
    let mut found: HashMap<String, &Node> = HashMap::new();
    for node in project.manifest.nodes.values() {
        let Some(key) = key(node) else { continue };
        let held = found.entry(key).or_insert(node);
        if held.kind == NodeKind::Source && node.kind != NodeKind::Source {
            *held = node;
        }
    }
    found
}

impl<'p> Compare<'p> {
    pub(super) fn pairs(&self) -> Vec<Pair<'p>> {
        let (old, new) = (built(self.base.project), built(self.head.project));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        keys.into_iter()
            .map(|key| (old.get(key).copied(), new.get(key).copied()))
            .collect()
    }

    /// Datasets that are new, gone or renamed.
    pub(super) fn whole_datasets(&mut self, pairs: &[Pair<'p>]) {
        let gone: Vec<&Node> = pairs
            .iter()
            .filter(|p| p.1.is_none())
            .filter_map(|p| p.0)
            .collect();
        let new: Vec<&Node> = pairs
            .iter()
            .filter(|p| p.0.is_none())
            .filter_map(|p| p.1)
            .collect();
        let mut taken: HashSet<&str> = HashSet::new();
        for node in &gone {
            if node.kind == NodeKind::Source {
                // Only this project does not read it any more.
                continue;
            }
            let mut alike = new.iter().filter(|held| {
                held.kind == node.kind
                    && !taken.contains(held.id.as_str())
                    && ((!node.raw.trim().is_empty() && held.raw == node.raw) || held.id == node.id)
            });
            let renamed = match (alike.next(), alike.next()) {
                (Some(one), None) => Some(*one),
                _ => None,
            };
            if let Some(to) = renamed
                && let Some(name) = dataset(to)
            {
                taken.insert(&to.id);
                let place = place(to, None);
                self.tell(node, Kind::DatasetRenamed(name.name), place, None);
                self.changed.insert(to.id.clone());
                continue;
            }
            let still = self.head.node(&node.id);
            let (detail, file) = match still {
                Some(held) if held.relation.is_none() => (
                    Some("it becomes ephemeral, so there is no table or view any more".to_owned()),
                    place(held, None),
                ),
                _ => (None, place(node, None)),
            };
            self.tell(node, Kind::DatasetRemoved, file, detail);
        }
        for node in new {
            if node.kind != NodeKind::Source && !taken.contains(node.id.as_str()) {
                self.tell(node, Kind::DatasetAdded, place(node, None), None);
            }
        }
    }

    /// Nodes that may differ: their own artifacts do, or, where no catalog tells columns, something
    /// that they read.
    pub(super) fn suspects(&self, pairs: &[Pair<'p>]) -> HashSet<&'p str> {
        let mut suspects: HashSet<&str> = HashSet::new();
        // What no catalog lists has the columns that its SQL gives, and these depend on what it reads.
        let by_sql = pairs.iter().any(|(base, head)| {
            let unlisted = |side: &Side<'p>, node: Option<&Node>| {
                node.is_some_and(|node| {
                    matches!(node.kind, NodeKind::Model | NodeKind::Snapshot)
                        && side.project.listed(&node.id).is_none()
                })
            };
            unlisted(&self.base, *base) || unlisted(&self.head, *head)
        });
        for (base, head) in pairs {
            let (Some(base), Some(head)) = (base, head) else {
                continue;
            };
            let listed = |side: &Side<'p>, node: &Node| {
                side.project.listed(&node.id).map(<[Column]>::to_vec)
            };
            let differs = base.raw != head.raw
                || self.base.project.sql(base) != self.head.project.sql(head)
                || base.materialized != head.materialized
                || base.contract != head.contract
                || base.access != head.access
                || base.columns != head.columns
                || listed(&self.base, base) != listed(&self.head, head);
            if differs {
                suspects.insert(&head.id);
            }
        }
        if by_sql {
            let roots: HashSet<String> = suspects.iter().map(|id| (*id).to_owned()).collect();
            let roots = roots
                .into_iter()
                .chain(self.changed.iter().cloned())
                .collect();
            let below = self.below(roots);
            let nodes = self.head.project.manifest.nodes.keys();
            suspects.extend(nodes.map(String::as_str).filter(|id| below.contains(*id)));
        }
        suspects
    }

    /// Nodes and everything that reads them, before or after.
    pub(super) fn below(&self, roots: HashSet<String>) -> HashSet<String> {
        let mut readers: HashMap<&str, Vec<&str>> = HashMap::new();
        for side in [&self.base, &self.head] {
            let tables = built(side.project);
            for node in side.project.manifest.nodes.values() {
                for read in &node.reads {
                    readers.entry(read).or_default().push(&node.id);
                }
                // Who reads a source that is a seed or a model reads that.
                if node.kind == NodeKind::Source
                    && let Some(held) = key(node).and_then(|key| tables.get(&key).copied())
                    && held.id != node.id
                {
                    readers.entry(&held.id).or_default().push(&node.id);
                }
            }
        }
        let mut below = roots.clone();
        let mut waiting: Vec<String> = roots.into_iter().collect();
        while let Some(id) = waiting.pop() {
            for reader in readers.get(id.as_str()).into_iter().flatten() {
                if below.insert((*reader).to_owned()) {
                    waiting.push((*reader).to_owned());
                }
            }
        }
        below
    }
}
