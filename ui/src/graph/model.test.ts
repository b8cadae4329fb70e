import { describe, expect, test } from "vitest";
import { plain, safeUrl } from "../lib/format";
import { readParams, writeParams } from "../lib/nav";
import { field, pngScale, toCsv } from "./export";
import { expansions, readStep, stepsOf, writeStep } from "./load";
import {
  ColumnIndex,
  differ,
  type GNode,
  type Model,
  makeId,
  parseId,
  part,
  reach,
  shownNeighbours,
} from "./model";

const node = (id: string, columns: string[] = []): GNode => ({
  id,
  kind: "DATASET",
  namespace: "ns",
  name: id,
  layer: null,
  dropped: false,
  ambiguous: false,
  up: 0,
  down: 0,
  owners: [],
  columns: columns.map((name) => ({ name, type: null })),
});

const edge = (from: string, to: string) => ({ from, to, inferred: false, jobs: [] });
const link = (from: string, to: string, indirect = false) => {
  const [a = "", x = ""] = from.split(".");
  const [b = "", y = ""] = to.split(".");
  return { from: a, fromColumn: x, to: b, toColumn: y === "*" ? null : y, indirect };
};

const model: Model = {
  nodes: [node("a", ["x", "k"]), node("b", ["x", "y"]), node("c", ["z"])],
  edges: [edge("a", "b"), edge("b", "c")],
  columnEdges: [
    link("a.x", "b.x"),
    link("a.k", "b.*", true),
    link("b.x", "c.z"),
    link("b.y", "c.z", true),
  ],
};

function names(index: ColumnIndex, node: string, column: string, indirect = true): string[] {
  return index
    .path(index.column(node, column) ?? -1, indirect)
    .columns.map((one) => index.nameOf(one))
    .map((one) => `${one.node}.${one.name}`)
    .sort();
}

describe("the path of a column", () => {
  const lit = (name: string, column: string, indirect = true) =>
    names(new ColumnIndex(model), name, column, indirect);

  test("goes both ways, and through filters to all columns", () => {
    expect(lit("c", "z")).toEqual(["a.k", "a.x", "b.x", "b.y", "c.z"]);
    expect(lit("a", "k")).toEqual(["a.k", "b.x", "b.y", "c.z"]);
    expect(lit("b", "x")).toEqual(["a.k", "a.x", "b.x", "c.z"]);
  });

  test("by direct uses only", () => {
    expect(lit("c", "z", false)).toEqual(["a.x", "b.x", "c.z"]);
    expect(lit("a", "k", false)).toEqual(["a.k"]);
  });

  test("ends in a cycle", () => {
    const round: Model = { ...model, columnEdges: [link("a.x", "b.x"), link("b.x", "a.x")] };
    expect(names(new ColumnIndex(round), "a", "x")).toEqual(["a.x", "b.x"]);
  });
});

test("parts, neighbours and reach", () => {
  expect(part(model, (one) => one.id !== "b").edges).toEqual([]);
  expect(shownNeighbours(model).get("b")).toEqual({ up: 1, down: 1 });
  expect(reach({ ...model, edges: [edge("a", "b"), edge("c", "b")] }, "a")).toEqual(
    new Set(["a", "b"]),
  );
});

test("the difference of two times has both", () => {
  const after: Model = {
    ...model,
    nodes: [...model.nodes.slice(1), node("d")],
    edges: [edge("b", "c"), edge("c", "d")],
  };
  const { model: both, change } = differ(model, after);
  expect(both.nodes.map((one) => one.id)).toEqual(["a", "b", "c", "d"]);
  expect(change.get("a")).toBe("removed");
  expect(change.get("d")).toBe("added");
  expect(both.edges).toHaveLength(3);
});

test("ids and expansions come back as they went", () => {
  const id = makeId("dataset", "a|b", "50%|x");
  expect(parseId(id)).toEqual({ kind: "dataset", parts: ["a|b", "50%|x"] });
  for (const step of stepsOf(id, [])) expect(readStep(writeStep(step))).toEqual(step);
  expect(readStep("z:nonsense")).toBeUndefined();
  expect(expansions(id, [{ way: "U", limit: 0, id }])).toHaveLength(2);
  const params = { a: ["1", "2"], b: "x y&=", c: undefined };
  expect(readParams(writeParams(params))).toEqual({ a: ["1", "2"], b: "x y&=" });
});

test("a CSV holds what the model holds, and runs nothing in a spreadsheet", () => {
  const rows = toCsv(model).trim().split("\r\n");
  expect(rows).toHaveLength(1 + 3 + 2 + 4);
  expect(field("=1+1")).toBe("'=1+1");
  expect(field('say "x", y')).toBe('"say ""x"", y"');
});

test("text from outside: marks of direction are shown, and only the web is a link", () => {
  expect(plain("a\u202eb")).toBe("a⟨U+202E⟩b");
  expect(plain("a<b>\n")).toBe("a<b>\n");
  expect(safeUrl("javascript:alert(1)")).toBeUndefined();
  expect(safeUrl("data:text/html,x")).toBeUndefined();
  expect(safeUrl("https://example.com/a")).toBe("https://example.com/a");
});

describe("a PNG of a drawing", () => {
  test("is sharp while it is small, and never more than browsers can make", () => {
    expect(pngScale({ width: 1000, height: 800 })).toEqual({ scale: 2 });
    for (const [width, height] of [
      [7000, 11_500],
      [90_000, 400],
      [200_000, 200_000],
    ] as const) {
      const { scale } = pngScale({ width, height });
      expect(Math.max(width, height) * scale).toBeLessThanOrEqual(12_001);
      expect(width * scale * height * scale).toBeLessThanOrEqual(48_100_000);
    }
  });

  test("says so where names could not be read in it", () => {
    expect(pngScale({ width: 7000, height: 11_500 }).small).toBeUndefined();
    expect(pngScale({ width: 60_000, height: 9_000 }).small).toContain("at 20 % of that size only");
  });
});
