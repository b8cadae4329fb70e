// Hundreds and thousands of nodes on a canvas. The scene is painted with a margin round the view and then
// copied, so that a pan is cheap; the lit path has a canvas of its own above it.
import { useCallback, useEffect, useRef } from "react";
import { plain } from "../lib/format";
import { useTheme } from "../lib/theme";
import { LitLayer } from "./LitLayer";
import type { LitStore } from "./lit";
import { miniPainter, placeAt } from "./mini";
import { COLUMNS_FROM, type Marks, paintScene } from "./overviewPaint";
import { type Camera, colours, resize } from "./paint";
import type { Hit, Scene } from "./scene";

export interface OverviewProps extends Marks {
  scene: Scene;
  store: LitStore;
  laneNames: string[];
  centre?: string;
  onPick: (id: string) => void;
  onHold: (node: string, column: string) => void;
}

/** The share of the view that is drawn beyond each of its sides. */
const MARGIN = 0.3;

/** Paints the scene into a buffer and copies it to the page; returns what does so. */
function painter(at: HTMLCanvasElement, scene: Scene, laneNames: string[], marks: Marks) {
  const page = at.getContext("2d", { alpha: false });
  const buffer = document.createElement("canvas");
  const draw = buffer.getContext("2d", { alpha: false });
  const colour = colours();
  let held: (Camera & { width: number; height: number }) | undefined;
  return (camera: Camera) => {
    if (!page || !draw) return;
    const start = performance.now();
    const { width, height, ratio } = resize(at);
    const { x, y, zoom } = camera;
    const [mx, my] = [Math.round(width * MARGIN), Math.round(height * MARGIN)];
    const same = held?.zoom === zoom && held.width === width && held.height === height;
    if (!held || !same || Math.abs(x - held.x) > mx || Math.abs(y - held.y) > my) {
      const [wide, tall] = [width + 2 * mx, height + 2 * my];
      if (buffer.width !== wide * ratio) buffer.width = wide * ratio;
      if (buffer.height !== tall * ratio) buffer.height = tall * ratio;
      const size = { width: wide, height: tall, ratio };
      paintScene(draw, scene, colour, { x: x + mx, y: y + my, zoom }, size, marks);
      held = { ...camera, width, height };
    }
    const [dx, dy] = [x - held.x - mx, y - held.y - my];
    page.setTransform(1, 0, 0, 1, 0, 0);
    page.drawImage(buffer, Math.round(dx * ratio), Math.round(dy * ratio));
    page.setTransform(ratio, 0, 0, ratio, 0, 0);
    page.font = '600 12px "Inter Variable", sans-serif';
    page.textBaseline = "top";
    let free = 8;
    for (const lane of scene.layout.lanes) {
      const name = laneNames[lane.lane];
      if (!name || scene.layout.lanes.length < 2) continue;
      // Names stand beside each other also where their lanes are too narrow for them.
      const at = Math.max(lane.left * zoom + x, free);
      const wide = page.measureText(name).width;
      page.globalAlpha = 0.82;
      page.fillStyle = colour.bg ?? "#fff";
      page.fillRect(at - 5, 5, wide + 10, 20);
      page.globalAlpha = 1;
      page.fillStyle = colour.faint ?? "#888";
      page.fillText(name, at, 10);
      free = at + wide + 14;
    }
    at.dataset.painted = String(Math.round((performance.now() - start) * 10) / 10);
    if (!at.dataset.count) performance.mark("overview-painted");
    at.dataset.count = String(Number(at.dataset.count ?? 0) + 1);
  };
}

/** The camera that shows all of the scene, or one node of it. */
function look(at: HTMLCanvasElement, scene: Scene, centre: string | undefined, now: Camera) {
  const [width, height] = [at.clientWidth, at.clientHeight];
  const place = centre === undefined ? undefined : scene.index.place(centre);
  if (place !== undefined) {
    const zoom = Math.max(now.zoom, 0.7);
    return {
      zoom,
      x: width / 2 - (scene.x(place) + scene.width(place) / 2) * zoom,
      y: height / 2 - (scene.y(place) + Math.min(scene.height(place), 200) / 2) * zoom,
    };
  }
  const { layout } = scene;
  // Under the names of the lanes.
  const [above, round] = [32, 16];
  const zoom = Math.min(
    (width - 2 * round) / (layout.width || 1),
    (height - above - round) / (layout.height || 1),
    1,
  );
  return {
    zoom,
    x: (width - layout.width * zoom) / 2,
    y: above + (height - above - round - layout.height * zoom) / 2,
  };
}

