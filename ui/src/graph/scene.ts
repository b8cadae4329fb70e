// What is drawn and where, as numbers: nodes, their columns, the lines between. The nodes of the page, the
// canvas, the lit path and the files that are exported all take it from here.
import type { Layout } from "./layout";
import { portOf, type Task } from "./layout";
import type { ColumnIndex } from "./model";
import { edgeKey } from "./model";
import { type Ends, type Pen, trace } from "./route";
import { HEAD, ROW } from "./sizes";

export interface Rows {
  columns: { name: string; type: string | null }[];
  more: number;
}

/** The columns of the grid by which nodes are found. */
const CELL = 900;

export interface Hit {
  node: number;
  /** The row of the node that is pointed at, if it is one. */
  row?: number;
}

export class Scene {
  private readonly edgeAt = new Map<string, number>();
  private readonly back: Set<number>;
  /** The row in which each column of the index is listed, or -1. */
  private readonly rowOf: Int32Array;
  private readonly cells = new Map<string, number[]>();
  private readonly tallest: number;
  /** Places of the ends of each edge between datasets. */
  readonly pairs: [number, number][];

  constructor(
    readonly index: ColumnIndex,
    readonly layout: Layout,
    readonly boxes: Task["boxes"],
    readonly rows: Map<string, Rows>,
  ) {
    const { model } = index;
    this.back = new Set(layout.back);
    for (const [at, edge] of model.edges.entries()) this.edgeAt.set(edgeKey(edge), at);
    this.pairs = model.edges.map((edge) => [
      index.place(edge.from) ?? 0,
      index.place(edge.to) ?? 0,
    ]);
    this.rowOf = new Int32Array(index.nodeOf.length).fill(-1);
    for (const node of model.nodes) {
      for (const [row, column] of (rows.get(node.id)?.columns ?? []).entries()) {
        const place = index.column(node.id, column.name);
        if (place !== undefined) this.rowOf[place] = row;
      }
    }
    this.tallest = boxes.reduce((most, box) => Math.max(most, box.height), 0);
    for (const at of boxes.keys()) {
      const key = `${Math.floor(this.x(at) / CELL)},${Math.floor(this.y(at) / CELL)}`;
      const held = this.cells.get(key);
      if (held) held.push(at);
      else this.cells.set(key, [at]);
    }
  }

  x = (node: number) => this.layout.x[node] ?? 0;
  y = (node: number) => this.layout.y[node] ?? 0;
  width = (node: number) => this.boxes[node]?.width ?? 0;
  height = (node: number) => this.boxes[node]?.height ?? 0;

  /** The nodes that have a part in view, by a grid: without a look at all of them. */
  within(left: number, top: number, right: number, bottom: number): number[] {
    const found: number[] = [];
    const wide = this.boxes[0]?.width ?? 0;
    for (let x = Math.floor((left - wide) / CELL); x <= Math.floor(right / CELL); x += 1)
      for (let y = Math.floor((top - this.tallest) / CELL); y <= Math.floor(bottom / CELL); y += 1)
        for (const node of this.cells.get(`${x},${y}`) ?? []) {
          if (this.x(node) > right || this.x(node) + this.width(node) < left) continue;
          if (this.y(node) > bottom || this.y(node) + this.height(node) < top) continue;
          found.push(node);
        }
    return found;
  }

  hit(x: number, y: number): Hit | undefined {
    const node = this.within(x, y, x, y)[0];
    if (node === undefined) return undefined;
    const row = Math.floor((y - this.y(node) - HEAD - 4) / ROW);
    const listed = this.rowsOf(node)?.columns.length ?? 0;
    return row >= 0 && row < listed ? { node, row } : { node };
  }

  rowsOf(node: number): Rows | undefined {
    return this.rows.get(this.index.model.nodes[node]?.id ?? "");
  }

  /** The column of the index that a row of a node shows. */
  columnAt({ node, row }: Hit): number | undefined {
    const id = this.index.model.nodes[node]?.id ?? "";
    const name = row === undefined ? undefined : this.rows.get(id)?.columns[row]?.name;
    return name === undefined ? undefined : this.index.column(id, name);
  }

  /** Top of the row of a column, if it is listed. */
  rowTop(column: number): number | undefined {
    const row = this.rowOf[column] ?? -1;
    if (row < 0) return undefined;
    return this.y(this.index.nodeOf[column] ?? 0) + HEAD + 4 + row * ROW;
  }

  private port(node: number, column: number): number {
    const top = column < 0 ? undefined : this.rowTop(column);
    return top === undefined ? this.y(node) + portOf(this.height(node)) : top + ROW / 2;
  }

  private ends(from: number, to: number, fromColumn = -1, toColumn = -1): Ends {
    return {
      x1: this.x(from) + this.width(from),
      y1: this.port(from, fromColumn),
      x2: this.x(to),
      y2: this.port(to, toColumn),
    };
  }

  isBack(edge: number): boolean {
    return this.back.has(edge);
  }

  /** Draws an edge between datasets, by its place in the model. */
  edge(pen: Pen, edge: number, straight = false) {
    const [from, to] = this.pairs[edge] ?? [0, 0];
    trace(pen, this.ends(from, to), this.layout.routes[edge] ?? [], this.back.has(edge), straight);
  }

  /** The lowest and highest that an edge is drawn at, and its left and right. */
  bounds(edge: number): [number, number, number, number] {
    const [from, to] = this.pairs[edge] ?? [0, 0];
    const { x1, y1, x2, y2 } = this.ends(from, to);
    const way = this.layout.routes[edge] ?? [];
    let [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
    for (let at = 2; at < way.length; at += 3) {
      top = Math.min(top, way[at] ?? top);
      bottom = Math.max(bottom, way[at] ?? bottom);
    }
    const beyond = this.back.has(edge) ? 40 : 0;
    return [Math.min(x1, x2) - beyond, top, Math.max(x1, x2) + beyond, bottom];
  }

  /** Draws an edge between columns along the way that the layout kept for their datasets. */
  columnEdge(pen: Pen, edge: number, straight = false) {
    const { index } = this;
    const [from, to] = [index.fromNode[edge] ?? -1, index.toNode[edge] ?? -1];
    const of = index.model.columnEdges[edge];
    if (from < 0 || to < 0 || !of) return;
    const ends = this.ends(from, to, index.fromColumn[edge], index.toColumn[edge]);
    const along = this.edgeAt.get(edgeKey(of));
    if (along === undefined) trace(pen, ends, [], ends.x2 <= ends.x1, straight);
    else trace(pen, ends, this.layout.routes[along] ?? [], this.back.has(along), straight);
  }
}
