// Which column is pointed at or held, outside of React's state: a hover must touch only the nodes that
// it lights, not the whole graph.
import { useSyncExternalStore } from "react";
import type { ColumnIndex, Lit } from "./model";

export class LitStore {
  private lit: Lit | undefined;
  private held: Lit | undefined;
  private readonly heard = new Set<() => void>();
  private byNode = new Map<string, Set<string>>();
  private readonly elements = new Map<string, HTMLElement>();
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
    const lit = new Map<string, Set<string>>();
    for (const node of this.now?.nodes ?? []) lit.set(node, new Set());
    for (const key of this.now?.columns ?? []) {
      const [node = "", column = ""] = key.split("\u0000");
      lit.get(node)?.add(column);
    }
    const before = this.byNode;
    this.byNode = lit;
    for (const node of new Set([...before.keys(), ...lit.keys()])) this.show(node);
    for (const hear of this.heard) hear();
  }

  /** A node is on the page: it shows what is lit of it from now on. */
  mount(node: string, element: HTMLElement) {
    this.elements.set(node, element);
    this.show(node);
    return () => {
      if (this.elements.get(node) === element) this.elements.delete(node);
    };
  }

  /** Marks are set on the elements themselves: to render hundreds of nodes anew takes far longer. */
  private show(node: string) {
    const element = this.elements.get(node);
    if (!element) return;
    const lit = this.byNode.get(node);
    element.toggleAttribute("data-lit", lit !== undefined);
    for (const row of element.querySelectorAll<HTMLElement>("li[data-column]"))
      row.toggleAttribute("data-lit", lit?.has(row.dataset.column ?? "") ?? false);
  }

  hear = (hear: () => void) => {
    this.heard.add(hear);
    return () => this.heard.delete(hear);
  };
}

export function useLit(store: LitStore): Lit | undefined {
  return useSyncExternalStore(store.hear, () => store.now);
}