export default function Overview(props: OverviewProps) {
  const { scene, store, laneNames, selected, found, change, centre, onPick, onHold } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const map = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera>({ x: 0, y: 0, zoom: 1 });
  const paint = useRef<(camera: Camera) => void>(() => {});
  const moved = useRef(() => {});
  const asked = useRef(0);
  const theme = useTheme();
  const where = useCallback(() => camera.current, []);
  const again = useCallback(() => {
    moved.current();
    asked.current ||= requestAnimationFrame(() => {
      asked.current = 0;
      paint.current(camera.current);
    });
  }, []);

  useEffect(() => {
    const at = canvas.current;
    if (!at) return;
    void theme;
    const scenery = painter(at, scene, laneNames, { selected, found, change });
    const mini = map.current && miniPainter(map.current, scene, colours());
    paint.current = (camera) => {
      scenery(camera);
      mini?.(camera, { width: at.clientWidth, height: at.clientHeight });
    };
    again();
    const watch = new ResizeObserver(again);
    watch.observe(at);
    return () => watch.disconnect();
  }, [scene, laneNames, selected, found, change, theme, again]);

  useEffect(() => {
    const at = canvas.current;
    if (!at) return;
    camera.current = look(at, scene, centre, camera.current);
    again();
  }, [scene, centre, again]);

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

  const hit = (event: React.PointerEvent): Hit | undefined => {
    const rect = event.currentTarget.getBoundingClientRect();
    const { x, y, zoom } = camera.current;
    const found = scene.hit(
      (event.clientX - rect.left - x) / zoom,
      (event.clientY - rect.top - y) / zoom,
    );
    // Rows that are too small to be read are not pointed at.
    return found && zoom < COLUMNS_FROM ? { node: found.node } : found;
  };
  const point = (at: Hit | undefined) => {
    const column = at && scene.columnAt(at);
    store.point(column);
    const node = at && scene.index.model.nodes[at.node];
    const box = tip.current;
    if (!box) return;
    box.hidden = !node;
    if (!node) return;
    const [name, below] = box.children;
    const of = column === undefined ? "" : ` · ${scene.index.nameOf(column).name}`;
    if (name) name.textContent = plain(`${node.name}${of}`);
    if (below) below.textContent = plain(node.namespace);
  };
  /** Brings the place under a point of the small map into the middle. */
  const jump = (event: React.PointerEvent<HTMLCanvasElement>) => {
    const at = canvas.current;
    if (!at || event.buttons === 0) return;
    const to = placeAt(event.currentTarget, scene, event.clientX, event.clientY);
    const { zoom } = camera.current;
    camera.current = {
      zoom,
      x: at.clientWidth / 2 - to.x * zoom,
      y: at.clientHeight / 2 - to.y * zoom,
    };
    again();
  };
  const drag = useRef<{ x: number; y: number; moved: boolean }>(undefined);
  const { nodes } = scene.index.model;
  return (
    <div className="overview">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Overview of ${nodes.length} nodes. The table view lists them.`}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) {
            point(hit(event));
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
          const at = hit(event);
          const column = at && scene.columnAt(at);
          if (column === undefined) onPick(at ? (nodes[at.node]?.id ?? "") : "");
          else {
            const of = scene.index.nameOf(column);
            onHold(of.node, of.name);
          }
        }}
        onPointerLeave={() => point(undefined)}
      />
      <LitLayer scene={scene} store={store} camera={where} moved={moved} />
      <canvas
        className="minimap"
        ref={map}
        role="img"
        aria-label="Small map of the graph"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          jump(event);
        }}
        onPointerMove={jump}
      />
      <div className="overtip" ref={tip} hidden>
        <strong />
        <span />
      </div>
    </div>
  );
}
