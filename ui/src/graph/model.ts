// The lineage graph as the browser holds it: pure data and questions to it. No drawing, no network.

export interface GNode {
  id: string;
  kind: "DATASET" | "JOB";
  namespace: string;
  name: string;
  layer: string | null;
  dropped: boolean;
  ambiguous: boolean;
  /** Neighbours upstream, drawn or not. */
  up: number;
  /** Neighbours downstream, drawn or not. */
  down: number;
  owners: string[];
  columns: { name: string; type: string | null }[];
}

export interface GEdge {
  from: string;
  to: string;
  inferred: boolean;
  jobs: { namespace: string; name: string }[];
}

/** An edge between columns; without a column at its end it leads to the whole dataset. */
export interface CEdge {
  from: string;
  fromColumn: string;
  to: string;
  toColumn: string | null;
  indirect: boolean;
}

export interface Model {
  nodes: GNode[];
  edges: GEdge[];
  columnEdges: CEdge[];
}

export const EMPTY: Model = { nodes: [], edges: [], columnEdges: [] };

/** "In no layer", where a layer is named in a URL. */
export const NO_LAYER = "(none)";

/** A column within the model. */
export const columnKey = (node: string, column: string) => `${node}\u0000${column}`;

export const edgeKey = (edge: { from: string; to: string }) => `${edge.from}\u0000${edge.to}`;

/** Parts of an id, as the server writes it. */
export function parseId(id: string): { kind: string; parts: string[] } {
  const [kind = "", ...parts] = id.split("|");
  return { kind, parts: parts.map((part) => part.replace(/%7C/gi, "|").replace(/%25/g, "%")) };
}

export function makeId(kind: string, ...parts: string[]): string {
  return [kind, ...parts.map((part) => part.replace(/%/g, "%25").replace(/\|/g, "%7C"))].join("|");
}

/** What is lit when a column is pointed at. */
export interface Lit {
  start: string;
  columns: Set<string>;
  nodes: Set<string>;
  edges: CEdge[];
}

/** Columns and their edges, ready to be walked. Made once for a model. */
export class ColumnIndex {
  private readonly into = new Map<string, CEdge[]>();
  private readonly outOf = new Map<string, CEdge[]>();
  /** Edges to a whole dataset, by dataset. */
  private readonly whole = new Map<string, CEdge[]>();
  private readonly columnsOf = new Map<string, string[]>();

  constructor(model: Model) {
    const put = (map: Map<string, CEdge[]>, key: string, edge: CEdge) => {
      const held = map.get(key);
      if (held) held.push(edge);
      else map.set(key, [edge]);
    };
    for (const node of model.nodes) {
      this.columnsOf.set(
        node.id,
        node.columns.map((column) => column.name),
      );
    }
    for (const edge of model.columnEdges) {
      put(this.outOf, columnKey(edge.from, edge.fromColumn), edge);
      if (edge.toColumn === null) put(this.whole, edge.to, edge);
      else put(this.into, columnKey(edge.to, edge.toColumn), edge);
    }
  }

  /** The whole path of a column: all that it is made from and all that is made from it. */
  path(node: string, column: string, indirect = true): Lit {
    const start = columnKey(node, column);
    const lit: Lit = { start, columns: new Set([start]), nodes: new Set([node]), edges: [] };
    const edges = new Set<CEdge>();
    this.walk(node, column, false, indirect, lit, edges);
    this.walk(node, column, true, indirect, lit, edges);
    lit.edges = [...edges];
    return lit;
  }

