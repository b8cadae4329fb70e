// A path that is no page, and a page that failed.
import type { ErrorComponentProps } from "@tanstack/react-router";
import { To } from "../lib/nav";
import { Empty, Failed, useTitle } from "../parts/basic";

export function Missing() {
  useTitle("Not found");
  return (
    <div className="page">
      <h1>There is no such page</h1>
      <Empty icon="search" title="The address may be cut or mistyped.">
        <To to="/" className="btn primary">
          Find what you were looking for
        </To>
      </Empty>
    </div>
  );
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      <h1>This page failed</h1>
      <Failed error={error instanceof Error ? error : new Error(String(error))} again={reset} />
    </div>
  );
}
