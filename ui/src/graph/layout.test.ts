import { describe, expect, test } from "vitest";
import { layout, plainCrossings, type Task } from "./layout";

/** Numbers that look random and are the same each time. */
function random(seed: number) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

function graph(seed: number, count: number, degree: number, lanes = 1, cycles = 0): Task {
  const next = random(seed);
  const boxes = Array.from({ length: count }, (_, at) => ({
    width: 200,
    height: 40 + Math.floor(next() * 160),
    lane: lanes > 1 ? (next() < 0.1 ? -1 : Math.floor((at / count) * lanes)) : 0,
  }));
  const edges: [number, number][] = [];
  for (let to = 1; to < count; to += 1)
    for (let one = 0; one < degree; one += 1) edges.push([Math.floor(next() * to), to]);
  for (let one = 0; one < cycles; one += 1)
    edges.push([Math.floor(next() * count), Math.floor(next() * count)]);
  return { boxes, edges: [...new Map(edges.map((edge) => [edge.join(), edge])).values()] };
}

function check(task: Task) {
  const made = layout(task);
  const back = new Set(made.back);
  task.edges.forEach(([from, to], at) => {
    if (back.has(at)) return;
    const end = (made.x[from] ?? 0) + (task.boxes[from]?.width ?? 0);
    expect(end, `edge ${from} → ${to} leads to the right`).toBeLessThanOrEqual(made.x[to] ?? 0);
  });
  const order = task.boxes.map((_, at) => at).sort((a, b) => (made.y[a] ?? 0) - (made.y[b] ?? 0));
  const low = new Map<number, number>();
  for (const at of order) {
    const [x, y] = [made.x[at] ?? 0, made.y[at] ?? 0];
    expect(y, `node ${at} is below the one above it`).toBeGreaterThanOrEqual(
      (low.get(x) ?? -1) - 0.001,
    );
    low.set(x, y + (task.boxes[at]?.height ?? 0));
    expect(y).toBeGreaterThanOrEqual(0);
  }
  return made;
}

describe("layout", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "nothing overlaps and edges lead to the right (seed %i)",
    (seed) => {
      check(graph(seed, 20 + seed * 12, 1 + (seed % 3)));
      check(graph(seed, 60, 2, 4));
      check(graph(seed, 60, 2, 3, 8));
    },
  );

  test("nothing at all, one node, a self-loop, a cycle", () => {
    expect(layout({ boxes: [], edges: [] }).width).toBe(0);
    const box = { width: 10, height: 10, lane: 0 };
    expect(layout({ boxes: [box], edges: [[0, 0]] }).back).toEqual([0]);
    const cycle = layout({
      boxes: [box, box, box],
      edges: [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
    });
    expect(cycle.back).toEqual([2]);
  });

  test("lanes stand one after the other, and what reads backwards is marked", () => {
    const box = (lane: number) => ({ width: 10, height: 10, lane });
    const made = layout({
      boxes: [box(2), box(0), box(1)],
      edges: [
        [0, 1],
        [1, 2],
      ],
    });
    expect(made.back).toEqual([0]);
    expect(made.lanes.map((lane) => lane.lane)).toEqual([0, 1, 2]);
    expect(made.x[1]).toBeLessThan(made.x[2] ?? 0);
    expect(made.x[2]).toBeLessThan(made.x[0] ?? 0);
  });

  test("fewer crossings than the plain order", () => {
    for (const seed of [1, 2, 3, 4]) {
      const task = graph(seed, 80, 2);
      expect(layout(task).crossings).toBeLessThan(plainCrossings(task) * 0.7);
    }
  });

  test("five thousand nodes take seconds at most", () => {
    const next = random(7);
    const boxes = Array.from({ length: 5000 }, () => ({ width: 210, height: 34, lane: 0 }));
    // Twenty layers, each node reads two of the layer before: like a real estate.
    const edges: [number, number][] = [];
    for (let to = 250; to < 5000; to += 1) {
      const before = Math.floor(to / 250) * 250 - 250;
      edges.push([before + Math.floor(next() * 250), to], [before + Math.floor(next() * 250), to]);
    }
    const start = performance.now();
    check({ boxes, edges });
    expect(performance.now() - start).toBeLessThan(8000);
  }, 20_000);
});
