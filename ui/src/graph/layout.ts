// A layered layout: ranks from left to right, few crossings, straight lines where they can be. Plain
// functions of numbers, so that they run in a worker and in tests. 500 nodes take some 100 ms.

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
  /** Lanes that hold something, with their left and right ends. */
  lanes: { lane: number; left: number; right: number }[];
  width: number;
  height: number;
  crossings: number;
}

const GAP_X = 72;
const GAP_Y = 18;
const LANE_GAP = 34;
/** Long edges are bent round what lies between while there are no more pieces than these. */
const MAX_DUMMIES = 30_000;
const SWEEPS = 10;
/** Pairs of neighbours are swapped one by one in graphs up to this size. */
const TRANSPOSE = 400;

/** Lanes of boxes whose own is not known: the last lane before them, or the first after. */
export function fillLanes(task: Task): number[] {
  const lanes = task.boxes.map((box) => box.lane);
  if (!lanes.includes(-1)) return lanes;
  for (let round = 0; round < 4 && lanes.includes(-1); round += 1) {
    const found = new Map<number, number>();
    for (const [from, to] of task.edges) {
      const lane = lanes[from] ?? -1;
      if (lanes[to] === -1 && lane >= 0) found.set(to, Math.max(found.get(to) ?? 0, lane));
    }
    if (found.size === 0) {
      for (const [from, to] of task.edges) {
        const lane = lanes[to] ?? -1;
        if (lanes[from] === -1 && lane >= 0)
          found.set(from, Math.min(found.get(from) ?? lane, lane));
      }
    }
    for (const [at, lane] of found) lanes[at] = lane;
  }
  return lanes.map((lane) => Math.max(lane, 0));
}

/** Edges that must be turned round so that the rest has no cycle and no step back. */
function backEdges(count: number, edges: [number, number][], lanes: number[]): Set<number> {
  const back = new Set<number>();
  const out: number[][] = Array.from({ length: count }, () => []);
  const incoming = new Array<number>(count).fill(0);
  edges.forEach(([from, to], at) => {
    if (from === to || (lanes[from] ?? 0) > (lanes[to] ?? 0)) back.add(at);
    else {
      out[from]?.push(at);
      incoming[to] = (incoming[to] ?? 0) + 1;
    }
  });
  const state = new Uint8Array(count);
  // Sources first, so that a cycle is cut where it leads back towards them.
  const starts = Array.from({ length: count }, (_, at) => at).sort(
    (a, b) => (incoming[a] ?? 0) - (incoming[b] ?? 0),
  );
  for (const start of starts) {
    if (state[start]) continue;
    const stack: [number, number][] = [[start, 0]];
    state[start] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (!top) break;
      const edge = out[top[0]]?.[top[1]];
      if (edge === undefined) {
        state[top[0]] = 2;
        stack.pop();
        continue;
      }
      top[1] += 1;
      const to = edges[edge]?.[1] ?? 0;
      if (state[to] === 1) back.add(edge);
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push([to, 0]);
      }
    }
  }
  return back;
}

/** Ranks: each node right of all before it, lanes one after the other, sources near what they feed. */
export function rank(count: number, edges: [number, number][], lanes: number[]): number[] {
  const out: number[][] = Array.from({ length: count }, () => []);
  const left = new Array<number>(count).fill(0);
  for (const [from, to] of edges) {
    out[from]?.push(to);
    left[to] = (left[to] ?? 0) + 1;
  }
  const hasIncoming = left.map((degree) => degree > 0);
  const order: number[] = [];
  for (let at = 0; at < count; at += 1) if (left[at] === 0) order.push(at);
  for (let at = 0; at < order.length; at += 1) {
    for (const to of out[order[at] ?? 0] ?? []) {
      left[to] = (left[to] ?? 0) - 1;
      if (left[to] === 0) order.push(to);
    }
  }
  // Within its lane first, then all lanes are set side by side.
  const inner = new Array<number>(count).fill(0);
  for (const from of order) {
    for (const to of out[from] ?? []) {
      if (lanes[from] === lanes[to]) inner[to] = Math.max(inner[to] ?? 0, (inner[from] ?? 0) + 1);
    }
  }
  for (const at of order.toReversed()) {
    const next = (out[at] ?? [])
      .filter((to) => lanes[to] === lanes[at])
      .map((to) => inner[to] ?? 0);
    if (!hasIncoming[at] && next.length > 0) inner[at] = Math.max(Math.min(...next) - 1, 0);
  }
  const depth = new Map<number, number>();
  for (let at = 0; at < count; at += 1) {
    const lane = lanes[at] ?? 0;
    depth.set(lane, Math.max(depth.get(lane) ?? 0, (inner[at] ?? 0) + 1));
  }
  const start = new Map<number, number>();
  let next = 0;
  for (const lane of [...depth.keys()].sort((a, b) => a - b)) {
    start.set(lane, next);
    next += depth.get(lane) ?? 0;
  }
  return inner.map((within, at) => within + (start.get(lanes[at] ?? 0) ?? 0));
}

