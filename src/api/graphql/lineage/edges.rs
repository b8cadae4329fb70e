//! The list of edges, written at once.

use ahash::HashMap;
use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, Name, OutputType, Result, ServerResult, Value};

use crate::graph::WalkEdge;

use super::super::request::Budget;
use super::answer::{Answer, Walked};
use super::evidence::{self, EvidenceShape};
use super::list::{List, Rows};
use super::selection::{Picked, Shape, Typename, shared};
use super::types::LineageEdge;

enum Field {
    Typename,
    From,
    To,
    Kind,
    /// By its place among the selections of evidence: aliases may select it more than once.
    Evidence(usize),
}

impl Typename for Field {
    fn typename() -> Self {
        Self::Typename
    }
}

/// `Lineage.edges`.
pub struct Edges;

impl Rows for Edges {
    type Type = LineageEdge;

    fn write(
        answer: &Answer,
        budget: &Budget,
        ctx: &ContextSelectionSet<'_>,
        sets: &[&SelectionSet],
    ) -> ServerResult<Result<Vec<Value>>> {
        let type_name = "LineageEdge";
        debug_assert_eq!(LineageEdge::type_name(), type_name);
        let mut evidence = Vec::new();
        let shape = Shape::new(ctx, sets, type_name, |picked: &Picked<'_>| {
            Ok(Some(match picked.field {
                "from" => Field::From,
                "to" => Field::To,
                "kind" => Field::Kind,
                "evidence" => {
                    evidence.push(evidence::shape(ctx, &picked.below)?);
                    Field::Evidence(evidence.len() - 1)
                }
                _ => return Ok(None),
            }))
        })?;
        Ok(write(answer, budget, &shape, &evidence))
    }
}

/// The list type of the schema.
pub type EdgeList = List<Edges>;

/// Edges between the same two nodes stand side by side; together they are one row.
fn groups(edges: &[WalkEdge]) -> impl Iterator<Item = &[WalkEdge]> {
    edges.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to))
}

fn write(
    answer: &Answer,
    budget: &Budget,
    shape: &Shape<Field>,
    evidence: &[EvidenceShape],
) -> Result<Vec<Value>> {
    let edges = answer.edges();
    let count = groups(edges).count();
    budget.charge(count)?;
    let ids: &[Name] = if shape.any(|field| matches!(field, Field::From | Field::To)) {
        answer.ids(budget)?
    } else {
        &[]
    };
    let mut behind = Vec::new();
    for one in evidence {
        behind.push(Behind::new(answer, budget, one, edges)?);
    }
    let mut kinds = Kinds::new(answer);
    let typename = Name::new("LineageEdge");
    let id = |at: u32| ids.get(at as usize).map_or(Value::Null, shared);
    let mut rows = Vec::with_capacity(count);
    for (at, group) in groups(edges).enumerate() {
        if at % 4096 == 0 {
            budget.check()?;
        }
        rows.push(shape.row(|field| match field {
            Field::Typename => shared(&typename),
            Field::From => id(group[0].from),
            Field::To => id(group[0].to),
            Field::Kind => kinds.value(group),
            Field::Evidence(which) => behind[*which].value(at, group),
        }));
    }
    Ok(rows)
}

/// The evidence of all edges, as it was selected.
enum Behind {
    /// Between datasets and jobs: by flow.
    Flows(HashMap<u32, Value>),
    /// Between columns: by row.
    Links(Vec<Value>),
}

impl Behind {
    fn new(
        answer: &Answer,
        budget: &Budget,
        shape: &EvidenceShape,
        edges: &[WalkEdge],
    ) -> Result<Self> {
        match &answer.walked {
            Walked::Datasets(_) => {
                let mut flows: Vec<u32> = edges.iter().map(|edge| edge.by).collect();
                flows.sort_unstable();
                flows.dedup();
                evidence::of_flows(answer, budget, shape, &flows).map(Self::Flows)
            }
            Walked::Columns(walk) => {
                let column = |at: u32| walk.nodes[at as usize].0;
                let pairs: Vec<_> = groups(edges)
                    .map(|group| (column(group[0].from), column(group[0].to)))
                    .collect();
                evidence::of_links(answer, budget, shape, &pairs).map(Self::Links)
            }
        }
    }

    fn value(&mut self, at: usize, group: &[WalkEdge]) -> Value {
        match self {
            Self::Flows(by_flow) => {
                let flows = group.iter().filter_map(|edge| by_flow.get(&edge.by));
                Value::List(flows.cloned().collect())
            }
            Self::Links(rows) => rows.get_mut(at).map(std::mem::take).unwrap_or_default(),
        }
    }
}

/// The kinds of edges, with their texts.
struct Kinds<'a> {
    answer: &'a Answer,
    told: HashMap<u32, bool>,
    texts: [Name; 4],
}

impl<'a> Kinds<'a> {
    fn new(answer: &'a Answer) -> Self {
        Self {
            answer,
            told: HashMap::default(),
            texts: ["DECLARED", "INFERRED", "DIRECT", "INDIRECT"].map(Name::new),
        }
    }

    fn value(&mut self, group: &[WalkEdge]) -> Value {
        let graph = &self.answer.graph;
        let [declared, inferred, direct, indirect] = &self.texts;
        let text = match &self.answer.walked {
            Walked::Datasets(_) => {
                let told = &mut self.told;
                let mut is_told = |flow| *told.entry(flow).or_insert_with(|| graph.is_told(flow));
                if group.iter().any(|edge| is_told(edge.by)) {
                    declared
                } else {
                    inferred
                }
            }
            Walked::Columns(_) if group.iter().any(|edge| edge.by == 0) => direct,
            Walked::Columns(_) => indirect,
        };
        shared(text)
    }
}
