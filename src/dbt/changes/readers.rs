//! Who only reads: exposures, semantic models, metrics, saved queries, and tests.

use std::collections::{BTreeSet, HashSet};

use super::super::columns::Side;
use super::super::lineage::{Gone, dataset, reads};
use super::super::manifest::{Exposure, Node};
use super::Compare;
use crate::impact::{Consumer, Looks, Name, Place};
use crate::sql::mentions;

impl<'p> Compare<'p> {
    /// What the project tells of who reads its models.
    pub(super) fn consumers(&mut self) {
        let (old, new) = (&self.base.project.manifest, &self.head.project.manifest);
        let ids: BTreeSet<&String> = old.exposures.keys().chain(new.exposures.keys()).collect();
        for id in ids {
            let (base, head) = (old.exposures.get(id), new.exposures.get(id));
            let Some(told) = head.or(base) else { continue };
            let consumer = Consumer {
                name: Name::new("dbt", &told.name),
                known_as: Some(Name::new("dbt", id)),
                kind: told.kind.clone(),
                place: Some(Place {
                    file: told.file.clone(),
                    line: None,
                }),
                owners: told.owners.clone(),
                base: base.map(|one| self.looks(&self.base, one)),
                head: head.map(|one| self.looks(&self.head, one)),
                test: false,
            };
            self.set.code.consumers.push(consumer);
        }
    }

    /// What somebody reads, itself or by metrics and semantic models.
    fn looks(&self, side: &Side<'p>, exposure: &Exposure) -> Looks {
        let exposures = &side.project.manifest.exposures;
        let (mut looks, mut seen) = (Looks::default(), HashSet::new());
        let mut columns = Some(Vec::new());
        let mut waiting = vec![exposure];
        while let Some(one) = waiting.pop() {
            if !seen.insert(one.id.as_str()) {
                continue;
            }
            waiting.extend(one.reads.iter().filter_map(|id| exposures.get(id)));
            let nodes = one.reads.iter().filter_map(|id| side.node(id));
            for (node, name) in nodes.filter_map(|node| Some((node, dataset(node)?))) {
                let place = looks.datasets.len();
                looks.datasets.push(name);
                let named = one.columns.as_ref().filter(|named| !named.is_empty());
                let named = named.and_then(|named| self.named(node, named));
                columns = columns.zip(named).map(|(mut all, named): (Vec<_>, _)| {
                    all.extend(named.into_iter().map(|column| (place, column)));
                    all
                });
            }
        }
        looks.columns = columns.filter(|_| !looks.datasets.is_empty());
        looks
    }

    /// The columns of a node, before or after, that expressions name; `None` when its columns are
    /// not all known.
    fn named(&self, node: &Node, expressions: &[String]) -> Option<BTreeSet<String>> {
        let texts: Vec<String> = expressions.iter().map(|text| text.to_lowercase()).collect();
        let mut found = BTreeSet::new();
        for side in [&self.base, &self.head] {
            let Some(node) = side.node(&node.id) else {
                continue;
            };
            let columns = side.columns(node);
            if !columns.complete {
                return None;
            }
            for column in &columns.all {
                let name = column.name.to_lowercase();
                if texts.iter().any(|text| mentions(text, &name)) {
                    found.insert(column.name.clone());
                }
            }
        }
        Some(found)
    }

    /// Tests of what is changed or lies below it.
    pub(super) fn tests(&mut self, below: &HashSet<String>) {
        let (old, new) = (&self.base.project.manifest, &self.head.project.manifest);
        let ids: BTreeSet<&String> = old.tests.keys().chain(new.tests.keys()).collect();
        let none = Gone::new();
        for id in ids {
            let (base, head) = (old.tests.get(id), new.tests.get(id));
            let Some(told) = head.or(base) else { continue };
            let both = [base, head].into_iter().flatten();
            if !both
                .flat_map(|test| &test.reads)
                .any(|read| below.contains(read))
            {
                continue;
            }
            let consumer = Consumer {
                name: Name::new("dbt", id),
                known_as: None,
                kind: "test".to_owned(),
                place: super::place(told, None),
                owners: told.owners.clone(),
                base: base.map(|test| tested(&self.base, test, &none)),
                head: head.map(|test| tested(&self.head, test, &self.gone)),
                test: true,
            };
            self.set.code.consumers.push(consumer);
        }
    }
}

/// What a test reads: by its SQL, else the column that it is attached to.
fn tested(side: &Side<'_>, test: &Node, gone: &Gone) -> Looks {
    if let Some(read) = reads(side, test, gone).filter(|read| read.gaps.is_empty()) {
        let columns = read.columns.into_iter();
        let columns: BTreeSet<(usize, String)> =
            columns.map(|read| (read.dataset, read.column)).collect();
        return Looks {
            datasets: read.datasets,
            columns: Some(columns.into_iter().collect()),
        };
    }
    let attached = test.tests.as_ref();
    let attached = attached.and_then(|(id, column)| Some((dataset(side.node(id)?)?, column)));
    if let Some((name, column)) = attached {
        return Looks {
            datasets: vec![name],
            columns: Some(vec![(0, column.clone())]),
        };
    }
    let nodes = test.reads.iter().filter_map(|id| side.node(id));
    Looks {
        datasets: nodes.filter_map(dataset).collect(),
        columns: None,
    }
}
