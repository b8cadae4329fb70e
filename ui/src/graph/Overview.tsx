// Thousands of nodes on a canvas: what cannot be seen is not drawn, and what is small is drawn simply.
import { useCallback, useEffect, useRef, useState } from "react";
import { layerKind, plain, shortName } from "../lib/format";
import { useTheme } from "../lib/theme";
import type { Layout } from "./layout";
import type { Model } from "./model";

export interface OverviewProps {
  model: Model;
  layout: Layout;
  box: { width: number; height: number };
  laneNames: string[];
  selected?: string;
  found: Set<string>;
  centre?: string;
  onPick: (id: string) => void;
}

interface Camera {
  x: number;
  y: number;
  zoom: number;
}

/** The share of the view that is drawn beyond each of its sides. */
const MARGIN = 0.3;

interface Colours {
  [kind: string]: string;
}

const KINDS = ["raw", "staging", "intermediate", "mart", "other"];

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const list: [string, string][] = KINDS.map((kind) => [kind, of(`--${kind}`)]);
  return {
    ...Object.fromEntries(list),
    none: of("--faint"),
    job: of("--info"),
    edge: of("--edge"),
    surface: of("--surface"),
    text: of("--text"),
    soft: of("--faint"),
    line: of("--line"),
    brand: of("--brand"),
    mark: of("--warn"),
  };
}

/** Nodes in cells of a grid, so that those in view are found without looking at all. */
function gridOf(layout: Layout, box: OverviewProps["box"]) {
  const size = 900;
  const cells = new Map<string, number[]>();
  layout.x.forEach((x, at) => {
    const y = layout.y[at] ?? 0;
    const key = `${Math.floor((x + box.width / 2) / size)},${Math.floor((y + box.height / 2) / size)}`;
    const held = cells.get(key);
    if (held) held.push(at);
    else cells.set(key, [at]);
  });
  return (left: number, top: number, right: number, bottom: number): number[] => {
    const found: number[] = [];
    for (let x = Math.floor(left / size) - 1; x <= Math.floor(right / size) + 1; x += 1)
      for (let y = Math.floor(top / size) - 1; y <= Math.floor(bottom / size) + 1; y += 1)
        found.push(...(cells.get(`${x},${y}`) ?? []));
    return found;
  };
}

