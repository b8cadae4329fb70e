// Which column is pointed at or held, outside of React's state: a hover must touch only the nodes that
// it lights, not the whole graph.
import { useSyncExternalStore } from "react";
import type { ColumnIndex, Lit } from "./model";

export class LitStore {
  private lit: Lit | undefined;
  private held: Lit | undefined;
  private readonly heard = new Set<() => void>();
  private byNode = new Map<string, string>();
  indirect = true;

  constructor(readonly index: ColumnIndex) {}

  get now(): Lit | undefined {
    return this.lit ?? this.held;
  }

  point(node: string | undefined, column?: string) {
    this.lit = node && column ? this.index.path(node, column, this.indirect) : undefined;
    this.tell();
  }

  hold(node: string | undefined, column?: string) {
    this.held = node && column ? this.index.path(node, column, this.indirect) : undefined;
    this.tell();
  }

  private tell() {
    const columns = new Map<string, string[]>();
    for (const key of this.now?.columns ?? []) {
      const [node = "", column = ""] = key.split("\u0000");
      const held = columns.get(node);
      if (held) held.push(column);
      else columns.set(node, [column]);
    }
    this.byNode = new Map();
    for (const node of this.now?.nodes ?? [])
      this.byNode.set(node, `\u0001${(columns.get(node) ?? []).join("\u0000")}`);
    for (const hear of this.heard) hear();
  }

  hear = (hear: () => void) => {
    this.heard.add(hear);
    return () => this.heard.delete(hear);
  };

  /** What a node shows of the lit path: its lit columns in one text, equal texts need no drawing. */
  of(node: string): string {
    return this.byNode.get(node) ?? "";
  }
}

export function useLitColumns(store: LitStore, node: string): Set<string> | undefined {
  const text = useSyncExternalStore(store.hear, () => store.of(node));
  return text ? new Set(text.slice(1).split("\u0000")) : undefined;
}

export function useLit(store: LitStore): Lit | undefined {
  return useSyncExternalStore(store.hear, () => store.now);
}