/** Inversions of a list of places, by a tree of counts. */
function inversions(list: number[], size: number): number {
  const tree = new Int32Array(size + 1);
  let found = 0;
  let seen = 0;
  for (const value of list) {
    let smaller = 0;
    for (let at = value + 1; at > 0; at -= at & -at) smaller += tree[at] ?? 0;
    found += seen - smaller;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
    seen += 1;
  }
  return found;
}

class Ranked {
  readonly rows: number[][] = [];
  readonly up: number[][];
  readonly down: number[][];
  readonly place: Int32Array;

  constructor(
    readonly ranks: number[],
    edges: [number, number][],
  ) {
    const count = ranks.length;
    this.up = Array.from({ length: count }, () => []);
    this.down = Array.from({ length: count }, () => []);
    this.place = new Int32Array(count);
    for (const [from, to] of edges) {
      this.down[from]?.push(to);
      this.up[to]?.push(from);
    }
    ranks.forEach((row, at) => {
      while (this.rows.length <= row) this.rows.push([]);
      this.rows[row]?.push(at);
    });
    this.number();
  }

  number() {
    for (const row of this.rows)
      row.forEach((node, at) => {
        this.place[node] = at;
      });
  }

  crossingsBelow(row: number): number {
    const next = this.rows[row + 1];
    if (!next) return 0;
    const list: number[] = [];
    for (const node of this.rows[row] ?? []) {
      const places = (this.down[node] ?? []).map((to) => this.place[to] ?? 0).sort((a, b) => a - b);
      list.push(...places);
    }
    return inversions(list, next.length);
  }

  crossings(): number {
    let sum = 0;
    for (let row = 0; row < this.rows.length - 1; row += 1) sum += this.crossingsBelow(row);
    return sum;
  }

  /** Orders one row by the middle of its neighbours in the row before. */
  private sortRow(row: number, downwards: boolean) {
    const nodes = this.rows[row];
    if (!nodes) return;
    const near = downwards ? this.up : this.down;
    const middle = new Map<number, number>();
    nodes.forEach((node, at) => {
      const places = near[node] ?? [];
      const sum = places.reduce((total, other) => total + (this.place[other] ?? 0), 0);
      middle.set(node, places.length ? sum / places.length : at);
    });
    nodes.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    nodes.forEach((node, at) => {
      this.place[node] = at;
    });
  }

  sweep(downwards: boolean) {
    if (downwards) for (let row = 1; row < this.rows.length; row += 1) this.sortRow(row, true);
    else for (let row = this.rows.length - 2; row >= 0; row -= 1) this.sortRow(row, false);
  }

  private pairCrossings(a: number, b: number): number {
    let sum = 0;
    for (const near of [this.up, this.down]) {
      for (const x of near[a] ?? [])
        for (const y of near[b] ?? []) if ((this.place[x] ?? 0) > (this.place[y] ?? 0)) sum += 1;
    }
    return sum;
  }

  /** Swaps neighbours while that takes crossings away. */
  transpose() {
    for (let round = 0, better = true; better && round < 12; round += 1) {
      better = false;
      for (const row of this.rows) {
        for (let at = 0; at + 1 < row.length; at += 1) {
          const [a, b] = [row[at] ?? 0, row[at + 1] ?? 0];
          if (this.pairCrossings(a, b) <= this.pairCrossings(b, a)) continue;
          row[at] = b;
          row[at + 1] = a;
          this.place[b] = at;
          this.place[a] = at + 1;
          better = true;
        }
      }
    }
  }

  order(small: boolean): number {
    let best = this.rows.map((row) => [...row]);
    let least = this.crossings();
    for (let round = 0; round < SWEEPS && least > 0; round += 1) {
      this.sweep(round % 2 === 0);
      if (small) this.transpose();
      const now = this.crossings();
      if (now < least) {
        least = now;
        best = this.rows.map((row) => [...row]);
      }
    }
    best.forEach((row, at) => {
      this.rows[at] = row;
    });
    this.number();
    return least;
  }
}

