// What of a model is laid out: the boxes of its nodes and the lanes they stand in. Plain functions.
import { layerRank } from "../lib/format";
import type { Task } from "./layout";
import type { GNode, Model } from "./model";
import type { Rows } from "./scene";
import { heightOf, WIDTH } from "./sizes";

export const LANES = ["Raw", "Staging", "Intermediate", "Other layers", "Mart", "Consumers"];
/** The size of a node without columns on the overview. */
const BOX = { width: 210, height: 34 };

function laneOf(node: Pick<GNode, "kind" | "layer" | "down">): number {
  if (node.kind === "JOB") return node.down === 0 ? 5 : 0;
  if (!node.layer) return -1;
  const rank = layerRank(node.layer);
  return rank === 3 ? 4 : rank === 2.5 ? 3 : rank;
}

export interface Look {
  lanes: boolean;
  /** Whether nodes are drawn as the overview does where they have no columns. */
  canvas: boolean;
  columns: boolean;
}

export function taskOf(model: Model, rows: Map<string, Rows>, look: Look): Task {
  const place = new Map(model.nodes.map((node, at) => [node.id, at]));
  const small = look.canvas && !look.columns;
  const boxes = model.nodes.map((node) => {
    const lane = look.lanes ? laneOf(node) : 0;
    if (small) return { ...BOX, lane };
    const of = rows.get(node.id);
    return { width: WIDTH, height: heightOf(of?.columns.length ?? 0, of?.more ?? 0), lane };
  });
  const edges = model.edges.map((edge): [number, number] => [
    place.get(edge.from) ?? 0,
    place.get(edge.to) ?? 0,
  ]);
  return { boxes, edges, gapX: look.canvas ? 150 : 72, gapY: small ? 12 : 18 };
}
