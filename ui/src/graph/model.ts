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

/** What is lit when a column is pointed at, as places in the model and in its index. */
export interface Lit {
  /** The column that it starts from. */
  start: number;
  columns: number[];
  nodes: number[];
  /** Places in `Model.columnEdges`. */
  edges: number[];
}

/**
 * Columns and their edges as numbers, ready to be walked. Made once for a model. The columns of a node
 * follow each other, from `first[node]` to `first[node + 1]`, in the order of the node.
 */
export class ColumnIndex {
  readonly first: Int32Array;
  readonly nodeOf: Int32Array;
  /** Ends of the edges of columns; -1 where an edge leads to a whole dataset or to nothing known. */
  readonly fromColumn: Int32Array;
  readonly toColumn: Int32Array;
  readonly fromNode: Int32Array;
  readonly toNode: Int32Array;
  private readonly outOf: number[][];
  private readonly into: number[][];
  /** Edges to a whole dataset, by dataset. */
  private readonly whole: number[][];
  private readonly byName = new Map<string, number>();
  private readonly places: Map<string, number>;
  private last: { column: number; indirect: boolean; lit: Lit } | undefined;

  constructor(readonly model: Model) {
    const { nodes, columnEdges } = model;
    this.places = new Map(nodes.map((node, at) => [node.id, at]));
    this.first = new Int32Array(nodes.length + 1);
    for (const [at, node] of nodes.entries())
      this.first[at + 1] = (this.first[at] ?? 0) + node.columns.length;
    const count = this.first[nodes.length] ?? 0;
    this.nodeOf = new Int32Array(count);
    for (const [at, node] of nodes.entries()) {
      for (const [row, column] of node.columns.entries()) {
        const place = (this.first[at] ?? 0) + row;
        this.nodeOf[place] = at;
        this.byName.set(columnKey(node.id, column.name), place);
      }
    }
    const lists = (length: number) => Array.from({ length }, (): number[] => []);
    [this.outOf, this.into, this.whole] = [lists(count), lists(count), lists(nodes.length)];
    const numbers = () => new Int32Array(columnEdges.length).fill(-1);
    [this.fromColumn, this.toColumn] = [numbers(), numbers()];
    [this.fromNode, this.toNode] = [numbers(), numbers()];
    for (const [at, edge] of columnEdges.entries()) {
      const from = this.column(edge.from, edge.fromColumn) ?? -1;
      const to = edge.toColumn === null ? -1 : (this.column(edge.to, edge.toColumn) ?? -1);
      const [fromNode, toNode] = [this.places.get(edge.from) ?? -1, this.places.get(edge.to) ?? -1];
      this.fromColumn[at] = from;
      this.toColumn[at] = to;
      this.fromNode[at] = fromNode;
      this.toNode[at] = toNode;
      this.outOf[from]?.push(at);
      if (edge.toColumn === null) this.whole[toNode]?.push(at);
      else this.into[to]?.push(at);
    }
  }

  place(node: string): number | undefined {
    return this.places.get(node);
  }

  column(node: string, column: string): number | undefined {
    return this.byName.get(columnKey(node, column));
  }

  nameOf(column: number): { node: string; name: string } {
    const node = this.nodeOf[column] ?? 0;
    const of = this.model.nodes[node];
    return { node: of?.id ?? "", name: of?.columns[column - (this.first[node] ?? 0)]?.name ?? "" };
  }

  /** The whole path of a column: all that it is made from and all that is made from it. */
  path(column: number, indirect = true): Lit {
    if (this.last?.column === column && this.last.indirect === indirect) return this.last.lit;
    const edges = new Set<number>();
    const columns = new Set([column]);
    const nodes = new Set([this.nodeOf[column] ?? 0]);
    for (const down of [false, true]) this.walk(column, down, indirect, columns, nodes, edges);
    const lit = { start: column, columns: [...columns], nodes: [...nodes], edges: [...edges] };
    this.last = { column, indirect, lit };
    return lit;
  }

  private walk(
    start: number,
    down: boolean,
    indirect: boolean,
    columns: Set<number>,
    nodes: Set<number>,
    edges: Set<number>,
  ) {
    const seen = new Uint8Array(this.nodeOf.length);
    const queue = [start];
    seen[start] = 1;
    const visit = (column: number) => {
      if (column < 0 || seen[column]) return;
      seen[column] = 1;
      columns.add(column);
      nodes.add(this.nodeOf[column] ?? 0);
      queue.push(column);
    };
    const follow = (edge: number) => {
      if (!indirect && this.model.columnEdges[edge]?.indirect) return;
      edges.add(edge);
      if (!down) visit(this.fromColumn[edge] ?? -1);
      else if (this.model.columnEdges[edge]?.toColumn !== null) visit(this.toColumn[edge] ?? -1);
      else {
        // A filter or join key touches every column of what it helps to make.
        const to = this.toNode[edge] ?? -1;
        if (to < 0) return;
        nodes.add(to);
        for (let all = this.first[to] ?? 0; all < (this.first[to + 1] ?? 0); all += 1) visit(all);
      }
    };
    for (let at = 0; at < queue.length; at += 1) {
      const here = queue[at] ?? 0;
      for (const edge of (down ? this.outOf[here] : this.into[here]) ?? []) follow(edge);
      if (!down) for (const edge of this.whole[this.nodeOf[here] ?? 0] ?? []) follow(edge);
    }
  }

  /** Columns of a node that some edge of the model touches. */
  touched(node: string): Set<string> {
    const found = new Set<string>();
    const place = this.places.get(node);
    for (const [row, column] of (this.model.nodes[place ?? -1]?.columns ?? []).entries()) {
      const at = (this.first[place ?? 0] ?? 0) + row;
      if (this.into[at]?.length || this.outOf[at]?.length) found.add(column.name);
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

/** A model with the columns and column edges that another one, of some of its nodes, has. */
export function withColumns(model: Model, of: Model): Model {
  const columns = new Map(of.nodes.map((node) => [node.id, node.columns]));
  const nodes = model.nodes.map((node) => {
    const found = columns.get(node.id);
    return found ? { ...node, columns: found } : node;
  });
  const ids = new Set(model.nodes.map((node) => node.id));
  const columnEdges = of.columnEdges.filter((edge) => ids.has(edge.from) && ids.has(edge.to));
  return { ...model, nodes, columnEdges };
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
