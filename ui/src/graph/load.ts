// From the API to a model, and the expansions of a graph as the URL has them.
import { graphql } from "../gql";
import type { Expansion, NeighbourhoodQuery, NodeRef } from "../gql/graphql";
import { type Model, parseId } from "./model";

export const NEIGHBOURHOOD = graphql(`
  query Neighbourhood($expand: [Expansion!]!, $part: GraphPart, $limit: Int, $asOf: DateTime) {
    neighbourhood(expand: $expand, part: $part, limit: $limit, asOf: $asOf) {
      leftOut
      nodes {
        id kind namespace name layer dropped ambiguous upstreamCount downstreamCount
        dataset { owners { name } columns(limit: 400) { name type } }
        job { owners { name } }
      }
      edges { from to inferred jobs { namespace name } }
      columnEdges { from fromColumn to toColumn indirect }
    }
  }
`);

/** Without columns and owners: for graphs of thousands. */
export const BONES = graphql(`
  query NeighbourhoodBones($expand: [Expansion!]!, $part: GraphPart, $limit: Int, $asOf: DateTime) {
    neighbourhood(expand: $expand, part: $part, limit: $limit, asOf: $asOf) {
      leftOut
      nodes { id kind namespace name layer dropped ambiguous upstreamCount downstreamCount }
      edges { from to inferred }
    }
  }
`);

type Answer = NeighbourhoodQuery["neighbourhood"];
type Loose = Omit<Answer, "nodes" | "edges" | "columnEdges"> & {
  nodes: (Omit<Answer["nodes"][number], "dataset" | "job"> & Partial<Answer["nodes"][number]>)[];
  edges: (Omit<Answer["edges"][number], "jobs"> & Partial<Answer["edges"][number]>)[];
  columnEdges?: Answer["columnEdges"];
};

/** Columns that lineage names though no schema lists them any more. They are part of the path. */
function withUnlisted(model: Model): Model {
  const known = new Map(
    model.nodes.map((node) => [node.id, new Set(node.columns.map((one) => one.name))]),
  );
  const missing = new Map<string, Set<string>>();
  const note = (id: string, column: string | null) => {
    if (column === null || known.get(id)?.has(column) !== false) return;
    missing.set(id, (missing.get(id) ?? new Set()).add(column));
  };
  for (const edge of model.columnEdges) {
    note(edge.from, edge.fromColumn);
    note(edge.to, edge.toColumn);
  }
  for (const node of model.nodes)
    for (const name of missing.get(node.id) ?? [])
      node.columns.push({ name, type: "not in schema" });
  return model;
}

export function toModel(answer: Loose): Model {
  return withUnlisted(bare(answer));
}

function bare(answer: Loose): Model {
  const id = (place: number) => answer.nodes[place]?.id ?? "";
  return {
    nodes: answer.nodes.map((node) => ({
      id: node.id,
      kind: node.kind === "JOB" ? "JOB" : "DATASET",
      namespace: node.namespace,
      name: node.name,
      layer: node.layer ?? null,
      dropped: node.dropped,
      ambiguous: node.ambiguous,
      up: node.upstreamCount,
      down: node.downstreamCount,
      owners: (node.dataset ?? node.job)?.owners.map((owner) => owner.name) ?? [],
      columns: node.dataset?.columns.map(({ name, type }) => ({ name, type: type ?? null })) ?? [],
    })),
    edges: answer.edges.map((edge) => ({
      from: id(edge.from),
      to: id(edge.to),
      inferred: edge.inferred,
      jobs: edge.jobs ?? [],
    })),
    columnEdges: (answer.columnEdges ?? []).map((edge) => ({
      from: id(edge.from),
      fromColumn: edge.fromColumn,
      to: id(edge.to),
      toColumn: edge.toColumn ?? null,
      indirect: edge.indirect,
    })),
  };
}

export function nodeRef(id: string): NodeRef | undefined {
  const { kind, parts } = parseId(id);
  const [namespace, name, column] = parts;
  if (namespace === undefined || name === undefined) return undefined;
  if (kind === "job") return { job: { namespace, name } };
  if (kind === "column" && column !== undefined) return { column: { namespace, name, column } };
  return { dataset: { namespace, name } };
}

/** One hop of an expansion shows this many neighbours; more on demand. */
export const STEP = 40;

/** An expansion as the URL has it: `u40:id`, `d40:id` one hop, `U:id`, `D:id` all hops, `n:id` alone. */
export interface Step {
  way: "u" | "d" | "U" | "D" | "n";
  limit: number;
  id: string;
}

export function readStep(text: string): Step | undefined {
  const found = /^([udUDn])(\d*):(.+)$/s.exec(text);
  if (!found) return undefined;
  return { way: found[1] as Step["way"], limit: Number(found[2]) || STEP, id: found[3] ?? "" };
}

export function writeStep(step: Step): string {
  const limited = step.way === "u" || step.way === "d";
  return `${step.way}${limited ? step.limit : ""}:${step.id}`;
}

export function stepsOf(focus: string | undefined, texts: string[]): Step[] {
  if (texts.length > 0) return texts.map(readStep).filter((step) => step !== undefined);
  if (!focus) return [];
  return [
    { way: "u", limit: STEP, id: focus },
    { way: "d", limit: STEP, id: focus },
  ];
}

export function expansions(focus: string | undefined, steps: Step[]): Expansion[] {
  const list: Expansion[] = [];
  const start = focus && nodeRef(focus);
  if (start) list.push({ node: start, depth: 0 });
  for (const step of steps) {
    const node = nodeRef(step.id);
    if (!node) continue;
    if (step.way === "n") list.push({ node, depth: 0 });
    else {
      const direction = step.way.toLowerCase() === "u" ? "UPSTREAM" : "DOWNSTREAM";
      const far = step.way === "U" || step.way === "D";
      list.push({ node, direction, depth: far ? 1000 : 1, limit: far ? undefined : step.limit });
    }
  }
  return list;
}
