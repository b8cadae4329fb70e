// The lineage graph: around one thing, between two things, of a part of the estate, or the whole in
// groups. Every state is in the URL.
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { NodeRef } from "../gql/graphql";
import type { Hands, View } from "../graph/Focus";
import type { Task } from "../graph/layout";
import { LitStore } from "../graph/lit";
import {
  BONES,
  expansions,
  NEIGHBOURHOOD,
  nodeRef,
  STEP,
  type Step,
  stepsOf,
  toModel,
  writeStep,
} from "../graph/load";
import {
  ColumnIndex,
  differ,
  makeId,
  NO_LAYER,
  EMPTY as NONE,
  parseId,
  part,
  reach,
  shownNeighbours,
} from "../graph/model";
import { heightOf, listed, WIDTH } from "../graph/sizes";
import { useLayout } from "../graph/useLayout";
import { count, layerRank, many, plain, time } from "../lib/format";
import { all, one, useAsOf, useParams, useSetParams } from "../lib/nav";
import { Bones, Empty, Failed, Note, Text, useTitle } from "../parts/basic";
import { type Filters, GraphBar } from "./lineage/Bar";
import { Detail } from "./lineage/Detail";
import { GraphTable } from "./lineage/GraphTable";
import { Summary } from "./lineage/Summary";
import "../styles/graph.css";

const Focus = lazy(() => import("../graph/Focus"));
const Overview = lazy(() => import("../graph/Overview"));

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

/** Past this many visible nodes the canvas takes over. */
export const CANVAS_FROM = 300;
/** What is fetched at most. */
const LIMIT = 6_000;
const LANES = ["Raw", "Staging", "Intermediate", "Other layers", "Mart", "Consumers"];
const BOX = { width: 210, height: 34 };

function laneOf(node: { kind: string; layer: string | null; down: number }): number {
  if (node.kind === "JOB") return node.down === 0 ? 5 : 0;
  if (!node.layer) return -1;
  const rank = layerRank(node.layer);
  return rank === 3 ? 4 : rank === 2.5 ? 3 : rank;
}

