//! What two versions of a project differ in: pairs of nodes (`pairs`), the columns of a pair
//! (`columns`), what they mean (`meaning`), what the code reads for the impact analysis (`code`), and who
//! only reads (`readers`).

mod code;
mod columns;
mod meaning;
mod pairs;
mod readers;

use std::collections::BTreeSet;

use super::columns::Side;
use super::lineage::{Gone, dataset};
use super::manifest::Node;
use super::project::Project;
use crate::impact::{Change, ChangeSet, Kind, Place};
use crate::sql::mentions;

/// A change set, and what it was read from.
#[derive(Debug)]
pub struct Compared {
    /// The changes, in a namespace that is not known yet (an empty one).
    pub set: ChangeSet,
    /// Models that were compared.
    pub models: usize,
}

/// Compares two versions of a project.
pub fn changes(base: &Project, head: &Project) -> Compared {
    let mut compare = Compare {
        base: Side::new(base, Some(head)),
        head: Side::new(head, Some(base)),
        set: ChangeSet {
            source: "dbt".to_owned(),
            ..ChangeSet::default()
        },
        changed: BTreeSet::new(),
        gone: Gone::new(),
    };
    let pairs = compare.pairs();
    let models = pairs.len();
    compare.whole_datasets(&pairs);
    let suspects = compare.suspects(&pairs);
    for (base, head) in &pairs {
        if let (Some(base), Some(head)) = (base, head)
            && suspects.contains(head.id.as_str())
        {
            compare.pair(base, head);
        }
    }
    compare.code(&pairs);
    compare.consumers();
    Compared {
        set: compare.set,
        models,
    }
}

type Pair<'p> = (Option<&'p Node>, Option<&'p Node>);

struct Compare<'p> {
    base: Side<'p>,
    head: Side<'p>,
    set: ChangeSet,
    /// Ids of nodes that are changed.
    changed: BTreeSet<String>,
    gone: Gone,
}

impl Compare<'_> {
    fn tell(&mut self, node: &Node, kind: Kind, place: Option<Place>, detail: Option<String>) {
        let Some(of) = dataset(node) else { return };
        self.changed.insert(node.id.clone());
        let promised = (node.contract && breaks_promise(&kind))
            .then(|| format!("dbt enforces a contract on {}", of.name));
        self.set.changes.push(Change {
            of,
            kind,
            place,
            detail,
            promised,
        });
    }
}

fn breaks_promise(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnRemoved(_)
            | Kind::ColumnRenamed(..)
            | Kind::ColumnRetyped(.., false)
            | Kind::DatasetRemoved
            | Kind::DatasetRenamed(_)
    )
}

/// Where a node is written, and the line that first names a column.
fn place(node: &Node, column: Option<&str>) -> Option<Place> {
    if node.file.is_empty() {
        return None;
    }
    let line = column.and_then(|column| {
        let wanted = column.to_lowercase();
        let has = |line: &str| mentions(&line.to_lowercase(), &wanted);
        let at = node.raw.lines().position(has)?;
        u32::try_from(at + 1).ok()
    });
    Some(Place {
        file: node.file.clone(),
        line,
    })
}
