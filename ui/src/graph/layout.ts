// A layered layout: ranks from left to right, few crossings, straight lines where they can be, and ways
// for long edges round what stands between. Plain functions of numbers, so that they run in a worker and
// in tests. 500 nodes take some 100 ms.
import { heights } from "./heights";
import { Ranked } from "./order";
import { backEdges, fillLanes, rank } from "./ranks";

export interface Box {
  width: number;
  height: number;
  /** Which lane it belongs to, from the left; all 0 without lanes, -1 where it is not known. */
  lane: number;
}

export interface Task {
  boxes: Box[];
  /** Edges as pairs of places in `boxes`. */
  edges: [number, number][];
  gapX?: number;
  gapY?: number;
}

export interface Layout {
  x: number[];
  y: number[];
  /** Places of edges that run against the flow: they close a cycle or go back a lane. */
  back: number[];
  /**
   * The way of each edge, as threes. Forward: left end, right end and height of its place in each rank
   * that it passes. Back: where it turns beside its start, where beside its end, and the height that it
   * runs at between.
   */
  routes: number[][];
  /** Lanes that hold something, with their left and right ends. */
  lanes: { lane: number; left: number; right: number }[];
  width: number;
  height: number;
  crossings: number;
}

const GAP_X = 72;
const GAP_Y = 18;
const LANE_GAP = 34;
/** Long edges are led round what lies between while there are no more bends than these. */
const MAX_BENDS = 30_000;
/** The height that an edge takes where it passes a rank. */
const BEND = 10;
/** Pairs of neighbours are swapped one by one in graphs up to this size. */
const TRANSPOSE = 400;
/** Edges end at the head of a node. */
const PORT = 26;

/** Where the edges of a box end, from its top. */
export const portOf = (height: number) => Math.min(PORT, height / 2);

/**
 * Edges cut into pieces between neighbouring ranks. Edges of one source share their bends: they run as
 * one line and part where their ways part.
 */
class Pieces {
  readonly ranks: number[];
  readonly pieces: [number, number][] = [];
  private readonly chains = new Map<number, number[]>();

  constructor(ranks: number[], edges: [number, number][]) {
    this.ranks = [...ranks];
    const spans = new Map<number, number>();
    for (const [from, to] of edges)
      spans.set(from, Math.max(spans.get(from) ?? 0, (ranks[to] ?? 0) - (ranks[from] ?? 0) - 1));
    const bends = [...spans.values()].reduce((sum, one) => sum + one, 0);
    for (const [from, to] of edges) {
      const span = (ranks[to] ?? 0) - (ranks[from] ?? 0) - 1;
      if (span > 0 && bends > MAX_BENDS) continue;
      this.pieces.push([this.chain(from, span).at(span - 1) ?? from, to]);
    }
  }

  /** The bends of a source, at least as many as asked for. */
  private chain(from: number, span: number): number[] {
    const chain = this.chains.get(from) ?? [];
    this.chains.set(from, chain);
    while (chain.length < span) {
      const bend = this.ranks.length;
      this.ranks.push((this.ranks[from] ?? 0) + chain.length + 1);
      this.pieces.push([chain.at(-1) ?? from, bend]);
      chain.push(bend);
    }
    return chain;
  }

  bends(from: number, to: number): number[] {
    const span = (this.ranks[to] ?? 0) - (this.ranks[from] ?? 0) - 1;
    return (this.chains.get(from) ?? []).slice(0, Math.max(span, 0));
  }
}

/** Left ends and widths of the ranks, and the lanes above them. */
function sides(task: Task, ranks: number[], lanes: number[], rows: number[][]) {
  const width = rows.map((row) =>
    row.reduce((most, node) => Math.max(most, task.boxes[node]?.width ?? 0), 0),
  );
  const laneOf = new Map(ranks.map((row, at) => [row, lanes[at] ?? 0]));
  const left: number[] = [];
  const found: Layout["lanes"] = [];
  let next = 0;
  width.forEach((wide, row) => {
    const last = found.at(-1);
    const lane = laneOf.get(row) ?? last?.lane ?? 0;
    if (last && last.lane !== lane) next += LANE_GAP;
    left.push(next);
    if (last && last.lane === lane) last.right = next + wide;
    else found.push({ lane, left: next, right: next + wide });
    next += wide + (task.gapX ?? GAP_X);
  });
  return { left, width, lanes: found, end: Math.max(next - (task.gapX ?? GAP_X), 0) };
}

export function layout(task: Task): Layout {
  const count = task.boxes.length;
  const lanes = fillLanes(task);
  const back = backEdges(count, task.edges, lanes);
  const forward = task.edges.filter((_, at) => !back.has(at));
  const ranks = rank(count, forward, lanes);
  const pieces = new Pieces(ranks, forward);
  const ranked = new Ranked(pieces.ranks, pieces.pieces);
  const crossings = ranked.order(count <= TRANSPOSE);
  const gapY = task.gapY ?? GAP_Y;
  const rooms = heights(ranked, (node) => {
    const box = task.boxes[node];
    if (!box) return { size: BEND, port: BEND / 2, weight: 3 };
    return { size: box.height + gapY, port: portOf(box.height) + gapY / 2, weight: 1 };
  });
  const y = rooms.map((top, node) => top + (node < count ? gapY : BEND) / 2);
  const top = y.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const placed = y.map((one) => one - (Number.isFinite(top) ? top : 0));
  const side = sides(task, ranks, lanes, ranked.rows);
  const bottom = (node: number) => (placed[node] ?? 0) + (task.boxes[node]?.height ?? 0);
  const floors = ranked.rows.map((row) =>
    row.reduce((most, node) => (node < count ? Math.max(most, bottom(node)) : most), 0),
  );
  let height = Math.max(...floors, 0);
  const right = (node: number) =>
    (side.left[ranks[node] ?? 0] ?? 0) + (task.boxes[node]?.width ?? 0);
  let turned = 0;
  const routes = task.edges.map(([from, to], at) => {
    if (back.has(at)) {
      turned += 1;
      const apart = 14 + (turned % 4) * 5;
      // Below all that stands between its ends.
      const between = floors.slice(ranks[to] ?? 0, (ranks[from] ?? 0) + 1);
      const low =
        from === to ? bottom(from) + gapY / 2 : Math.max(...between) + 12 + (turned % 12) * 6;
      height = Math.max(height, low);
      return [right(from) + apart, (side.left[ranks[to] ?? 0] ?? 0) - apart, low];
    }
    return pieces.bends(from, to).flatMap((bend) => {
      const row = pieces.ranks[bend] ?? 0;
      const left = side.left[row] ?? 0;
      return [left, left + (side.width[row] ?? 0), placed[bend] ?? 0];
    });
  });
  return {
    x: ranks.map((row) => side.left[row] ?? 0),
    y: placed.slice(0, count),
    back: [...back],
    routes,
    lanes: side.lanes,
    width: side.end,
    height,
    crossings,
  };
}

/** Crossings of the plain order: longest path, nodes in the order in which they came. */
export function plainCrossings(task: Task): number {
  const lanes = task.boxes.map(() => 0);
  const back = backEdges(task.boxes.length, task.edges, lanes);
  const forward = task.edges.filter((_, at) => !back.has(at));
  const pieces = new Pieces(rank(task.boxes.length, forward, lanes), forward);
  return new Ranked(pieces.ranks, pieces.pieces).crossings();
}
