// The order of the nodes within each rank, with few crossings. Plain functions.
const SWEEPS = 10;

/** Inversions of a list of places, by a tree of counts. */
function inversions(list: number[], size: number): number {
  const tree = new Int32Array(size + 1);
  let found = 0;
  let seen = 0;
  for (const value of list) {
    let smaller = 0;
    for (let at = value + 1; at > 0; at -= at & -at) smaller += tree[at] ?? 0;
    found += seen - smaller;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
    seen += 1;
  }
  return found;
}

/** Nodes by rank, and the edges between neighbouring ranks. */
export class Ranked {
  readonly rows: number[][] = [];
  readonly up: number[][];
  readonly down: number[][];
  readonly place: Int32Array;

  constructor(
    readonly ranks: number[],
    edges: [number, number][],
  ) {
    const count = ranks.length;
    this.up = Array.from({ length: count }, () => []);
    this.down = Array.from({ length: count }, () => []);
    this.place = new Int32Array(count);
    for (const [from, to] of edges) {
      this.down[from]?.push(to);
      this.up[to]?.push(from);
    }
    ranks.forEach((row, at) => {
      while (this.rows.length <= row) this.rows.push([]);
      this.rows[row]?.push(at);
    });
    this.number();
  }

  number() {
    for (const row of this.rows)
      row.forEach((node, at) => {
        this.place[node] = at;
      });
  }

  crossingsBelow(row: number): number {
    const next = this.rows[row + 1];
    if (!next) return 0;
    const list: number[] = [];
    for (const node of this.rows[row] ?? []) {
      const places = (this.down[node] ?? []).map((to) => this.place[to] ?? 0).sort((a, b) => a - b);
      list.push(...places);
    }
    return inversions(list, next.length);
  }

  crossings(): number {
    let sum = 0;
    for (let row = 0; row < this.rows.length - 1; row += 1) sum += this.crossingsBelow(row);
    return sum;
  }

  /** Orders one row by the middle of its neighbours in the row before. */
  private sortRow(row: number, downwards: boolean) {
    const nodes = this.rows[row];
    if (!nodes) return;
    const near = downwards ? this.up : this.down;
    const middle = new Map<number, number>();
    nodes.forEach((node, at) => {
      const places = near[node] ?? [];
      const sum = places.reduce((total, other) => total + (this.place[other] ?? 0), 0);
      middle.set(node, places.length ? sum / places.length : at);
    });
    nodes.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    nodes.forEach((node, at) => {
      this.place[node] = at;
    });
  }

  sweep(downwards: boolean) {
    if (downwards) for (let row = 1; row < this.rows.length; row += 1) this.sortRow(row, true);
    else for (let row = this.rows.length - 2; row >= 0; row -= 1) this.sortRow(row, false);
  }

  private pairCrossings(a: number, b: number): number {
    let sum = 0;
    for (const near of [this.up, this.down]) {
      for (const x of near[a] ?? [])
        for (const y of near[b] ?? []) if ((this.place[x] ?? 0) > (this.place[y] ?? 0)) sum += 1;
    }
    return sum;
  }

  /** Swaps neighbours while that takes crossings away. */
  transpose() {
    for (let round = 0, better = true; better && round < 12; round += 1) {
      better = false;
      for (const row of this.rows) {
        for (let at = 0; at + 1 < row.length; at += 1) {
          const [a, b] = [row[at] ?? 0, row[at + 1] ?? 0];
          if (this.pairCrossings(a, b) <= this.pairCrossings(b, a)) continue;
          row[at] = b;
          row[at + 1] = a;
          this.place[b] = at;
          this.place[a] = at + 1;
          better = true;
        }
      }
    }
  }

  order(small: boolean): number {
    let best = this.rows.map((row) => [...row]);
    let least = this.crossings();
    for (let round = 0; round < SWEEPS && least > 0; round += 1) {
      this.sweep(round % 2 === 0);
      if (small) this.transpose();
      const now = this.crossings();
      if (now < least) {
        least = now;
        best = this.rows.map((row) => [...row]);
      }
    }
    best.forEach((row, at) => {
      this.rows[at] = row;
    });
    this.number();
    return least;
  }
}
