// What the lineage page asks the API for: the steps of the URL, the model, and that of an earlier time.
import { useMemo } from "react";
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { GraphPart, NodeRef } from "../../gql/graphql";
import {
  BONES,
  expansions,
  NEIGHBOURHOOD,
  nodeRef,
  type Step,
  stepsOf,
  toModel,
} from "../../graph/load";
import { differ, type Model, makeId, EMPTY as NONE, withColumns } from "../../graph/model";
import { all, one, useAsOf, useParams } from "../../lib/nav";

/** The nodes of the whole path of a column, or of a path between two things. */
const COLUMN_PATH = graphql(`
  query ColumnPath($node: NodeRef!, $asOf: DateTime) {
    up: lineage(node: $node, direction: UPSTREAM, limit: 5000, asOf: $asOf) {
      total truncated nodes { namespace name }
    }
    down: lineage(node: $node, direction: DOWNSTREAM, limit: 5000, asOf: $asOf) {
      total truncated nodes { namespace name }
    }
  }
`);

const PATH = graphql(`
  query PathBetween($from: NodeRef!, $to: NodeRef!, $asOf: DateTime) {
    path(from: $from, to: $to, asOf: $asOf) { nodes { id kind namespace name column } }
  }
`);

/** Stands where no question is asked. */
const NOWHERE: NodeRef = { dataset: { namespace: "", name: "" } };

/** What is fetched at most. */
const LIMIT = 6_000;

const NO_CHANGE = new Map<string, "added" | "removed">();

interface Ends {
  total: number;
  nodes: { namespace: string; name: string }[];
}

/** The datasets of the path of a column, both ways, and how much of the path is not among them. */
function along(found: { up: Ends; down: Ends }): { steps: Step[]; cut: number } {
  const ids = new Set(
    [...found.up.nodes, ...found.down.nodes].map((node) =>
      makeId("dataset", node.namespace, node.name),
    ),
  );
  const steps = [...ids].slice(0, LIMIT).map((id): Step => ({ way: "n", limit: 0, id }));
  // Both ways count the column itself.
  const shown = found.up.nodes.length + found.down.nodes.length - 2;
  const cut = Math.max(found.up.total + found.down.total - shown, 0) + ids.size - steps.length;
  return { steps, cut };
}

/** Which steps the graph takes: those of the URL, or those that a path or column asks for. */
export function useSteps(focus: string | undefined) {
  const params = useParams();
  const asOf = useAsOf();
  const column = one(params.column);
  const only = one(params.only) === "1" && column;
  const to = one(params.to);
  const columnRef = only ? nodeRef(column) : undefined;
  const ends = to && focus ? { from: nodeRef(focus), to: nodeRef(to) } : undefined;
  const columnPath = useAsk(
    COLUMN_PATH,
    { node: columnRef ?? NOWHERE, asOf },
    { enabled: !!columnRef },
  );
  const forth = useAsk(
    PATH,
    { from: ends?.from ?? NOWHERE, to: ends?.to ?? NOWHERE, asOf },
    { enabled: !!ends },
  );
  const backwards = useAsk(
    PATH,
    { from: ends?.to ?? NOWHERE, to: ends?.from ?? NOWHERE, asOf },
    { enabled: !!ends },
  );
  return useMemo(() => {
    if (only) {
      const found = columnPath.data;
      if (!found) return { steps: undefined, error: columnPath.error, cut: 0, noPath: false };
      return { ...along(found), error: null, noPath: false };
    }
    if (to) {
      if (!forth.data || !backwards.data)
        return { steps: undefined, error: forth.error ?? backwards.error, cut: 0, noPath: false };
      const nodes = forth.data.path.nodes.length
        ? forth.data.path.nodes
        : backwards.data.path.nodes;
      const kept = nodes.filter((node) => node.kind !== "JOB");
      const steps = [...kept.map((node) => makeId("dataset", node.namespace, node.name)), to].map(
        (id): Step => ({ way: "n", limit: 0, id }),
      );
      return { steps, error: null, cut: 0, noPath: nodes.length === 0 };
    }
    return { steps: stepsOf(focus, all(params.x)), error: null, cut: 0, noPath: false };
  }, [
    only,
    to,
    focus,
    params.x,
    columnPath.data,
    columnPath.error,
    forth.data,
    backwards.data,
    forth.error,
    backwards.error,
  ]);
}

/** The model of the graph now, with what has changed since the time that it is compared with. */
export function useModel(
  focus: string | undefined,
  part: GraphPart | undefined,
  steps: Step[] | undefined,
) {
  const params = useParams();
  const asOf = useAsOf();
  const since = one(params.since);
  const bones = !focus;
  const expand = useMemo(() => expansions(focus, steps ?? []), [focus, steps]);
  const ask = { expand, part, limit: LIMIT };
  const ready = !!steps || bones;
  const full = useAsk(NEIGHBOURHOOD, { ...ask, asOf }, { keep: true, enabled: !bones && ready });
  const thin = useAsk(BONES, { ...ask, asOf }, { keep: true, enabled: bones });
  const before = useAsk(
    NEIGHBOURHOOD,
    { ...ask, asOf: since },
    { keep: true, enabled: !!since && !bones && ready },
  );
  const answer = bones ? thin.data?.neighbourhood : full.data?.neighbourhood;
  const lit = useHeldPath(bones);
  const now = useMemo(() => {
    const model = answer ? toModel(answer) : NONE;
    return lit.model ? withColumns(model, lit.model) : model;
  }, [answer, lit.model]);
  const earlier = before.data?.neighbourhood;
  const { model: whole, change } = useMemo(
    () => (since && earlier ? differ(toModel(earlier), now) : { model: now, change: NO_CHANGE }),
    [now, since, earlier],
  );
  const error = full.error ?? thin.error ?? before.error ?? lit.error;
  const retry = () => (bones ? thin.refetch() : full.refetch());
  return { ready, answer, error, retry, whole, change };
}

/** The path of the column that is held, for graphs that come without columns. */
function useHeldPath(bones: boolean): { model?: Model; error?: Error | null } {
  const asOf = useAsOf();
  const column = one(useParams().column);
  const node = bones && column ? nodeRef(column) : undefined;
  const path = useAsk(COLUMN_PATH, { node: node ?? NOWHERE, asOf }, { enabled: !!node });
  const found = node && path.data;
  const expand = useMemo(() => (found ? expansions(undefined, along(found).steps) : []), [found]);
  const asked = useAsk(NEIGHBOURHOOD, { expand, limit: LIMIT, asOf }, { enabled: !!found });
  const answer = found && asked.data?.neighbourhood;
  const model = useMemo(() => (answer ? toModel(answer) : undefined), [answer]);
  return { model, error: path.error ?? asked.error };
}