/** Heights: rows are stacked, then drawn towards their neighbours without touching. */
function heights(ranked: Ranked, size: (node: number) => number, gap: number): number[] {
  const y = new Array<number>(ranked.ranks.length).fill(0);
  const tall = ranked.rows.map((row) => row.reduce((sum, node) => sum + size(node) + gap, -gap));
  const most = Math.max(...tall, 0);
  ranked.rows.forEach((row, at) => {
    let next = (most - (tall[at] ?? 0)) / 2;
    for (const node of row) {
      y[node] = next;
      next += size(node) + gap;
    }
  });
  const centre = (node: number) => (y[node] ?? 0) + size(node) / 2;
  const settle = (row: number[], near: number[][]) => {
    const want = row.map((node) => {
      const others = near[node] ?? [];
      if (others.length === 0) return y[node] ?? 0;
      const sum = others.reduce((total, other) => total + centre(other), 0);
      return sum / others.length - size(node) / 2;
    });
    // Blocks of nodes that touch move as one, to where they are wanted on average.
    const blocks: { from: number; sum: number; count: number; top: number; tall: number }[] = [];
    row.forEach((node, at) => {
      let block = {
        from: at,
        sum: want[at] ?? 0,
        count: 1,
        top: want[at] ?? 0,
        tall: size(node) + gap,
      };
      for (
        let last = blocks.at(-1);
        last && last.top + last.tall > block.top;
        last = blocks.at(-1)
      ) {
        blocks.pop();
        const sum = last.sum + block.sum - block.count * last.tall;
        const count = last.count + block.count;
        block = { from: last.from, sum, count, top: sum / count, tall: last.tall + block.tall };
      }
      blocks.push(block);
    });
    blocks.forEach((block, at) => {
      const end = blocks[at + 1]?.from ?? row.length;
      let next = block.top;
      for (let place = block.from; place < end; place += 1) {
        const node = row[place] ?? 0;
        y[node] = next;
        next += size(node) + gap;
      }
    });
  };
  for (let round = 0; round < 8; round += 1) {
    const downwards = round % 2 === 0;
    const rows = downwards ? ranked.rows.slice(1) : ranked.rows.slice(0, -1).reverse();
    for (const row of rows) settle(row, downwards ? ranked.up : ranked.down);
  }
  return y;
}

export function layout(task: Task): Layout {
  const count = task.boxes.length;
  const lanes = fillLanes(task);
  const back = backEdges(count, task.edges, lanes);
  const forward = task.edges.filter((_, at) => !back.has(at));
  const ranks = rank(count, forward, lanes);
  const pieces: [number, number][] = [];
  const all = [...ranks];
  const spans = forward.reduce(
    (sum, [from, to]) => sum + (ranks[to] ?? 0) - (ranks[from] ?? 0) - 1,
    0,
  );
  for (const [from, to] of forward) {
    let last = from;
    if (spans <= MAX_DUMMIES) {
      for (let row = (ranks[from] ?? 0) + 1; row < (ranks[to] ?? 0); row += 1) {
        all.push(row);
        pieces.push([last, all.length - 1]);
        last = all.length - 1;
      }
      pieces.push([last, to]);
    } else if ((ranks[to] ?? 0) - (ranks[from] ?? 0) === 1) pieces.push([from, to]);
  }
  const ranked = new Ranked(all, pieces);
  const crossings = ranked.order(count <= TRANSPOSE);
  const gapY = task.gapY ?? GAP_Y;
  const y = heights(ranked, (node) => task.boxes[node]?.height ?? 6, gapY).slice(0, count);
  const top = Math.min(...y, Number.POSITIVE_INFINITY);
  const rowWidth = ranked.rows.map((row) =>
    row.reduce((most, node) => Math.max(most, task.boxes[node]?.width ?? 0), 0),
  );
  const rowLane = new Map<number, number>();
  for (const [at, row] of ranks.entries()) rowLane.set(row, lanes[at] ?? 0);
  const left: number[] = [];
  const found: Layout["lanes"] = [];
  let next = 0;
  rowWidth.forEach((width, row) => {
    const lane = rowLane.get(row) ?? 0;
    const last = found.at(-1);
    if (last && last.lane !== lane) next += LANE_GAP;
    left.push(next);
    if (last && last.lane === lane) last.right = next + width;
    else found.push({ lane, left: next, right: next + width });
    next += width + (task.gapX ?? GAP_X);
  });
  const placed = y.map((at) => at - (Number.isFinite(top) ? top : 0));
  return {
    x: ranks.map((row) => left[row] ?? 0),
    y: placed,
    back: [...back],
    lanes: found,
    width: Math.max(next - (task.gapX ?? GAP_X), 0),
    height: placed.reduce(
      (most, at, node) => Math.max(most, at + (task.boxes[node]?.height ?? 0)),
      0,
    ),
    crossings,
  };
}

/** Crossings of the plain order: longest path, nodes in the order in which they came. */
export function plainCrossings(task: Task): number {
  const lanes = task.boxes.map(() => 0);
  const back = backEdges(task.boxes.length, task.edges, lanes);
  const forward = task.edges.filter((_, at) => !back.has(at));
  const all = rank(task.boxes.length, forward, lanes);
  const ranks = [...all];
  const pieces: [number, number][] = [];
  for (const [from, to] of forward) {
    let last = from;
    for (let row = (ranks[from] ?? 0) + 1; row < (ranks[to] ?? 0); row += 1) {
      all.push(row);
      pieces.push([last, all.length - 1]);
      last = all.length - 1;
    }
    pieces.push([last, to]);
  }
  return new Ranked(all, pieces).crossings();
}
