//! What a model reads, in the words of the impact analysis.

use std::collections::HashMap;

use super::columns::{Columns, Side};
use super::manifest::{Node, NodeKind};
use crate::impact::{Name, ReadColumn, Reads};
use crate::sql::{Gap, StatementLineage, Use};

/// Columns that nodes had before the change and have no more, by node.
pub type Gone = HashMap<String, Vec<String>>;

/// The dataset of a node, in a namespace that is not known yet.
pub fn dataset(node: &Node) -> Option<Name> {
    Some(Name::new("", node.relation.as_ref()?.join(".")))
}

/// What a node reads. With `gone`, a column that is read by name though it is gone counts as read.
pub fn reads(side: &Side<'_>, node: &Node, gone: &Gone) -> Option<Reads> {
    if matches!(node.kind, NodeKind::Seed | NodeKind::Source) {
        return None;
    }
    let reading = side.reading(node);
    let mut filling = Filling {
        names: reading
            .nodes
            .iter()
            .map(|id| side.node(id).and_then(dataset))
            .collect(),
        places: HashMap::new(),
        reads: Reads::default(),
    };
    let Some(statement) = side.statement(node) else {
        // It may read any of what it depends on.
        for (at, id) in reading.nodes.iter().enumerate() {
            if *id != node.id {
                filling.place(at);
            }
        }
        filling.reads.gaps.push(why_not(side, node));
        return Some(filling.reads);
    };
    if statement.columns.is_empty() && !statement.gaps.is_empty() {
        for at in 0..reading.nodes.len().saturating_sub(1) {
            filling.place(at);
        }
    }
    for &relation in &statement.reads {
        filling.place(relation);
    }
    let missing = missing(&statement, gone, &reading.nodes);
    if missing.is_empty() {
        filling.fill(&statement, |_, _| true);
        filling.reads.gaps.extend(gaps(&statement));
        return Some(filling.reads);
    }
    let Some(again) = side.read_statement(node, &missing) else {
        filling.fill(&statement, |_, _| true);
        filling.reads.gaps.extend(gaps(&statement));
        return Some(filling.reads);
    };
    // What only a star hands on is not read by name: it is gone from the model as well.
    let own = side.columns(node);
    let is_gone = |used: &Use| {
        let id = reading.nodes.get(used.relation);
        missing.iter().any(|(node, columns)| {
            Some(node) == id && columns.iter().any(|c| c.eq_ignore_ascii_case(&used.column))
        })
    };
    filling.fill(&again, |used, to| {
        !is_gone(used) || to.is_none_or(|to| has(&own, to))
    });
    filling.reads.gaps.extend(gaps(&again));
    Some(filling.reads)
}

fn has(columns: &Columns, name: &str) -> bool {
    columns.get(name).is_some()
}

/// Columns that a statement names though no relation has them, and one had them before.
fn missing(
    statement: &StatementLineage,
    gone: &Gone,
    nodes: &[String],
) -> Vec<(String, Vec<String>)> {
    let unknown: Vec<&str> = statement
        .gaps
        .iter()
        .filter_map(|gap| match gap {
            Gap::UnknownColumn(name) => name.rsplit('.').next(),
            _ => None,
        })
        .collect();
    let held = nodes.iter().filter_map(|id| {
        let columns = gone.get(id)?.iter();
        let named = columns.filter(|c| unknown.iter().any(|name| name.eq_ignore_ascii_case(c)));
        let named: Vec<String> = named.cloned().collect();
        (!named.is_empty()).then(|| (id.clone(), named))
    });
    held.collect()
}

/// What a model reads, while it is collected: only datasets that are read are in it.
struct Filling {
    /// The dataset of each relation.
    names: Vec<Option<Name>>,
    /// Its place among those that are read.
    places: HashMap<usize, usize>,
    reads: Reads,
}

impl Filling {
    fn place(&mut self, relation: usize) -> Option<usize> {
        if let Some(&place) = self.places.get(&relation) {
            return Some(place);
        }
        let name = self.names.get(relation)?.clone()?;
        let place = self.reads.datasets.len();
        self.reads.datasets.push(name);
        self.places.insert(relation, place);
        Some(place)
    }

    fn column(&mut self, used: &Use, to: Option<&str>) {
        let Some(dataset) = self.place(used.relation) else {
            return;
        };
        self.reads.columns.push(ReadColumn {
            dataset,
            column: used.column.clone(),
            to: to.map(str::to_owned),
            indirect: to.is_none() || !used.kinds.is_direct(),
        });
    }

    fn fill(&mut self, statement: &StatementLineage, keep: impl Fn(&Use, Option<&str>) -> bool) {
        for column in &statement.columns {
            let to = Some(column.name.as_str());
            for used in column.sources.iter().filter(|used| keep(used, to)) {
                self.column(used, to);
            }
        }
        for used in statement.indirect.iter().filter(|used| keep(used, None)) {
            self.column(used, None);
        }
    }
}

fn gaps(statement: &StatementLineage) -> Vec<String> {
    let mut gaps: Vec<String> = statement.gaps.iter().map(ToString::to_string).collect();
    if statement.more_columns && gaps.is_empty() {
        gaps.push("a star over columns that are not all known".to_owned());
    }
    gaps
}

/// Why nothing is known of what a node reads.
fn why_not(side: &Side<'_>, node: &Node) -> String {
    if node.language != "sql" {
        return format!("it is written in {}, which is not read", node.language);
    }
    match side.project.sql(node) {
        None => "its compiled SQL is missing; run `dbt compile`".to_owned(),
        Some(_) => "its SQL is not one query".to_owned(),
    }
}
