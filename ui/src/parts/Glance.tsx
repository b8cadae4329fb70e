// What is to be known of a thing at a glance: a row of short facts under its name.
import type { ReactNode } from "react";

export function Glance({ children }: { children: ReactNode }) {
  return <dl className="glance">{children}</dl>;
}

export function Fact({
  word,
  row,
  children,
}: {
  word: string;
  /** Whether its parts stand beside each other. */
  row?: boolean;
  children: ReactNode;
}) {
  return (
    <div>
      <dt>{word}</dt>
      <dd className={row ? "row" : undefined}>{children}</dd>
    </div>
  );
}
