// Painting on a canvas: the lit path over the nodes of the page or of the overview. A veil dims all, holes
// in it show what is lit, and lines and rows are drawn over it. Nothing else of the page changes when the
// pointer moves, which is what keeps it quick with hundreds of nodes.
import type { Lit } from "./model";
import type { Scene } from "./scene";
import { ROW } from "./sizes";

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export type Colours = Record<string, string>;

const KINDS = ["raw", "staging", "intermediate", "mart", "other"];

/** The colours of the theme as a canvas needs them. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const list: [string, string][] = KINDS.map((kind) => [kind, of(`--${kind}`)]);
  return {
    ...Object.fromEntries(list),
    none: of("--faint"),
    job: of("--info"),
    edge: of("--edge"),
    bg: of("--bg"),
    surface: of("--surface"),
    text: of("--text"),
    soft: of("--soft"),
    faint: of("--faint"),
    line: of("--line"),
    strong: of("--line-strong"),
    brand: of("--brand"),
    mark: of("--warn"),
    bad: of("--bad"),
    good: of("--good"),
  };
}

/** Gives a canvas the size of its place on the page, in the pixels of the screen. */
export function resize(canvas: HTMLCanvasElement): {
  width: number;
  height: number;
  ratio: number;
} {
  const ratio = Math.min(devicePixelRatio, 2);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  return { width, height, ratio };
}

/** Says on the canvas what it shows, for tests and for who looks at the page with tools. */
function tell(canvas: HTMLCanvasElement, scene: Scene, lit: Lit | undefined) {
  const { columnEdges } = scene.index.model;
  const indirect = lit?.edges.filter((edge) => columnEdges[edge]?.indirect).length ?? 0;
  const said = {
    columns: lit?.columns.length ?? 0,
    nodes: lit?.nodes.length ?? 0,
    direct: (lit?.edges.length ?? 0) - indirect,
    indirect,
  };
  for (const [key, value] of Object.entries(said)) canvas.dataset[key] = String(value);
}

export function paintLit(
  canvas: HTMLCanvasElement,
  scene: Scene,
  colour: Colours,
  camera: Camera,
  lit: Lit | undefined,
) {
  const draw = canvas.getContext("2d");
  if (!draw) return;
  tell(canvas, scene, lit);
  // An empty canvas that stays empty is not touched.
  if (!lit && canvas.width <= 1) return;
  const { width, height, ratio } = resize(canvas);
  draw.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw.clearRect(0, 0, width, height);
  if (!lit) return;
  const { x, y, zoom } = camera;
  draw.globalAlpha = 0.62;
  draw.fillStyle = colour.bg ?? "#fff";
  draw.fillRect(0, 0, width, height);
  draw.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
  const [left, top] = [-x / zoom, -y / zoom];
  const [right, bottom] = [left + width / zoom, top + height / zoom];
  const shown = new Set(scene.within(left, top, right, bottom));
  const nodes = lit.nodes.filter((node) => shown.has(node));
  draw.globalCompositeOperation = "destination-out";
  draw.globalAlpha = 1;
  draw.beginPath();
  for (const node of nodes)
    draw.roundRect(scene.x(node), scene.y(node), scene.width(node), scene.height(node), 8);
  draw.fill();
  draw.globalCompositeOperation = "source-over";
  draw.fillStyle = colour.brand ?? "#08f";
  draw.strokeStyle = colour.brand ?? "#08f";
  rows(draw, scene, lit, shown);
  lines(draw, scene, lit, [left, top, right, bottom], zoom);
  draw.lineWidth = Math.max(1.5, 1 / zoom);
  draw.globalAlpha = zoom < 0.15 ? 0 : 0.8;
  draw.beginPath();
  for (const node of nodes)
    draw.roundRect(scene.x(node), scene.y(node), scene.width(node), scene.height(node), 8);
  draw.stroke();
  draw.globalAlpha = 1;
}

/** The rows of lit columns, that of the start more than the others. */
function rows(draw: CanvasRenderingContext2D, scene: Scene, lit: Lit, shown: Set<number>) {
  for (const column of lit.columns) {
    const node = scene.index.nodeOf[column] ?? -1;
    if (!shown.has(node)) continue;
    const at = scene.rowTop(column);
    if (at === undefined) continue;
    draw.globalAlpha = column === lit.start ? 0.32 : 0.16;
    draw.fillRect(scene.x(node) + 4, at, scene.width(node) - 5, ROW);
  }
}

function lines(
  draw: CanvasRenderingContext2D,
  scene: Scene,
  lit: Lit,
  [left, , right]: [number, number, number, number],
  zoom: number,
) {
  const { index } = scene;
  const kinds: [boolean, number[], number][] = [
    [false, [], 1],
    [true, [2, 5], 0.8],
  ];
  draw.lineWidth = Math.max(2, 1.2 / zoom);
  draw.lineCap = "round";
  for (const [indirect, dash, alpha] of kinds) {
    draw.beginPath();
    for (const edge of lit.edges) {
      if (index.model.columnEdges[edge]?.indirect !== indirect) continue;
      const [from, to] = [index.fromNode[edge] ?? 0, index.toNode[edge] ?? 0];
      if (Math.min(scene.x(from), scene.x(to)) > right) continue;
      if (Math.max(scene.x(from), scene.x(to)) + scene.width(to) < left) continue;
      scene.columnEdge(draw, edge, zoom < 0.3);
    }
    // Where hundreds lie side by side they would be one dark spot.
    draw.globalAlpha = zoom < 0.3 && lit.edges.length > 400 ? alpha / 2 : alpha;
    draw.setLineDash(dash);
    draw.stroke();
  }
  draw.setLineDash([]);
  draw.lineCap = "butt";
}
