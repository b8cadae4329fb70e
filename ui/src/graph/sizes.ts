// How large a node is drawn and where its columns are. Known before anything is drawn, which makes
// the first drawing several times faster.
import type { GNode } from "./model";

export const WIDTH = 222;
export const HEAD = 54;
export const ROW = 24;
/** Columns of a node that are listed before "more". */
export const ROWS = 12;

/** The columns that are listed: those that lineage touches first. */
export function listed(
  node: GNode,
  touched: Set<string>,
  open: boolean,
): { columns: GNode["columns"]; more: number } {
  const first = node.columns.filter((column) => touched.has(column.name));
  const rest = node.columns.filter((column) => !touched.has(column.name));
  const ordered = [...first, ...rest];
  const shown = open ? ordered : ordered.slice(0, ROWS);
  return { columns: shown, more: ordered.length - shown.length };
}

export function heightOf(rows: number, more: number): number {
  return HEAD + (rows > 0 ? rows * ROW + 8 : 0) + (more > 0 ? ROW : 0);
}
