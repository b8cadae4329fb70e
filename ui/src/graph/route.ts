// The line of an edge, for a canvas and for SVG alike. It passes ranks where the layout kept room for it,
// and bends only between them, so that it never runs through a node.

/** What draws: a canvas, a Path2D, or the text of an SVG path. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void;
}

/** Writes what it is told as the `d` of an SVG path. */
export class SvgPen implements Pen {
  text = "";
  moveTo(x: number, y: number) {
    this.text += `M${short(x)} ${short(y)}`;
  }
  lineTo(x: number, y: number) {
    this.text += `L${short(x)} ${short(y)}`;
  }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number) {
    this.text += `C${[ax, ay, bx, by, x, y].map(short).join(" ")}`;
  }
}

const short = (value: number) => Math.round(value * 10) / 10;

export interface Ends {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** Draws an edge along its way (`Layout.routes`). `straight` draws corners, for when it is small. */
export function trace(pen: Pen, ends: Ends, way: number[], back: boolean, straight = false) {
  const { x1, y1, x2, y2 } = ends;
  pen.moveTo(x1, y1);
  if (back) {
    const [beside = x1 + 16, before = x2 - 16, low = Math.max(y1, y2) + 60] = way;
    corners(pen, [x1, y1, beside, y1, beside, low, before, low, before, y2, x2, y2]);
    return;
  }
  let [x, y] = [x1, y1];
  const curve = (toX: number, toY: number) => {
    const bend = (toX - x) / 2;
    if (straight || Math.abs(toY - y) < 0.5) pen.lineTo(toX, toY);
    else pen.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
  };
  for (let at = 0; at + 2 < way.length; at += 3) {
    const [left = 0, right = 0, height = 0] = [way[at], way[at + 1], way[at + 2]];
    curve(left, height);
    pen.lineTo(right, height);
    [x, y] = [right, height];
  }
  curve(x2, y2);
}

/** A line of straight pieces with rounded corners, from its first point, where the pen stands. */
function corners(pen: Pen, points: number[]) {
  const RADIUS = 9;
  for (let at = 2; at < points.length; at += 2) {
    const [px = 0, py = 0, x = 0, y = 0] = points.slice(at - 2, at + 2);
    const [nx, ny] = [points[at + 2], points[at + 3]];
    if (nx === undefined || ny === undefined) {
      pen.lineTo(x, y);
      return;
    }
    const before = Math.min(RADIUS, Math.hypot(x - px, y - py) / 2);
    const after = Math.min(RADIUS, Math.hypot(nx - x, ny - y) / 2);
    const [ax, ay] = [x - Math.sign(x - px) * before, y - Math.sign(y - py) * before];
    const [bx, by] = [x + Math.sign(nx - x) * after, y + Math.sign(ny - y) * after];
    pen.lineTo(ax, ay);
    pen.bezierCurveTo(
      (ax + 2 * x) / 3,
      (ay + 2 * y) / 3,
      (bx + 2 * x) / 3,
      (by + 2 * y) / 3,
      bx,
      by,
    );
  }
}
