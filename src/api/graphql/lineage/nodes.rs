//! The list of nodes, written at once.

use async_graphql::{Name, Result, ServerResult, Value};

use crate::catalog::Namer;
use crate::graph::Start;

use super::super::refs::Found;
use super::super::request::Budget;
use super::answer::{Answer, CHUNK, NodeTexts};
use super::list::{List, Rows};
use super::selection::{Handles, Picked, Shape, Typename, shared};
use super::types::LineageNode;
use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, OutputType};

enum Field {
    Typename,
    Id,
    Kind,
    Namespace,
    Name,
    Column,
    Layer,
    Depth,
    InCycle,
}

impl Typename for Field {
    fn typename() -> Self {
        Self::Typename
    }
}

fn read(picked: &Picked<'_>) -> ServerResult<Option<Field>> {
    Ok(Some(match picked.field {
        "id" => Field::Id,
        "kind" => Field::Kind,
        "namespace" => Field::Namespace,
        "name" => Field::Name,
        "column" => Field::Column,
        "layer" => Field::Layer,
        "depth" => Field::Depth,
        "inCycle" => Field::InCycle,
        _ => return Ok(None),
    }))
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
    ) -> ServerResult<Result<Vec<Value>>> {
        let type_name = "LineageNode";
        debug_assert_eq!(LineageNode::type_name(), type_name);
        let shape = Shape::new(ctx, sets, type_name, read)?;
        Ok(write(answer, budget, &shape))
    }
}

/// The list type of the schema.
pub type NodeList = List<Nodes>;

fn write(answer: &Answer, budget: &Budget, shape: &Shape<Field>) -> Result<Vec<Value>> {
    let count = answer.node_count();
    budget.charge(count)?;
    let ids: &[Name] = if shape.any(|field| matches!(field, Field::Id)) {
        answer.ids(budget)?
    } else {
        &[]
    };
    let cycles = if shape.any(|field| matches!(field, Field::InCycle)) {
        answer.cycles()
    } else {
        Vec::new()
    };
    let mut writer = Writer::new(ids, &cycles);
    let mut rows = Vec::with_capacity(count);
    // In pieces, so that whoever waits to write the catalog need not wait for all of them.
    while rows.len() < count {
        budget.check()?;
        let piece = rows.len()..count.min(rows.len() + CHUNK);
        answer.engine.catalog().names(|names| {
            for at in piece {
                let (node, depth) = answer.node(at);
                rows.push(shape.row(|field| writer.value(names, field, at, node, depth)));
            }
        });
    }
    Ok(rows)
}

struct Writer<'a> {
    ids: &'a [Name],
    cycles: &'a [bool],
    texts: NodeTexts,
    handles: Handles,
}

impl<'a> Writer<'a> {
    fn new(ids: &'a [Name], cycles: &'a [bool]) -> Self {
        Self {
            ids,
            cycles,
            texts: NodeTexts::default(),
            handles: Handles::default(),
        }
    }

    fn value(
        &mut self,
        names: &Namer<'_>,
        field: &Field,
        at: usize,
        node: Found,
        depth: u32,
    ) -> Value {
        let (namespace, name) = name_of(names, node);
        match field {
            Field::Typename => shared(&self.texts.typename),
            Field::Id => self.ids.get(at).map_or(Value::Null, shared),
            Field::Kind => shared(self.texts.kind(node)),
            Field::Namespace => self.handles.value(namespace),
            Field::Name => Value::String(name.to_owned()),
            Field::Column => match node {
                Found::Column(column) => Value::String(names.column(column).to_owned()),
                Found::Node(_) => Value::Null,
            },
            Field::Layer => self.handles.optional(layer_of(names, node)),
            Field::Depth => Value::from(depth),
            Field::InCycle => Value::Boolean(self.cycles.get(at).copied().unwrap_or_default()),
        }
    }
}

pub fn name_of<'n>(names: &'n Namer<'_>, node: Found) -> (&'n str, &'n str) {
    match node {
        Found::Node(Start::Dataset(id)) => names.dataset(id),
        Found::Node(Start::Job(id)) => names.job(id),
        Found::Column(column) => names.dataset(column.dataset),
    }
}

fn layer_of<'n>(names: &'n Namer<'_>, node: Found) -> Option<&'n str> {
    match node {
        Found::Node(Start::Dataset(id)) => names.layer(id),
        Found::Node(Start::Job(_)) => None,
        Found::Column(column) => names.layer(column.dataset),
    }
}
