//! The list of nodes, written at once.

use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, OutputType, Result, ServerResult};

use crate::catalog::{NOW, Namer};
use crate::engine::Evaluated;
use crate::graph::Start;
use crate::openlineage::EventTime;

use super::super::refs::Found;
use super::super::request::Budget;
use super::answer::{Answer, CHUNK};
use super::list::{List, Rows};
use super::selection::{Picked, Shape, Written, json};
use super::types::LineageNode;

enum Field {
    Id,
    Kind,
    Namespace,
    Name,
    Column,
    Layer,
    Ambiguous,
    Dropped,
    Depth,
    InCycle,
}

fn read(picked: &Picked<'_>) -> Option<Field> {
    Some(match picked.field {
        "id" => Field::Id,
        "kind" => Field::Kind,
        "namespace" => Field::Namespace,
        "name" => Field::Name,
        "column" => Field::Column,
        "layer" => Field::Layer,
        "ambiguous" => Field::Ambiguous,
        "dropped" => Field::Dropped,
        "depth" => Field::Depth,
        "inCycle" => Field::InCycle,
        _ => return None,
    })
}

/// `Lineage.nodes`.
pub struct Nodes;

impl Rows for Nodes {
    type Type = LineageNode;

    fn write(
        answer: &Answer,
        budget: &Budget,
        ctx: &ContextSelectionSet<'_>,
        sets: &[&SelectionSet],
    ) -> ServerResult<Result<Vec<u8>>> {
        let type_name = "LineageNode";
        debug_assert_eq!(LineageNode::type_name(), type_name);
        let shape = Shape::new(ctx, sets, type_name, |picked| Ok(read(picked)))?;
        Ok(write(answer, budget, &shape))
    }
}

/// The list type of the schema.
pub type NodeList = List<Nodes>;

fn write(answer: &Answer, budget: &Budget, shape: &Shape<Field>) -> Result<Vec<u8>> {
    let count = answer.node_count();
    budget.charge(count)?;
    let none = Written::default();
    let ids = if shape.any(|field| matches!(field, Field::Id)) {
        answer.ids(budget)?
    } else {
        &none
    };
    let cycles = if shape.any(|field| matches!(field, Field::InCycle)) {
        answer.cycles()
    } else {
        Vec::new()
    };
    let mut out = vec![b'['];
    let policy = answer.engine.contracts();
    let then = answer.past.as_ref().map_or(NOW, |past| past.at);
    let mut at = 0;
    // In pieces, so that whoever waits to write the catalog need not wait for all of them.
    while at < count {
        budget.check()?;
        if at == CHUNK {
            json::make_room(&mut out, at, count);
        }
        let piece = at..count.min(at + CHUNK);
        at = piece.end;
        answer.engine.catalog().names(|names| {
            for at in piece {
                if at > 0 {
                    out.push(b',');
                }
                let (node, depth) = answer.node(at);
                shape.row(&mut out, |out, field| match field {
                    Field::Id => out.extend_from_slice(ids.get(at)),
                    Field::Depth => json::value(out, depth),
                    Field::InCycle => json::value(out, cycles.get(at)),
                    Field::Dropped => json::value(out, is_dropped(names, node, then)),
                    Field::Layer => json::value(out, layer_of(names, policy.as_deref(), node)),
                    field => write_name(out, names, field, node),
                });
            }
        });
    }
    out.push(b']');
    Ok(out)
}

fn write_name(out: &mut Vec<u8>, names: &Namer<'_>, field: &Field, node: Found) {
    match field {
        Field::Kind => json::text(out, node.kind().in_schema()),
        Field::Namespace => json::text(out, name_of(names, node).0),
        Field::Name => json::text(out, name_of(names, node).1),
        Field::Ambiguous => json::value(out, is_ambiguous(names, node)),
        Field::Column => match node {
            Found::Column(column) => json::text(out, names.column(column)),
            Found::Node(_) => out.extend_from_slice(b"null"),
        },
        Field::Id | Field::Layer | Field::Depth | Field::InCycle | Field::Dropped => {}
    }
}

/// Namespace and name of a node; of a column, those of its dataset.
pub fn name_of<'n>(names: &'n Namer<'_>, node: Found) -> (&'n str, &'n str) {
    match node {
        Found::Node(Start::Dataset(id)) => names.dataset(id),
        Found::Node(Start::Job(id)) => names.job(id),
        Found::Column(column) => names.dataset(column.dataset),
    }
}

/// Whether a dataset is dropped now, and was by that time.
fn is_dropped(names: &Namer<'_>, node: Found, then: EventTime) -> bool {
    let dropped = |id| names.dropped_since(id).is_some_and(|since| since <= then);
    match node {
        Found::Node(Start::Dataset(id)) => dropped(id),
        Found::Node(Start::Job(_)) => false,
        Found::Column(column) => dropped(column.dataset),
    }
}

fn is_ambiguous(names: &Namer<'_>, node: Found) -> bool {
    match node {
        Found::Node(Start::Dataset(id)) => names.is_ambiguous(id),
        Found::Node(Start::Job(_)) => false,
        Found::Column(column) => names.is_ambiguous(column.dataset),
    }
}

fn layer_of<'n>(
    names: &'n Namer<'_>,
    policy: Option<&'n Evaluated>,
    node: Found,
) -> Option<&'n str> {
    match node {
        Found::Node(Start::Dataset(id)) => layer_of_dataset(names, policy, id),
        Found::Node(Start::Job(_)) => None,
        Found::Column(column) => layer_of_dataset(names, policy, column.dataset),
    }
}

/// By the policy where there is one, else by the dataset's tag.
pub fn layer_of_dataset<'n>(
    names: &'n Namer<'_>,
    policy: Option<&'n Evaluated>,
    id: u32,
) -> Option<&'n str> {
    match policy {
        Some(policy) => policy.layer_name(id),
        None => names.layer(id),
    }
}
