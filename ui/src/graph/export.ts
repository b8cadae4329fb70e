// What the model holds as files: the whole drawing as SVG and PNG, nodes and edges as CSV. Made from
// the model and the layout, never from what happens to be on the screen.
import { layerKind, plain, shortName } from "../lib/format";
import type { Model } from "./model";
import { SvgPen } from "./route";
import type { Scene } from "./scene";
import { HEAD, ROW } from "./sizes";

const escaped = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** The room round a drawing. */
const PAD = 32;

/** The whole scene as SVG, also what is off the screen and what the canvas shows too small to read. */
export function toSvg(scene: Scene): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888";
  const { model } = scene.index;
  const edges = model.edges.map((edge, at) => {
    const pen = new SvgPen();
    scene.edge(pen, at);
    const faint = edge.inferred ? ' stroke-opacity="0.45"' : "";
    const dash = scene.isBack(at) ? ' stroke-dasharray="8 5"' : "";
    return `<path d="${pen.text}"${faint}${dash}/>`;
  });
  const nodes = model.nodes.map((node, at) => {
    const [x, y, width, tall] = [scene.x(at), scene.y(at), scene.width(at), scene.height(at)];
    const kind = node.kind === "JOB" ? "info" : layerKind(node.layer);
    const tone = colour(kind === "none" ? "faint" : kind);
    const text = (down: number, size: number, fill: string, what: string, weight = "") =>
      `<text x="${x + 14}" y="${y + down}" font-size="${size}"${weight} fill="${colour(fill)}">${escaped(what)}</text>`;
    const bold = ' font-weight="600"';
    const rows = (scene.rowsOf(at)?.columns ?? []).map((column, row) =>
      text(HEAD + 4 + row * ROW + 16, 12, "soft", cut(plain(column.name), 32)),
    );
    const name = cut(plain(shortName(node.name)), 30);
    const below = cut(`${node.layer ?? "unclassified"} · ${plain(node.namespace)}`, 38);
    return [
      `<rect x="${x}" y="${y}" width="${width}" height="${tall}" rx="8" fill="${colour("surface")}" stroke="${colour("line-strong")}"/>`,
      `<rect x="${x}" y="${y}" width="4" height="${tall}" rx="2" fill="${tone}"/>`,
      ...(tall < HEAD
        ? [text(tall / 2 + 5, 13, "text", name, bold)]
        : [text(22, 13, "text", name, bold), text(41, 11, "faint", below)]),
      ...rows,
    ].join("");
  });
  const { width, height } = drawingSize(scene);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-PAD} ${-PAD} ${width} ${height}" font-family="Inter, system-ui, sans-serif">`,
    `<rect x="${-PAD}" y="${-PAD}" width="${width}" height="${height}" fill="${colour("bg")}"/>`,
    `<g fill="none" stroke="${colour("edge")}" stroke-width="1.5">${edges.join("")}</g>`,
    ...nodes,
    "</svg>",
  ].join("\n");
}

/** The size of a drawing, in its own units. */
export function drawingSize({ layout }: Scene): { width: number; height: number } {
  return {
    width: Math.ceil(layout.width + 2 * PAD),
    height: Math.ceil(layout.height + 2 * PAD),
  };
}

/** A field of a CSV file. What a spreadsheet would run as a formula gets a quote before it. */
export function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

const lines = (rows: string[][]) =>
  `${rows.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;

export function toCsv(model: Model): string {
  const name = new Map(model.nodes.map((node) => [node.id, node]));
  const of = (id: string) => [name.get(id)?.namespace ?? "", name.get(id)?.name ?? ""];
  return lines([
    [
      "what",
      "namespace",
      "name",
      "column",
      "layer",
      "owners",
      "to_namespace",
      "to_name",
      "to_column",
      "kind",
      "jobs",
    ],
    ...model.nodes.map((node) => [
      node.kind.toLowerCase(),
      node.namespace,
      node.name,
      "",
      node.layer ?? "",
      node.owners.join(" "),
      ...["", "", "", "", ""],
    ]),
    ...model.edges.map((edge) => [
      "edge",
      ...of(edge.from),
      ...["", "", ""],
      ...of(edge.to),
      "",
      edge.inferred ? "inferred" : "declared",
      edge.jobs.map((job) => job.name).join(" "),
    ]),
    ...model.columnEdges.map((edge) => [
      "column edge",
      ...of(edge.from),
      edge.fromColumn,
      ...["", ""],
      ...of(edge.to),
      edge.toColumn ?? "*",
      edge.indirect ? "indirect" : "direct",
      "",
    ]),
  ]);
}

export function save(name: string, type: string, content: BlobPart) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Browsers refuse canvases beyond these, or give an empty picture. */
const MAX_SIDE = 12_000;
const MAX_PIXELS = 48_000_000;
/** Names cannot be read in pictures that are smaller than this. */
const LEGIBLE = 0.5;

/** How large a PNG of a drawing is made, and what to say if that is too small to be read. */
export function pngScale(size: { width: number; height: number }): {
  scale: number;
  small?: string;
} {
  const { width, height } = size;
  const scale = Math.min(
    2,
    MAX_SIDE / Math.max(width, height),
    Math.sqrt(MAX_PIXELS / (width * height)),
  );
  if (scale >= LEGIBLE) return { scale };
  const percent = Math.max(Math.round(scale * 100), 1);
  const small = `The whole drawing is ${width} × ${height}. A PNG can hold it at ${percent} % of that size only, too small to read names; the SVG is sharp at any size.`;
  return { scale, small };
}

export async function savePng(name: string, scene: Scene) {
  const size = drawingSize(scene);
  const { scale } = pngScale(size);
  const url = URL.createObjectURL(new Blob([toSvg(scene)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(Math.floor(size.width * scale), 1);
    canvas.height = Math.max(Math.floor(size.height * scale), 1);
    const draw = canvas.getContext("2d");
    draw?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("The browser made no PNG of this size. Take the SVG instead.");
    save(name, "image/png", blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
