// Planned changes: their kinds, their words, and how the URL has them.
import type { ChangeInput, ChangeKind } from "../../gql/graphql";
import { parseId } from "../../graph/model";

export interface Kind {
  kind: ChangeKind;
  word: string;
  column: boolean;
  to?: string;
}

export const KINDS: Kind[] = [
  { kind: "COLUMN_REMOVED", word: "Remove columns", column: true },
  { kind: "COLUMN_RENAMED", word: "Rename a column", column: true, to: "New name" },
  { kind: "COLUMN_RETYPED", word: "Change the type", column: true, to: "New type" },
  { kind: "COLUMN_REDERIVED", word: "Compute differently", column: true },
  { kind: "COLUMN_NULLABLE", word: "Allow nulls", column: true },
  { kind: "ROWS_CHANGED", word: "Change which rows there are", column: false },
  { kind: "DATASET_RENAMED", word: "Rename the dataset", column: false, to: "New name" },
  { kind: "DATASET_REMOVED", word: "Remove the dataset", column: false },
];

/** A planned change as the URL has it: kind|namespace|name|column|to. */
export function readChange(text: string): ChangeInput | undefined {
  const { kind, parts } = parseId(text);
  const known = KINDS.find((one) => one.kind === kind);
  const [namespace, name, column, to] = parts;
  if (!known || namespace === undefined || name === undefined) return undefined;
  return {
    kind: known.kind,
    dataset: { namespace, name },
    column: column || undefined,
    to: to || undefined,
  };
}
