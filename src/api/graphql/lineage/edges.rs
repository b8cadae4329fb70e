//! The list of edges, written at once.

use ahash::HashMap;
use async_graphql::parser::types::SelectionSet;
use async_graphql::{ContextSelectionSet, OutputType, Result, ServerResult};

use crate::graph::WalkEdge;

use super::super::request::Budget;
use super::answer::{Answer, CHUNK, Walked};
use super::evidence::{self, EvidenceShape};
use super::list::{List, Rows};
use super::selection::{Picked, Shape, Written, json};
use super::types::LineageEdge;

enum Field {
    From,
    To,
    Kind,
    /// By its place among the selections of evidence: aliases may select it more than once.
    Evidence(usize),
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
    ) -> ServerResult<Result<Vec<u8>>> {
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
) -> Result<Vec<u8>> {
    let edges = answer.edges();
    let count = groups(edges).count();
    budget.charge(count)?;
    let none = Written::default();
    let ids = if shape.any(|field| matches!(field, Field::From | Field::To)) {
        answer.ids(budget)?
    } else {
        &none
    };
    let mut behind = Vec::new();
    for one in evidence {
        behind.push(Behind::new(answer, budget, one, edges)?);
    }
    let mut kinds = Kinds::new(answer);
    let mut out = vec![b'['];
    for (at, group) in groups(edges).enumerate() {
        if at % CHUNK == 0 {
            budget.check()?;
        }
        if at == CHUNK {
            json::make_room(&mut out, at, count);
        }
        if at > 0 {
            out.push(b',');
        }
        shape.row(&mut out, |out, field| match field {
            Field::From => out.extend_from_slice(ids.get(group[0].from as usize)),
            Field::To => out.extend_from_slice(ids.get(group[0].to as usize)),
            Field::Kind => json::text(out, kinds.of(group)),
            Field::Evidence(which) => behind[*which].write(out, at, group),
        });
    }
    out.push(b']');
    Ok(out)
}

/// The evidence of all edges, as it was selected.
enum Behind {
    /// Between datasets and jobs: one for each flow, in the order of the numbers of flows.
    Flows(Vec<u32>, Written),
    /// Between columns: a list for each row.
    Links(Written),
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
                let written = evidence::of_flows(answer, budget, shape, &flows)?;
                Ok(Self::Flows(flows, written))
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

    fn write(&self, out: &mut Vec<u8>, at: usize, group: &[WalkEdge]) {
        match self {
            Self::Flows(flows, written) => {
                let each = group
                    .iter()
                    .filter_map(|edge| flows.binary_search(&edge.by).ok());
                // A flow that was forgotten since the graph was read has left nothing.
                let each = each.map(|at| written.get(at)).filter(|one| !one.is_empty());
                json::list(out, each, Vec::extend_from_slice);
            }
            Self::Links(written) => out.extend_from_slice(written.get(at)),
        }
    }
}

/// The kinds of edges.
struct Kinds<'a> {
    answer: &'a Answer,
    told: HashMap<u32, bool>,
}

impl<'a> Kinds<'a> {
    fn new(answer: &'a Answer) -> Self {
        Self {
            answer,
            told: HashMap::default(),
        }
    }

    fn of(&mut self, group: &[WalkEdge]) -> &'static str {
        let graph = &self.answer.graph;
        match &self.answer.walked {
            Walked::Datasets(_) => {
                let told = &mut self.told;
                let mut is_told = |flow| *told.entry(flow).or_insert_with(|| graph.is_told(flow));
                if group.iter().any(|edge| is_told(edge.by)) {
                    "DECLARED"
                } else {
                    "INFERRED"
                }
            }
            Walked::Columns(_) if group.iter().any(|edge| edge.by == 0) => "DIRECT",
            Walked::Columns(_) => "INDIRECT",
        }
    }
}
