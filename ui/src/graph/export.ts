// What the model holds as files: the whole drawing as SVG and PNG, nodes and edges as CSV. Made from
// the model and the layout, never from what happens to be on the screen.
import { layerKind, plain, shortName } from "../lib/format";
import type { Layout } from "./layout";
import type { GNode, Model } from "./model";
import { HEAD, heightOf, ROW, WIDTH } from "./sizes";

const escaped = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

export interface Drawn {
  columns: { name: string }[];
  more: number;
}

export function toSvg(model: Model, layout: Layout, drawn: Map<string, Drawn>): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888";
  const place = new Map(model.nodes.map((node, at) => [node.id, at]));
  const back = new Set(layout.back);
  const pad = 32;
  const height = (node: GNode) => {
    const of = drawn.get(node.id);
    return heightOf(of?.columns.length ?? 0, of?.more ?? 0);
  };
  const edges = model.edges.map((edge, at) => {
    const [a, b] = [place.get(edge.from) ?? 0, place.get(edge.to) ?? 0];
    const [x1, y1] = [(layout.x[a] ?? 0) + WIDTH, (layout.y[a] ?? 0) + 26];
    const [x2, y2] = [layout.x[b] ?? 0, (layout.y[b] ?? 0) + 26];
    const bend = back.has(at) ? 120 : Math.max(40, Math.abs(x2 - x1) * 0.4);
    const faint = edge.inferred ? ' stroke-opacity="0.45"' : "";
    const dash = back.has(at) ? ' stroke-dasharray="8 5"' : "";
    return `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"${faint}${dash}/>`;
  });
  const nodes = model.nodes.map((node, at) => {
    const [x, y] = [layout.x[at] ?? 0, layout.y[at] ?? 0];
    const kind = node.kind === "JOB" ? "info" : layerKind(node.layer);
    const tone = colour(kind === "none" ? "faint" : kind);
    const rows = (drawn.get(node.id)?.columns ?? []).map(
      (column, row) =>
        `<text x="${x + 14}" y="${y + HEAD + 4 + row * ROW + 16}" font-size="12" fill="${colour("soft")}">${escaped(cut(plain(column.name), 32))}</text>`,
    );
    return [
      `<rect x="${x}" y="${y}" width="${WIDTH}" height="${height(node)}" rx="8" fill="${colour("surface")}" stroke="${colour("line-strong")}"/>`,
      `<rect x="${x}" y="${y}" width="4" height="${height(node)}" rx="2" fill="${tone}"/>`,
      `<text x="${x + 14}" y="${y + 22}" font-size="13" font-weight="600" fill="${colour("text")}">${escaped(cut(plain(shortName(node.name)), 30))}</text>`,
      `<text x="${x + 14}" y="${y + 41}" font-size="11" fill="${colour("faint")}">${escaped(cut(`${node.layer ?? "unclassified"} · ${plain(node.namespace)}`, 38))}</text>`,
      ...rows,
    ].join("");
  });
  const [width, tall] = [layout.width + 2 * pad, layout.height + 2 * pad];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}" viewBox="${-pad} ${-pad} ${width} ${tall}" font-family="Inter, system-ui, sans-serif">`,
    `<rect x="${-pad}" y="${-pad}" width="${width}" height="${tall}" fill="${colour("bg")}"/>`,
    `<g fill="none" stroke="${colour("edge")}" stroke-width="1.5">${edges.join("")}</g>`,
    ...nodes,
    "</svg>",
  ].join("\n");
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

/** Browsers refuse canvases beyond this. */
const MAX_SIDE = 12_000;

export async function savePng(name: string, svg: string, width: number, height: number) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(2, MAX_SIDE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    const draw = canvas.getContext("2d");
    draw?.scale(scale, scale);
    draw?.drawImage(image, 0, 0);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("the browser made no PNG of this size; take the SVG");
    save(name, "image/png", blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