  private walk(
    node: string,
    column: string,
    down: boolean,
    indirect: boolean,
    lit: Lit,
    edges: Set<CEdge>,
  ) {
    const queue: [string, string][] = [[node, column]];
    const seen = new Set([columnKey(node, column)]);
    const visit = (atNode: string, atColumn: string) => {
      const key = columnKey(atNode, atColumn);
      lit.columns.add(key);
      lit.nodes.add(atNode);
      if (seen.has(key)) return;
      seen.add(key);
      queue.push([atNode, atColumn]);
    };
    for (let at = 0; at < queue.length; at += 1) {
      const [here, name] = queue[at] ?? ["", ""];
      for (const edge of this.next(here, name, down)) {
        if (edge.indirect && !indirect) continue;
        edges.add(edge);
        if (!down) visit(edge.from, edge.fromColumn);
        else if (edge.toColumn !== null) visit(edge.to, edge.toColumn);
        else {
          // A filter or join key touches every column of what it helps to make.
          lit.nodes.add(edge.to);
          for (const all of this.columnsOf.get(edge.to) ?? []) visit(edge.to, all);
        }
      }
    }
  }

  private next(node: string, column: string, down: boolean): CEdge[] {
    const key = columnKey(node, column);
    if (down) return this.outOf.get(key) ?? [];
    return [...(this.into.get(key) ?? []), ...(this.whole.get(node) ?? [])];
  }

  /** Columns of a node that some edge of the model touches. */
  touched(node: string): Set<string> {
    const found = new Set<string>();
    for (const column of this.columnsOf.get(node) ?? []) {
      const key = columnKey(node, column);
      if (this.into.has(key) || this.outOf.has(key)) found.add(column);
    }
    return found;
  }
}

/** The part of a model that `keep` wants, with the edges among it. */
export function part(model: Model, keep: (node: GNode) => boolean): Model {
  const nodes = model.nodes.filter(keep);
  if (nodes.length === model.nodes.length) return model;
  const ids = new Set(nodes.map((node) => node.id));
  const inside = (edge: { from: string; to: string }) => ids.has(edge.from) && ids.has(edge.to);
  return {
    nodes,
    edges: model.edges.filter(inside),
    columnEdges: model.columnEdges.filter(inside),
  };
}

/** How many of a node's neighbours are in the model. */
export function shownNeighbours(model: Model): Map<string, { up: number; down: number }> {
  const shown = new Map(model.nodes.map((node) => [node.id, { up: 0, down: 0 }]));
  for (const edge of model.edges) {
    if (edge.from === edge.to) continue;
    const [from, to] = [shown.get(edge.from), shown.get(edge.to)];
    if (from) from.down += 1;
    if (to) to.up += 1;
  }
  return shown;
}

/** All nodes from which one can be reached, or that can be reached from it, with itself. */
export function reach(model: Model, start: string): Set<string> {
  const found = new Set([start]);
  for (const down of [true, false]) {
    const next = new Map<string, string[]>();
    for (const edge of model.edges) {
      const [near, far] = down ? [edge.from, edge.to] : [edge.to, edge.from];
      const held = next.get(near);
      if (held) held.push(far);
      else next.set(near, [far]);
    }
    const seen = new Set([start]);
    const queue = [start];
    for (let at = 0; at < queue.length; at += 1) {
      for (const far of next.get(queue[at] ?? "") ?? []) {
        if (seen.has(far)) continue;
        seen.add(far);
        found.add(far);
        queue.push(far);
      }
    }
  }
  return found;
}

/** Two models of different times as one, and what is only in one of them. */
export function differ(before: Model, after: Model) {
  const [was, is] = [
    new Map(before.nodes.map((n) => [n.id, n])),
    new Map(after.nodes.map((n) => [n.id, n])),
  ];
  const edgesWere = new Map(before.edges.map((edge) => [edgeKey(edge), edge]));
  const edgesAre = new Map(after.edges.map((edge) => [edgeKey(edge), edge]));
  const change = new Map<string, "added" | "removed">();
  for (const id of is.keys()) if (!was.has(id)) change.set(id, "added");
  for (const id of was.keys()) if (!is.has(id)) change.set(id, "removed");
  for (const key of edgesAre.keys()) if (!edgesWere.has(key)) change.set(key, "added");
  for (const key of edgesWere.keys()) if (!edgesAre.has(key)) change.set(key, "removed");
  const model: Model = {
    nodes: [...new Map([...was, ...is]).values()],
    edges: [...new Map([...edgesWere, ...edgesAre]).values()],
    columnEdges: after.columnEdges,
  };
  return { model, change };
}
