// Which column of the drawing each node stands in: lanes, edges that run backwards, ranks. Plain functions.
import type { Task } from "./layout";

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
export function backEdges(count: number, edges: [number, number][], lanes: number[]): Set<number> {
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