export default function Overview(props: OverviewProps) {
  const { model, layout, box, laneNames, selected, found, centre, onPick } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera>({ x: 0, y: 0, zoom: 1 });
  const paint = useRef<() => void>(() => {});
  const asked = useRef(0);
  const [over, setOver] = useState<number>();
  const theme = useTheme();
  const again = useCallback(() => {
    if (asked.current) return;
    asked.current = requestAnimationFrame(() => {
      asked.current = 0;
      paint.current();
    });
  }, []);

  useEffect(() => {
    const at = canvas.current;
    const draw = at?.getContext("2d", { alpha: false });
    if (!at || !draw) return;
    void theme;
    const colour = colours();
    const near = gridOf(layout, box);
    const places = new Map(model.nodes.map((node, place) => [node.id, place]));
    const ends = model.edges.map(
      (edge) => [places.get(edge.from) ?? 0, places.get(edge.to) ?? 0] as const,
    );
    const kinds = model.nodes.map((node) => (node.kind === "JOB" ? "job" : layerKind(node.layer)));
    const buffer = document.createElement("canvas");
    const scene = buffer.getContext("2d", { alpha: false });
    if (!scene) return;
    // The scene is drawn with a margin round the view, so that a pan only copies it.
    let held: (Camera & { width: number; height: number }) | undefined;
    const drawScene = (width: number, height: number, ratio: number) => {
      const draw = scene;
      const [mx, my] = [Math.round(width * MARGIN), Math.round(height * MARGIN)];
      const [wide, tall] = [width + 2 * mx, height + 2 * my];
      if (buffer.width !== wide * ratio || buffer.height !== tall * ratio) {
        buffer.width = wide * ratio;
        buffer.height = tall * ratio;
      }
      held = { ...camera.current, width, height };
      const [x, y, zoom] = [camera.current.x + mx, camera.current.y + my, camera.current.zoom];
      const [left, top] = [-x / zoom, -y / zoom];
      const [right, bottom] = [left + wide / zoom, top + tall / zoom];
      draw.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw.fillStyle = colour.surface ?? "#fff";
      draw.fillRect(0, 0, wide, tall);
      draw.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
      // Edges in one stroke; those with both ends beyond one side are left out.
      draw.beginPath();
      for (const [from, to] of ends) {
        const x1 = (layout.x[from] ?? 0) + box.width;
        const y1 = (layout.y[from] ?? 0) + box.height / 2;
        const x2 = layout.x[to] ?? 0;
        const y2 = (layout.y[to] ?? 0) + box.height / 2;
        if (Math.max(x1, x2) < left || Math.min(x1, x2) > right) continue;
        if (Math.max(y1, y2) < top || Math.min(y1, y2) > bottom) continue;
        draw.moveTo(x1, y1);
        if (zoom < 0.35) draw.lineTo(x2, y2);
        else {
          const bend = Math.max(30, Math.abs(x2 - x1) * 0.4);
          draw.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
        }
      }
      draw.globalAlpha = zoom < 0.2 ? 0.25 : 0.6;
      draw.lineWidth = 1 / Math.max(zoom, 0.3);
      draw.strokeStyle = colour.edge ?? "#888";
      draw.stroke();
      draw.globalAlpha = 1;
      const byKind = new Map<string, number[]>();
      for (const place of near(left, top, right, bottom)) {
        const kind = kinds[place] ?? "none";
        const held = byKind.get(kind);
        if (held) held.push(place);
        else byKind.set(kind, [place]);
      }
      const text = zoom > 0.32;
      for (const [kind, list] of byKind) {
        draw.fillStyle = colour[kind] ?? colour.none ?? "#888";
        for (const place of list) {
          const [nx, ny] = [layout.x[place] ?? 0, layout.y[place] ?? 0];
          if (!text) draw.fillRect(nx, ny, box.width, box.height);
          else draw.fillRect(nx, ny, 5, box.height);
        }
      }
      if (text) {
        draw.font = '500 13px "Inter Variable", sans-serif';
        draw.textBaseline = "middle";
        for (const list of byKind.values()) {
          for (const place of list) {
            const [nx, ny] = [layout.x[place] ?? 0, layout.y[place] ?? 0];
            draw.strokeStyle = colour.line ?? "#ccc";
            draw.lineWidth = 1;
            draw.strokeRect(nx, ny, box.width, box.height);
            draw.fillStyle = colour.text ?? "#000";
            const name = plain(shortName(model.nodes[place]?.name ?? ""));
            draw.fillText(
              name.length > 26 ? `${name.slice(0, 25)}…` : name,
              nx + 14,
              ny + box.height / 2 + 1,
            );
          }
        }
      }
      draw.lineWidth = 3 / zoom;
      for (const [place, node] of model.nodes.entries()) {
        if (node.id !== selected && !found.has(node.id)) continue;
        draw.strokeStyle = (node.id === selected ? colour.brand : colour.mark) ?? "#f00";
        draw.strokeRect(
          (layout.x[place] ?? 0) - 3,
          (layout.y[place] ?? 0) - 3,
          box.width + 6,
          box.height + 6,
        );
      }
    };
    paint.current = () => {
      const start = performance.now();
      const ratio = Math.min(devicePixelRatio, 2);
      const [width, height] = [at.clientWidth, at.clientHeight];
      if (at.width !== width * ratio || at.height !== height * ratio) {
        at.width = width * ratio;
        at.height = height * ratio;
      }
      const { x, y, zoom } = camera.current;
      const [mx, my] = [Math.round(width * MARGIN), Math.round(height * MARGIN)];
      const same = held?.zoom === zoom && held.width === width && held.height === height;
      if (!held || !same || Math.abs(x - held.x) > mx || Math.abs(y - held.y) > my)
        drawScene(width, height, ratio);
      const [dx, dy] = [x - (held?.x ?? x) - mx, y - (held?.y ?? y) - my];
      draw.setTransform(1, 0, 0, 1, 0, 0);
      draw.drawImage(buffer, Math.round(dx * ratio), Math.round(dy * ratio));
      draw.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw.font = '600 12px "Inter Variable", sans-serif';
      draw.textBaseline = "top";
      draw.fillStyle = colour.soft ?? "#888";
      for (const lane of layout.lanes) {
        const name = laneNames[lane.lane];
        if (name && layout.lanes.length > 1)
          draw.fillText(name, Math.max(lane.left * zoom + x, 8), 10);
      }
      at.dataset.painted = String(Math.round((performance.now() - start) * 10) / 10);
      at.dataset.count = String(Number(at.dataset.count ?? 0) + 1);
    };
    again();
    const watch = new ResizeObserver(again);
    watch.observe(at);
    return () => watch.disconnect();
  }, [model, layout, box, laneNames, selected, found, theme, again]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new layout is brought into view whole
  useEffect(() => {
    const at = canvas.current;
    if (!at) return;
    const [width, height] = [at.clientWidth, at.clientHeight];
    const place = centre ? model.nodes.findIndex((node) => node.id === centre) : -1;
    if (place >= 0) {
      const zoom = Math.max(camera.current.zoom, 0.7);
      camera.current = {
        zoom,
        x: width / 2 - ((layout.x[place] ?? 0) + box.width / 2) * zoom,
        y: height / 2 - (layout.y[place] ?? 0) * zoom,
      };
    } else {
      const zoom = Math.min(width / (layout.width + 80), height / (layout.height + 80), 1);
      camera.current = {
        zoom,
        x: (width - layout.width * zoom) / 2,
        y: (height - layout.height * zoom) / 2,
      };
    }
    again();
  }, [layout, centre]);

  useEffect(() => {
    const at = canvas.current;
    if (!at) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y, zoom } = camera.current;
      const rect = at.getBoundingClientRect();
      const [px, py] = [event.clientX - rect.left, event.clientY - rect.top];
      const next = Math.min(Math.max(zoom * Math.exp(-event.deltaY * 0.0015), 0.005), 2);
      camera.current = {
        zoom: next,
        x: px - ((px - x) / zoom) * next,
        y: py - ((py - y) / zoom) * next,
      };
      again();
    };
    at.addEventListener("wheel", wheel, { passive: false });
    return () => at.removeEventListener("wheel", wheel);
  }, [again]);

  const hit = (clientX: number, clientY: number): number | undefined => {
    const at = canvas.current;
    if (!at) return undefined;
    const rect = at.getBoundingClientRect();
    const { x, y, zoom } = camera.current;
    const [gx, gy] = [(clientX - rect.left - x) / zoom, (clientY - rect.top - y) / zoom];
    const place = layout.x.findIndex((nx, one) => {
      const ny = layout.y[one] ?? 0;
      return gx >= nx && gx <= nx + box.width && gy >= ny && gy <= ny + box.height;
    });
    return place < 0 ? undefined : place;
  };
  const drag = useRef<{ x: number; y: number; moved: boolean }>(undefined);
  const pointed = over === undefined ? undefined : model.nodes[over];
  return (
    <div className="overview">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Overview of ${model.nodes.length} nodes. The table view lists them.`}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) {
            setOver(hit(event.clientX, event.clientY));
            return;
          }
          const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
          if (Math.abs(dx) + Math.abs(dy) > 3) from.moved = true;
          camera.current = {
            ...camera.current,
            x: camera.current.x + dx,
            y: camera.current.y + dy,
          };
          drag.current = { x: event.clientX, y: event.clientY, moved: from.moved };
          again();
        }}
        onPointerUp={(event) => {
          const moved = drag.current?.moved;
          drag.current = undefined;
          if (moved) return;
          const place = hit(event.clientX, event.clientY);
          onPick(place === undefined ? "" : (model.nodes[place]?.id ?? ""));
        }}
        onPointerLeave={() => setOver(undefined)}
      />
      {pointed && (
        <div className="overtip">
          <strong>{plain(pointed.name)}</strong>
          <span>{plain(pointed.namespace)}</span>
        </div>
      )}
    </div>
  );
}
