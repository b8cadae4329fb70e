// How high each node stands. Plain functions.
import type { Ranked } from "./order";

/** What a node takes of its rank, from its top; with the room around it. */
export interface Extent {
  size: number;
  /** Where its edges end, from the top of the room. */
  port: number;
  /** How much it counts where several are wanted in one place: bends count more, for straight lines. */
  weight: number;
}

/** Heights of the rooms: ranks are stacked, then drawn towards their neighbours without touching. */
export function heights(ranked: Ranked, extent: (node: number) => Extent): number[] {
  const count = ranked.ranks.length;
  const of = Array.from({ length: count }, (_, node) => extent(node));
  const size = (node: number) => of[node]?.size ?? 0;
  const port = (node: number) => of[node]?.port ?? 0;
  const y = new Array<number>(count).fill(0);
  const tall = ranked.rows.map((row) => row.reduce((sum, node) => sum + size(node), 0));
  const most = Math.max(...tall, 0);
  ranked.rows.forEach((row, at) => {
    let next = (most - (tall[at] ?? 0)) / 2;
    for (const node of row) {
      y[node] = next;
      next += size(node);
    }
  });
  const settle = (row: number[], near: number[][]) => {
    const want = row.map((node) => {
      const others = near[node] ?? [];
      if (others.length === 0) return y[node] ?? 0;
      const sum = others.reduce((total, other) => total + (y[other] ?? 0) + port(other), 0);
      return sum / others.length - port(node);
    });
    // Blocks of nodes that touch move as one, to where they are wanted on average.
    const blocks: { from: number; sum: number; weight: number; top: number; tall: number }[] = [];
    row.forEach((node, at) => {
      const weight = of[node]?.weight ?? 1;
      const top = want[at] ?? 0;
      let block = { from: at, sum: top * weight, weight, top, tall: size(node) };
      for (
        let last = blocks.at(-1);
        last && last.top + last.tall > block.top;
        last = blocks.at(-1)
      ) {
        blocks.pop();
        const sum = last.sum + block.sum - block.weight * last.tall;
        const weight = last.weight + block.weight;
        block = { from: last.from, sum, weight, top: sum / weight, tall: last.tall + block.tall };
      }
      blocks.push(block);
    });
    blocks.forEach((block, at) => {
      const end = blocks[at + 1]?.from ?? row.length;
      let next = block.top;
      for (let place = block.from; place < end; place += 1) {
        const node = row[place] ?? 0;
        y[node] = next;
        next += size(node);
      }
    });
  };
  for (let round = 0; round < 8; round += 1) {
    const downwards = round % 2 === 0;
    const rows = downwards ? ranked.rows.slice(1) : ranked.rows.slice(0, -1).reverse();
    for (const row of rows) settle(row, downwards ? ranked.up : ranked.down);
  }
  return y;
}
