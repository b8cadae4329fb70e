// Which column is pointed at or held, outside of React's state: a hover renders nothing anew.
import type { ColumnIndex, Lit } from "./model";

export class LitStore {
  private pointed: Lit | undefined;
  private held: Lit | undefined;
  private readonly heard = new Set<() => void>();
  indirect = true;

  constructor(readonly index: ColumnIndex) {}

  get now(): Lit | undefined {
    return this.pointed ?? this.held;
  }

  /** A column that nothing is known of lights nothing. */
  point(column: number | undefined) {
    const lit = this.path(column);
    if (lit === this.pointed) return;
    this.pointed = lit;
    this.tell();
  }

  hold(column: number | undefined) {
    this.held = this.path(column);
    this.tell();
  }

  private path(column: number | undefined): Lit | undefined {
    return column === undefined ? undefined : this.index.path(column, this.indirect);
  }

  private tell() {
    for (const hear of this.heard) hear();
  }

  hear = (hear: () => void) => {
    this.heard.add(hear);
    return () => {
      this.heard.delete(hear);
    };
  };
}
