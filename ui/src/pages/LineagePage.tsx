// The lineage graph: around one thing, between two things, of a part of the estate, or the whole in
// groups. Every state is in the URL.
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { Hands, View } from "../graph/Focus";
import type { Task } from "../graph/layout";
import { LitStore } from "../graph/lit";
import { STEP, type Step, stepsOf, writeStep } from "../graph/load";
import { ColumnIndex, makeId, parseId, part, reach, shownNeighbours } from "../graph/model";
import { Scene } from "../graph/scene";
import { listed } from "../graph/sizes";
import { LANES, taskOf } from "../graph/task";
import { useLayout } from "../graph/useLayout";
import { count, many, NO_LAYER, plain, time } from "../lib/format";
import { all, one, useAsOf, useParams, useSetParams } from "../lib/nav";
import { Bones, Empty, Failed, Note, Text, useTitle } from "../parts/basic";
import { type Filters, GraphBar } from "./lineage/Bar";
import { Detail } from "./lineage/Detail";
import { GraphTable } from "./lineage/GraphTable";
import { Summary } from "./lineage/Summary";
import { useModel, useSteps } from "./lineage/useGraph";
import "../styles/graph.css";

const Focus = lazy(() => import("../graph/Focus"));
const Overview = lazy(() => import("../graph/Overview"));

/** Past this many visible nodes the canvas takes over. */
export const CANVAS_FROM = 300;
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
  const { ready, answer, error, retry, whole, change } = useModel(focus, graphPart, steps);
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
  // At thousands of nodes the answer has no columns, but for those of a path that is held.
  const listing = columns && !bones;
  const views = useMemo(() => {
    const shown = shownNeighbours(model);
    const open = new Set(opened.split("\n"));
    const wanted = find.trim().toLowerCase();
    const held = steps ?? [];
    return new Map(
      model.nodes.map((node): [string, View] => {
        const rows = listing
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
  }, [model, index, listing, opened, find, change, focus, steps]);
  const task = useMemo(
    (): Task | undefined =>
      model.nodes.length === 0
        ? undefined
        : taskOf(model, views, { lanes, canvas, columns: listing }),
    [model, views, lanes, canvas, listing],
  );
  const drawing = useMemo(
    () => ({ index, store, views, canvas, task }),
    [index, store, views, canvas, task],
  );
  const placed = useLayout(task, drawing);
  const scene = useMemo(
    () =>
      placed?.of.task &&
      new Scene(placed.of.index, placed.layout, placed.of.task.boxes, placed.of.views),
    [placed],
  );

  const column = one(params.column);
  useEffect(() => {
    store.indirect = indirect;
    const parts = column ? parseId(column).parts : [];
    const [namespace, name, of] = parts;
    if (namespace === undefined || name === undefined || of === undefined) store.hold(undefined);
    else store.hold(store.index.column(makeId("dataset", namespace, name), of));
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
  const found = useMemo(() => new Set(matches), [matches]);
  const [match, setMatch] = useState(0);
  const centre = find && matches.length > 0 ? matches[match % matches.length] : undefined;
  const next = useCallback(() => setMatch((before) => before + 1), []);
  const table = one(params.view) === "table";
  const failed = stepsError ?? error;
  const waiting = ready && !answer && !failed;
  const node = model.nodes.find((one) => one.id === selected);
  return (
    <div className="lineage">
      <h1 className="hidden-visually">
        Lineage {focus && `of ${plain(parseId(focus).parts[1] ?? "")}`}
      </h1>
      <GraphBar
        model={model}
        whole={whole}
        scene={placed?.of === drawing ? scene : undefined}
        focus={focus}
        columns={columns}
        bones={bones}
        matches={matches.length}
        next={next}
        filters={filters}
      />
      <div className="graph-notes">
        {failed && <Failed error={failed} again={retry} />}
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
        {!table && model.nodes.length > 0 && placed && scene && (
          <div className={`graph-canvas ${columns ? "at-columns" : ""}`}>
            <Suspense fallback={<Bones lines={8} />}>
              {placed.of.canvas ? (
                <Overview
                  scene={scene}
                  store={placed.of.store}
                  laneNames={LANES}
                  selected={selected}
                  found={found}
                  change={change}
                  centre={centre}
                  onPick={hands.pick}
                  onHold={hands.hold}
                />
              ) : (
                <Focus
                  scene={scene}
                  views={placed.of.views}
                  store={placed.of.store}
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
        {node && !table && (
          <Detail node={node} focus={focus} model={model} store={store} hold={hands.hold} />
        )}
      </div>
    </div>
  );
}
