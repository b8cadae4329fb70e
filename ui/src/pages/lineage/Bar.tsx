// What can be done with the graph: level, lanes, filters, find, compare, export, table.
import { useEffect, useRef, useState } from "react";
import { drawingSize, pngScale, save, savePng, toCsv, toSvg } from "../../graph/export";
import { writeStep } from "../../graph/load";
import { type Model, parseId } from "../../graph/model";
import type { Scene } from "../../graph/scene";
import { count, NO_LAYER, plain, shortName } from "../../lib/format";
import { all, one, useParams, useSetParams } from "../../lib/nav";
import { isoTime, localTime } from "../../parts/AsOf";
import { Text } from "../../parts/basic";
import { Icon, type IconName } from "../../parts/Icon";

export interface Filters {
  layers: string[];
  kinds: string[];
  owners: string[];
}

function Menu({
  icon,
  word,
  active,
  children,
}: {
  icon: IconName;
  word: string;
  active?: boolean;
  children: React.ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      const key = event instanceof KeyboardEvent;
      if (key ? event.key === "Escape" : !box.current?.contains(event.target as Node))
        setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("keydown", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("keydown", away);
    };
  }, [open]);
  return (
    <div className="asof" ref={box}>
      <button
        type="button"
        className="btn small"
        aria-label={word}
        aria-expanded={open}
        aria-pressed={active}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} size={14} /> <span>{word}</span>
      </button>
      {open && <div className="pop left">{children}</div>}
    </div>
  );
}

function Choice({
  word,
  checked,
  toggle,
  hits,
}: {
  word: string;
  checked: boolean;
  toggle: () => void;
  hits?: number;
}) {
  return (
    <label className="row choice">
      <input type="checkbox" checked={checked} onChange={toggle} />
      <span>
        <Text>{word}</Text>
      </span>
      {hits !== undefined && <span className="count">{count(hits)}</span>}
    </label>
  );
}

function tally(values: string[]): [string, number][] {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]);
}

/** All that the model holds as files, however much of it is on the screen. */
function Files({
  model,
  scene,
  file,
}: {
  model: Model;
  scene?: Scene;
  file: (end: string) => string;
}) {
  const [failed, setFailed] = useState<string>();
  const small = scene && pngScale(drawingSize(scene)).small;
  const png = async (scene: Scene) => {
    setFailed(undefined);
    try {
      await savePng(file("png"), scene);
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      setFailed(`No PNG was made. ${why || "Take the SVG instead."}`);
    }
  };
  return (
    <>
      <button
        type="button"
        className="btn small"
        disabled={!scene}
        onClick={() => scene && save(file("svg"), "image/svg+xml", toSvg(scene))}
      >
        SVG
      </button>
      <button
        type="button"
        className="btn small"
        disabled={!scene}
        onClick={() => scene && png(scene)}
      >
        PNG
      </button>
      <button
        type="button"
        className="btn small"
        onClick={() => save(file("csv"), "text/csv", toCsv(model))}
      >
        CSV of nodes and edges
      </button>
      {small && <span className="faint">{small}</span>}
      {failed && <span role="alert">{failed}</span>}
    </>
  );
}

