// The small map of the overview: all nodes as specks, and a frame for what is in view.
import { layerKind } from "../lib/format";
import { type Camera, type Colours, resize } from "./paint";
import type { Scene } from "./scene";

/** How the scene fits the map. */
function fitting(canvas: HTMLCanvasElement, { layout }: Scene) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const scale = Math.min((width - 8) / (layout.width || 1), (height - 8) / (layout.height || 1));
  return {
    scale,
    left: (width - layout.width * scale) / 2,
    top: (height - layout.height * scale) / 2,
  };
}

/** Returns what paints the map for a camera and the size of the view. The specks are drawn once. */
export function miniPainter(canvas: HTMLCanvasElement, scene: Scene, colour: Colours) {
  const page = canvas.getContext("2d");
  const specks = document.createElement("canvas");
  let drawn = "";
  return (camera: Camera, view: { width: number; height: number }) => {
    if (!page || canvas.clientWidth === 0) return;
    const { width, height, ratio } = resize(canvas);
    const { scale, left, top } = fitting(canvas, scene);
    const size = `${canvas.width}x${canvas.height}`;
    if (drawn !== size) {
      drawn = size;
      [specks.width, specks.height] = [canvas.width, canvas.height];
      const draw = specks.getContext("2d");
      draw?.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
      for (const [at, node] of scene.index.model.nodes.entries()) {
        const kind = node.kind === "JOB" ? "job" : layerKind(node.layer);
        if (!draw) break;
        draw.fillStyle = colour[kind] ?? colour.none ?? "#888";
        draw.fillRect(
          scene.x(at),
          scene.y(at),
          scene.width(at),
          Math.max(scene.height(at), 1 / scale),
        );
      }
    }
    page.setTransform(1, 0, 0, 1, 0, 0);
    page.clearRect(0, 0, canvas.width, canvas.height);
    page.drawImage(specks, 0, 0);
    page.setTransform(ratio, 0, 0, ratio, 0, 0);
    const x = left + (-camera.x / camera.zoom) * scale;
    const y = top + (-camera.y / camera.zoom) * scale;
    const [wide, tall] = [(view.width / camera.zoom) * scale, (view.height / camera.zoom) * scale];
    page.strokeStyle = colour.brand ?? "#08f";
    page.lineWidth = 2;
    const [x1, y1] = [Math.max(x, 1), Math.max(y, 1)];
    page.strokeRect(
      x1,
      y1,
      Math.min(x + wide, width - 1) - x1,
      Math.min(y + tall, height - 1) - y1,
    );
  };
}

/** The place of the scene under a point of the map. */
export function placeAt(canvas: HTMLCanvasElement, scene: Scene, clientX: number, clientY: number) {
  const rect = canvas.getBoundingClientRect();
  const { scale, left, top } = fitting(canvas, scene);
  return { x: (clientX - rect.left - left) / scale, y: (clientY - rect.top - top) / scale };
}
