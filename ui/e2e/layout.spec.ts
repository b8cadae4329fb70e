// The layout of the demo's real lineage, at the level of datasets and of columns. No browser: the model
// comes from the server, the layout and the lines from the code that draws them.
import { type Layout, layout, plainCrossings } from "../src/graph/layout";
import { toModel } from "../src/graph/load";
import { ColumnIndex, type Model } from "../src/graph/model";
import type { Pen } from "../src/graph/route";
import { Scene } from "../src/graph/scene";
import { listed } from "../src/graph/sizes";
import { taskOf } from "../src/graph/task";
import { DEMO, expect, test } from "./base";

const QUERY = `{ neighbourhood(expand: [], part: {}, limit: 6000) {
  leftOut
  nodes {
    id kind namespace name layer dropped ambiguous upstreamCount downstreamCount
    dataset { owners { name } columns(limit: 400) { name type } } job { owners { name } }
  }
  edges { from to inferred jobs { namespace name } }
  columnEdges { from fromColumn to toColumn indirect }
} }`;

async function demo(): Promise<Model> {
  const answer = await fetch(`${DEMO()}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY }),
  });
  return toModel((await answer.json()).data.neighbourhood);
}

/** Points along a line, close enough that none of it could pass a node unseen. */
class Points implements Pen {
  readonly found: [number, number][] = [];
  private at: [number, number] = [0, 0];
  moveTo(x: number, y: number) {
    this.at = [x, y];
    this.found.push(this.at);
  }
  lineTo(x: number, y: number) {
    const [px, py] = this.at;
    this.bezierCurveTo(px, py, x, y, x, y);
  }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number) {
    const [px, py] = this.at;
    for (let step = 1; step <= 200; step += 1) {
      const t = step / 200;
      const mix = (a: number, b: number, c: number, d: number) =>
        a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
      this.found.push([mix(px, ax, bx, x), mix(py, ay, by, y)]);
    }
    this.at = [x, y];
  }
}

function drawing(model: Model, columns: boolean, lanes: boolean) {
  const index = new ColumnIndex(model);
  const none = { columns: [], more: 0 };
  const rows = new Map(
    model.nodes.map((node) => [
      node.id,
      columns ? listed(node, index.touched(node.id), false) : none,
    ]),
  );
  const task = taskOf(model, rows, { lanes, canvas: false, columns });
  const made: Layout = layout(task);
  return { task, made, scene: new Scene(index, made, task.boxes, rows) };
}

for (const [columns, lanes] of [
  [false, true],
  [true, true],
  [true, false],
] as const) {
  test(`the demo's ${columns ? "columns" : "datasets"} ${lanes ? "in lanes" : "without lanes"}`, async () => {
    const model = await demo();
    expect(model.edges.length).toBeGreaterThan(50);
    const { task, made, scene } = drawing(model, columns, lanes);

    const overlaps = task.boxes.flatMap((_, a) =>
      scene
        .within(
          scene.x(a) + 0.1,
          scene.y(a) + 0.1,
          scene.x(a) + scene.width(a) - 0.1,
          scene.y(a) + scene.height(a) - 0.1,
        )
        .filter((b) => b !== a)
        .map((b) => `${model.nodes[a]?.name} on ${model.nodes[b]?.name}`),
    );
    expect(overlaps).toEqual([]);

    const back = new Set(made.back);
    const wrong = task.edges.filter(
      ([from, to], at) => !back.has(at) && scene.x(from) + scene.width(from) >= scene.x(to),
    );
    expect(wrong, "edges that lead to the left and are not marked").toEqual([]);
    // Without lanes only what closes a cycle is turned round.
    if (!lanes) expect(back.size).toBeLessThan(model.edges.length / 20);

    if (!lanes) expect(made.crossings).toBeLessThan(plainCrossings(task));

    const through: string[] = [];
    const look = (points: Points, what: string, from: string, to: string) => {
      for (const [x, y] of points.found)
        for (const node of scene.within(x, y, x, y)) {
          const id = model.nodes[node]?.id ?? "";
          const inside =
            x > scene.x(node) + 0.5 &&
            x < scene.x(node) + scene.width(node) - 0.5 &&
            y > scene.y(node) + 0.5 &&
            y < scene.y(node) + scene.height(node) - 0.5;
          if (inside && id !== from && id !== to) through.push(`${what} through ${id}`);
        }
    };
    for (const [at, edge] of model.edges.entries()) {
      const points = new Points();
      scene.edge(points, at);
      look(points, `${edge.from} to ${edge.to}`, edge.from, edge.to);
    }
    for (const [at, edge] of model.columnEdges.entries()) {
      const points = new Points();
      scene.columnEdge(points, at);
      look(points, `column ${edge.from} to ${edge.to}`, edge.from, edge.to);
    }
    expect([...new Set(through)]).toEqual([]);
  });
}

test("in lanes there are fewer crossings than in the plain order, too", async () => {
  const model = await demo();
  const { task, made } = drawing(model, false, true);
  console.log(
    `measured: crossings of the demo in lanes ${made.crossings}, without ${drawing(model, false, false).made.crossings}, in the plain order ${plainCrossings(task)}`,
  );
  expect(made.crossings).toBeLessThan(plainCrossings(task));
});