export function GraphBar({
  model,
  whole,
  scene,
  focus,
  columns,
  bones,
  matches,
  next,
  filters,
}: {
  model: Model;
  whole: Model;
  /** What is drawn; nothing while it is laid out. */
  scene?: Scene;
  focus?: string;
  columns: boolean;
  bones: boolean;
  matches: number;
  next: () => void;
  filters: Filters;
}) {
  const params = useParams();
  const set = useSetParams();
  const table = one(params.view) === "table";
  const lanes = one(params.lanes) !== "0";
  const find = one(params.find) ?? "";
  const title = focus ? plain(shortName(parseId(focus).parts[1] ?? "")) : "A part of the estate";
  const flip = (key: string, held: string[], value: string) =>
    set({ [key]: held.includes(value) ? held.filter((one) => one !== value) : [...held, value] });
  const filtered = filters.layers.length + filters.kinds.length + filters.owners.length > 0;
  const file = (end: string) => `lineage-${title.replace(/[^\w.-]+/g, "_")}.${end}`;
  const far = (ways: ("U" | "D")[]) =>
    focus && set({ x: ways.map((way) => writeStep({ way, limit: 0, id: focus })) });
  return (
    <div className="graph-bar">
      <strong className="graph-title" title={title}>
        <bdi>{title}</bdi> <span className="count">{count(model.nodes.length)} nodes</span>
      </strong>
      {!bones && (
        <fieldset className="split">
          <legend className="hidden-visually">Level</legend>
          <button
            type="button"
            className="btn small"
            aria-pressed={!columns}
            onClick={() => set({ level: undefined, column: undefined, only: undefined })}
          >
            Datasets
          </button>
          <button
            type="button"
            className="btn small"
            aria-pressed={columns}
            onClick={() => set({ level: "column" })}
          >
            Columns
          </button>
        </fieldset>
      )}
      <div className="graph-find">
        <Icon name="search" size={14} />
        <input
          className="field small"
          type="search"
          aria-label="Find in the graph"
          placeholder="Find in the graph"
          value={find}
          onChange={(event) => set({ find: event.target.value || undefined }, true)}
          onKeyDown={(event) => event.key === "Enter" && next()}
        />
        {find && (
          <span className="count" role="status">
            {count(matches)} found
          </span>
        )}
      </div>
      {focus && !one(params.to) && (
        <Menu icon="plus" word="Reach">
          <button type="button" className="btn small" onClick={() => set({ x: undefined })}>
            One hop each way
          </button>
          <button type="button" className="btn small" onClick={() => far(["U"])}>
            Everything upstream
          </button>
          <button type="button" className="btn small" onClick={() => far(["D"])}>
            Everything downstream
          </button>
          <button type="button" className="btn small" onClick={() => far(["U", "D"])}>
            Everything both ways
          </button>
        </Menu>
      )}
      <Menu icon="filter" word="Filter" active={filtered}>
        <strong>Layers</strong>
        {tally(
          whole.nodes
            .filter((node) => node.kind === "DATASET")
            .map((node) => node.layer ?? NO_LAYER),
        ).map(([layer, hits]) => (
          <Choice
            key={layer}
            word={layer === NO_LAYER ? "unclassified" : layer}
            hits={hits}
            checked={!filters.layers.includes(layer)}
            toggle={() => flip("layer", filters.layers, layer)}
          />
        ))}
        <strong>Kinds</strong>
        {tally(whole.nodes.map((node) => node.kind)).map(([kind, hits]) => (
          <Choice
            key={kind}
            word={kind === "JOB" ? "consumers and other jobs" : "datasets"}
            hits={hits}
            checked={!filters.kinds.includes(kind)}
            toggle={() => flip("kind", filters.kinds, kind)}
          />
        ))}
        {!bones && (
          <>
            <strong>Only of these owners</strong>
            {tally(whole.nodes.flatMap((node) => node.owners))
              .slice(0, 12)
              .map(([owner, hits]) => (
                <Choice
                  key={owner}
                  word={owner}
                  hits={hits}
                  checked={filters.owners.includes(owner)}
                  toggle={() => flip("owner", filters.owners, owner)}
                />
              ))}
          </>
        )}
        <button
          type="button"
          className="btn small"
          disabled={!filtered}
          onClick={() => set({ layer: undefined, kind: undefined, owner: undefined })}
        >
          Show all
        </button>
      </Menu>
      <button
        type="button"
        className="btn small"
        aria-pressed={lanes}
        onClick={() => set({ lanes: lanes ? "0" : undefined }, true)}
      >
        Lanes
      </button>
      {!bones && (
        <Menu icon="clock" word="Compare" active={!!one(params.since)}>
          <label htmlFor="since">Mark what changed since</label>
          <input
            id="since"
            className="field"
            type="datetime-local"
            defaultValue={localTime(
              one(params.since) ?? new Date(Date.now() - 7 * 86_400_000).toISOString(),
            )}
            onKeyDown={(event) =>
              event.key === "Enter" && set({ since: isoTime(event.currentTarget.value) })
            }
          />
          <div className="row">
            {[1, 3, 7, 30].map((days) => (
              <button
                key={days}
                type="button"
                className="btn small"
                onClick={() =>
                  set({ since: new Date(Date.now() - days * 86_400_000).toISOString() })
                }
              >
                {days === 1 ? "a day" : `${days} days`}
              </button>
            ))}
          </div>
        </Menu>
      )}
      <Menu icon="download" word="Export">
        <Files model={model} scene={scene} file={file} />
      </Menu>
      <button
        type="button"
        className="btn small"
        aria-pressed={table}
        onClick={() => set({ view: table ? undefined : "table" })}
      >
        <Icon name="table" size={14} /> <span>Table</span>
      </button>
      <span className="hidden-visually" role="status">
        {all(params.x).length > 0 ? `${model.nodes.length} nodes are shown` : ""}
      </span>
    </div>
  );
}