/** Which steps the graph takes: those of the URL, or those that a path or column asks for. */
function useSteps(focus: string | undefined) {
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
      const ids = new Set(
        [...found.up.nodes, ...found.down.nodes].map((node) =>
          makeId("dataset", node.namespace, node.name),
        ),
      );
      const shown = found.up.nodes.length + found.down.nodes.length - 2;
      const steps = [...ids].map((id): Step => ({ way: "n", limit: 0, id }));
      return { steps, error: null, cut: found.up.total + found.down.total - shown, noPath: false };
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

function useFilters(): Filters {
  const params = useParams();
  return useMemo(
    () => ({
      layers: all(params.layer),
      kinds: all(params.kind),
      owners: all(params.owner),
    }),
    [params.layer, params.kind, params.owner],
  );
}

const NO_CHANGE = new Map<string, "added" | "removed">();

export function LineagePage() {
  const params = useParams();
  const focus = one(params.focus);
  const drawn = one(params.whole) === "1" || all(params.pl).length > 0 || all(params.pn).length > 0;
  useTitle(focus ? `${parseId(focus).parts[1] ?? ""} – Lineage` : "Lineage");
  if (!focus && !drawn) return <Summary />;
  return <Graph focus={focus} />;
}

function Graph({ focus }: { focus?: string }) {
  const params = useParams();
  const set = useSetParams();
  const asOf = useAsOf();
  const since = one(params.since);
  const columns = one(params.level) === "column" || !!one(params.column);
  const lanes = one(params.lanes) !== "0";
  const indirect = one(params.indirect) !== "0";
  const selected = one(params.at);
  const find = one(params.find) ?? "";
  const filters = useFilters();
  const { steps, error: stepsError, cut, noPath } = useSteps(focus);
  const bones = !focus;
  const graphPart = useMemo(
    () =>
      focus
        ? undefined
        : {
            layers: all(params.pl).map((layer) => (layer === NO_LAYER ? "" : layer)),
            namespaces: all(params.pn),
          },
    [focus, params.pl, params.pn],
  );
  const expand = useMemo(() => expansions(focus, steps ?? []), [focus, steps]);
  const ask = { expand, part: graphPart, limit: LIMIT };
  const ready = !!steps || bones;
  const full = useAsk(NEIGHBOURHOOD, { ...ask, asOf }, { keep: true, enabled: !bones && ready });
  const thin = useAsk(BONES, { ...ask, asOf }, { keep: true, enabled: bones });
  const before = useAsk(
    NEIGHBOURHOOD,
    { ...ask, asOf: since },
    { keep: true, enabled: !!since && !bones && ready },
  );
  const answer = bones ? thin.data?.neighbourhood : full.data?.neighbourhood;
  const error = stepsError ?? full.error ?? thin.error ?? before.error;
  const now = useMemo(() => (answer ? toModel(answer) : NONE), [answer]);
  const earlier = before.data?.neighbourhood;
  const { model: whole, change } = useMemo(
    () => (since && earlier ? differ(toModel(earlier), now) : { model: now, change: NO_CHANGE }),
    [now, since, earlier],
  );
  const near = one(params.near) === "1" && selected;
  const model = useMemo(() => {
    const kept = near ? reach(whole, near) : undefined;
    return part(whole, (node) => {
      if (node.id === focus) return true;
      if (kept && !kept.has(node.id)) return false;
      if (filters.layers.includes(node.layer ?? NO_LAYER)) return false;
      if (filters.kinds.includes(node.kind)) return false;
      return (
        filters.owners.length === 0 || node.owners.some((owner) => filters.owners.includes(owner))
      );
    });
  }, [whole, filters, focus, near]);
  const canvas = model.nodes.length > CANVAS_FROM;
  const index = useMemo(() => new ColumnIndex(model), [model]);
  const store = useMemo(() => new LitStore(index), [index]);
  const opened = all(params.open).join("\n");
  const views = useMemo(() => {
    const shown = shownNeighbours(model);
    const open = new Set(opened.split("\n"));
    const wanted = find.trim().toLowerCase();
    const held = steps ?? [];
    return new Map(
      model.nodes.map((node): [string, View] => {
        const rows = columns
          ? listed(node, index.touched(node.id), open.has(node.id))
          : { columns: [], more: 0 };
        const near = shown.get(node.id) ?? { up: 0, down: 0 };
        const has = (ways: string) =>
          node.id !== focus && held.some((step) => step.id === node.id && ways.includes(step.way));
        const found = wanted !== "" && node.name.toLowerCase().includes(wanted);
        return [
          node.id,
          {
            node,
            ...rows,
            shownUp: near.up,
            shownDown: near.down,
            focus: node.id === focus,
            change: change.get(node.id),
            found,
            open: { up: has("uU"), down: has("dD") },
          },
        ];
      }),
    );
  }, [model, index, columns, opened, find, change, focus, steps]);
  const task = useMemo((): Task | undefined => {
    if (model.nodes.length === 0) return undefined;
    const place = new Map(model.nodes.map((node, at) => [node.id, at]));
    const boxes = model.nodes.map((node) => {
      const view = views.get(node.id);
      const lane = lanes ? laneOf(node) : 0;
      if (canvas) return { ...BOX, lane };
      return { width: WIDTH, height: heightOf(view?.columns.length ?? 0, view?.more ?? 0), lane };
    });
    const edges = model.edges.map((edge): [number, number] => [
      place.get(edge.from) ?? 0,
      place.get(edge.to) ?? 0,
    ]);
    return { boxes, edges, gapX: canvas ? 150 : 72, gapY: canvas ? 12 : 18 };
  }, [model, views, lanes, canvas]);
  const drawing = useMemo(() => ({ model, views, canvas }), [model, views, canvas]);
  const placed = useLayout(task, drawing);

  const column = one(params.column);
  useEffect(() => {
    store.indirect = indirect;
    const parts = column ? parseId(column).parts : [];
    const [namespace, name, of] = parts;
    if (namespace === undefined || name === undefined || of === undefined) store.hold(undefined);
    else store.hold(makeId("dataset", namespace, name), of);
  }, [store, column, indirect]);

  const hands = useMemo((): Hands => {
    const write = (next: Step[]) => set({ x: next.map(writeStep) });
    const held = () => stepsOf(focus, all(new URLSearchParams(location.search).getAll("x")));
    return {
      expand: (id, way) => {
        const steps = held();
        const known = steps.find((step) => step.id === id && step.way === way);
        if (known)
          write(
            steps.map((step) =>
              step === known ? { ...step, limit: step.limit + 4 * STEP } : step,
            ),
          );
        else write([...steps, { way, limit: STEP, id }]);
      },
      collapse: (id, way) =>
        write(held().filter((step) => step.id !== id || step.way.toLowerCase() !== way)),
      pick: (id) => set({ at: id || undefined }, true),
      hold: (node, name) => {
        const [namespace = "", dataset = ""] = parseId(node).parts;
        const id = makeId("column", namespace, dataset, name);
        const same = new URLSearchParams(location.search).get("column") === id;
        set({ column: same ? undefined : id, level: "column", only: undefined });
      },
      openColumns: (id) =>
        set({ open: [...new URLSearchParams(location.search).getAll("open"), id] }, true),
    };
  }, [focus, set]);
  const matches = useMemo(
    () => model.nodes.filter((node) => views.get(node.id)?.found).map((node) => node.id),
    [model, views],
  );
  const [match, setMatch] = useState(0);
  const centre = find && matches.length > 0 ? matches[match % matches.length] : undefined;
  const next = useCallback(() => setMatch((before) => before + 1), []);
  const table = one(params.view) === "table";
  const waiting = ready && !answer && !error;
  const node = model.nodes.find((one) => one.id === selected);
  return (
    <div className="lineage">
      <h1 className="hidden-visually">
        Lineage {focus && `of ${plain(parseId(focus).parts[1] ?? "")}`}
      </h1>
      <GraphBar
        model={model}
        whole={whole}
        placed={placed?.of === drawing && !canvas ? placed.layout : undefined}
        views={views}
        focus={focus}
        columns={columns}
        bones={bones}
        matches={matches.length}
        next={next}
        filters={filters}
      />
      <div className="graph-notes">
        {error && <Failed error={error} again={() => (bones ? thin.refetch() : full.refetch())} />}
        {asOf && (
          <Note>
            As of <strong>{time(asOf)}</strong>.{" "}
            <button type="button" className="btn small" onClick={() => set({ asOf: undefined })}>
              Back to now
            </button>
          </Note>
        )}
        {since && (
          <Note>
            Compared with <strong>{time(since)}</strong>:{" "}
            <span className="change-added">
              {count([...change.values()].filter((one) => one === "added").length)} added
            </span>
            ,{" "}
            <span className="change-removed">
              {count([...change.values()].filter((one) => one === "removed").length)} removed
            </span>
            , nodes and edges together.{" "}
            <button type="button" className="btn small" onClick={() => set({ since: undefined })}>
              Compare no more
            </button>
          </Note>
        )}
        {one(params.to) && (
          <Note tone={noPath ? "warn" : "info"}>
            {noPath
              ? "No path leads from the one to the other, in either direction."
              : "A shortest path between the two."}{" "}
            <button type="button" className="btn small" onClick={() => set({ to: undefined })}>
              Show all around it
            </button>
          </Note>
        )}
        {column && (
          <Note>
            The path of column <Text>{parseId(column).parts[2]}</Text> is held.{" "}
            <button
              type="button"
              className="btn small"
              aria-pressed={one(params.only) === "1"}
              onClick={() => set({ only: one(params.only) === "1" ? undefined : "1" })}
            >
              Only this column's path
            </button>{" "}
            <button
              type="button"
              className="btn small"
              aria-pressed={!indirect}
              onClick={() => set({ indirect: indirect ? "0" : undefined }, true)}
            >
              Direct uses only
            </button>{" "}
            <button
              type="button"
              className="btn small"
              onClick={() => set({ column: undefined, only: undefined })}
            >
              Let go
            </button>
          </Note>
        )}
        {(answer?.leftOut ?? 0) > 0 && (
          <Note tone="warn">
            {many(answer?.leftOut ?? 0, "node is", "nodes are")} left out; the counts at the nodes
            open more.
          </Note>
        )}
        {cut > 0 && <Note tone="warn">{count(cut)} columns of the path are left out.</Note>}
      </div>
      <div className="graph-body">
        {waiting && <Bones lines={8} />}
        {answer && model.nodes.length === 0 && (
          <Empty icon="lineage" title="Nothing is left to draw.">
            The filters hide all of it.
          </Empty>
        )}
        {table && answer && <GraphTable model={model} change={change} />}
        {!table && model.nodes.length > 0 && placed && (
          <div className={`graph-canvas ${columns ? "at-columns" : ""}`}>
            <Suspense fallback={<Bones lines={8} />}>
              {placed.of.canvas ? (
                <Overview
                  model={placed.of.model}
                  layout={placed.layout}
                  box={BOX}
                  laneNames={LANES}
                  selected={selected}
                  found={new Set(matches)}
                  centre={centre}
                  onPick={hands.pick}
                />
              ) : (
                <Focus
                  model={placed.of.model}
                  layout={placed.layout}
                  views={placed.of.views}
                  store={store}
                  hands={hands}
                  selected={selected}
                  centre={centre}
                  laneNames={LANES}
                  change={change}
                />
              )}
            </Suspense>
            {placed.of.canvas && (
              <p className="graph-said">
                {count(model.nodes.length)} nodes: an overview. Point at one for its name, click for
                more.
              </p>
            )}
          </div>
        )}
        {node && !table && <Detail node={node} focus={focus} model={model} />}
      </div>
    </div>
  );
}
