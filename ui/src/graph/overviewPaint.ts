// What the overview shows of thousands of nodes: what cannot be seen is not drawn, and what is small is
// drawn simply. Edges, then boxes, then names and columns where there is room to read them.
import { layerKind, plain, shortName } from "../lib/format";
import type { Camera, Colours } from "./paint";
import type { Scene } from "./scene";
import { HEAD, ROW } from "./sizes";

/** From here on names and columns can be read. */
export const NAMES_FROM = 0.32;
export const COLUMNS_FROM = 0.45;

export interface Marks {
  selected?: string;
  found: Set<string>;
  change: Map<string, string>;
}

interface Frame {
  draw: CanvasRenderingContext2D;
  scene: Scene;
  colour: Colours;
  zoom: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function paintScene(
  draw: CanvasRenderingContext2D,
  scene: Scene,
  colour: Colours,
  camera: Camera,
  size: { width: number; height: number; ratio: number },
  marks: Marks,
) {
  const { x, y, zoom } = camera;
  const [left, top] = [-x / zoom, -y / zoom];
  const [right, bottom] = [left + size.width / zoom, top + size.height / zoom];
  const frame = { draw, scene, colour, zoom, left, top, right, bottom };
  draw.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  draw.fillStyle = colour.bg ?? "#fff";
  draw.fillRect(0, 0, size.width, size.height);
  draw.setTransform(size.ratio * zoom, 0, 0, size.ratio * zoom, size.ratio * x, size.ratio * y);
  edges(frame);
  const shown = scene.within(left, top, right, bottom);
  boxes(frame, shown);
  if (zoom > NAMES_FROM) names(frame, shown);
  rings(frame, shown, marks);
}

/** Edges in one stroke; those beyond one side are left out. */
function edges({ draw, scene, colour, zoom, left, top, right, bottom }: Frame) {
  draw.lineWidth = 1 / Math.max(zoom, 0.3);
  for (const back of [false, true]) {
    draw.beginPath();
    for (const edge of scene.pairs.keys()) {
      if (scene.isBack(edge) !== back) continue;
      const [x1, y1, x2, y2] = scene.bounds(edge);
      if (x2 < left || x1 > right || y2 < top || y1 > bottom) continue;
      scene.edge(draw, edge, zoom < 0.35);
    }
    draw.globalAlpha = zoom < 0.2 ? 0.25 : 0.6;
    draw.setLineDash(back ? [7, 5] : []);
    draw.strokeStyle = (back ? colour.mark : colour.edge) ?? "#888";
    draw.stroke();
  }
  draw.setLineDash([]);
  draw.globalAlpha = 1;
}

function boxes({ draw, scene, colour, zoom }: Frame, shown: number[]) {
  const { nodes } = scene.index.model;
  const byKind = new Map<string, number[]>();
  for (const place of shown) {
    const node = nodes[place];
    const kind = node?.kind === "JOB" ? "job" : layerKind(node?.layer ?? null);
    const held = byKind.get(kind);
    if (held) held.push(place);
    else byKind.set(kind, [place]);
  }
  for (const [kind, list] of byKind) {
    const tone = colour[kind] ?? colour.none ?? "#888";
    for (const place of list) {
      const [x, y] = [scene.x(place), scene.y(place)];
      if (zoom > NAMES_FROM) {
        draw.fillStyle = colour.surface ?? "#fff";
        draw.fillRect(x, y, scene.width(place), scene.height(place));
        draw.fillStyle = tone;
        draw.fillRect(x, y, 5, scene.height(place));
      } else {
        draw.fillStyle = tone;
        draw.fillRect(x, y, scene.width(place), scene.height(place));
      }
    }
  }
}

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

function names({ draw, scene, colour, zoom }: Frame, shown: number[]) {
  draw.textBaseline = "middle";
  draw.strokeStyle = colour.strong ?? "#ccc";
  draw.lineWidth = 1;
  for (const place of shown) {
    const [x, y] = [scene.x(place), scene.y(place)];
    const tall = scene.height(place);
    draw.strokeRect(x, y, scene.width(place), tall);
    draw.font = '500 13px "Inter Variable", sans-serif';
    draw.fillStyle = colour.text ?? "#000";
    const name = plain(shortName(scene.index.model.nodes[place]?.name ?? ""));
    const room = tall >= HEAD && zoom >= COLUMNS_FROM;
    draw.fillText(cut(name, 26), x + 14, room ? y + 18 : y + Math.min(tall, HEAD) / 2 + 1);
    if (room) below(draw, scene, colour, place);
    const rows = scene.rowsOf(place);
    if (!rows || zoom < COLUMNS_FROM) continue;
    draw.font = '12px "JetBrains Mono Variable", monospace';
    draw.fillStyle = colour.soft ?? "#444";
    for (const [row, column] of rows.columns.entries())
      draw.fillText(cut(plain(column.name), 27), x + 12, y + HEAD + 4 + row * ROW + ROW / 2 + 1);
    if (rows.more > 0) {
      draw.fillStyle = colour.faint ?? "#888";
      draw.fillText(`${rows.more} more columns`, x + 12, y + tall - ROW / 2);
    }
  }
}

/** The layer of a node and whose or where it is, under its name. */
function below(draw: CanvasRenderingContext2D, scene: Scene, colour: Colours, place: number) {
  const node = scene.index.model.nodes[place];
  if (!node) return;
  const what = node.kind === "JOB" ? "consumer" : (node.layer ?? "unclassified");
  draw.font = '400 11px "Inter Variable", sans-serif';
  draw.fillStyle = colour.faint ?? "#888";
  const text = `${plain(what)} · ${plain(node.owners[0] ?? node.namespace)}`;
  draw.fillText(cut(text, 36), scene.x(place) + 14, scene.y(place) + 38);
}

/** What is picked, what is found, and what has come or gone. */
function rings({ draw, scene, colour, zoom }: Frame, shown: number[], marks: Marks) {
  draw.lineWidth = 3 / zoom;
  for (const place of shown) {
    const id = scene.index.model.nodes[place]?.id ?? "";
    const change = marks.change.get(id);
    const tone =
      (id === marks.selected && colour.brand) ||
      (marks.found.has(id) && colour.mark) ||
      (change && (change === "added" ? colour.good : colour.bad));
    if (!tone) continue;
    draw.strokeStyle = tone;
    draw.strokeRect(
      scene.x(place) - 3,
      scene.y(place) - 3,
      scene.width(place) + 6,
      scene.height(place) + 6,
    );
  }
}
