// The graph as nodes with columns, for up to a few hundred of them: React Flow draws and moves, the
// places come from our layout. Column edges are drawn along the lit path alone.
import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
  ViewportPortal,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import {
  createContext,
  memo,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { count, layerKind, plain, shortName } from "../lib/format";
import { Layer } from "../parts/basic";
import { Icon } from "../parts/Icon";
import type { Layout } from "./layout";
import { type LitStore, useLit } from "./lit";
import type { GNode, Model } from "./model";
import { edgeKey } from "./model";
import { HEAD, heightOf, ROW, WIDTH } from "./sizes";

/** What a node needs to be drawn; made once for a layout. */
export interface View {
  node: GNode;
  columns: { name: string; type: string | null }[];
  more: number;
  shownUp: number;
  shownDown: number;
  focus: boolean;
  change?: "added" | "removed";
  found: boolean;
  open: { up: boolean; down: boolean };
}

export interface Hands {
  expand: (id: string, way: "u" | "d") => void;
  collapse: (id: string, way: "u" | "d") => void;
  pick: (id: string) => void;
  hold: (node: string, column: string) => void;
  openColumns: (id: string) => void;
}

const Wire = createContext<{ store: LitStore; hands: Hands; selected?: string } | null>(null);

function useWire() {
  const wire = useContext(Wire);
  if (!wire) throw new Error("a node stands outside of its graph");
  return wire;
}

type FlowNode = Node<{ view: View }, "dataset">;
type FlowEdge = Edge<{ inferred: boolean; back: boolean; change?: string; jobs: string }, "flow">;

function Hops({ view, way }: { view: View; way: "u" | "d" }) {
  const { hands } = useWire();
  const { node } = view;
  const [shown, all] = way === "u" ? [view.shownUp, node.up] : [view.shownDown, node.down];
  const open = way === "u" ? view.open.up : view.open.down;
  if (all === 0) return null;
  const word = way === "u" ? "upstream" : "downstream";
  const name = plain(shortName(node.name));
  if (shown >= all && !open) return null;
  return (
    <button
      type="button"
      className={`hops ${way} nodrag nopan`}
      onClick={(event) => {
        event.stopPropagation();
        if (shown < all) hands.expand(node.id, way);
        else hands.collapse(node.id, way);
      }}
      aria-label={
        shown < all
          ? `Show more ${word} of ${name}: ${shown} of ${all} are shown`
          : `Hide what is ${word} of ${name}`
      }
      title={shown < all ? `${count(shown)} of ${count(all)} ${word}` : `Hide ${word}`}
    >
      {shown < all ? (
        <>
          {count(shown)} of {count(all)}
        </>
      ) : (
        <Icon name="minus" size={10} />
      )}
    </button>
  );
}

const DatasetNode = memo(function DatasetNode({ data }: NodeProps<FlowNode>) {
  const { store, hands, selected } = useWire();
  const { view } = data;
  const { node } = view;
  const frame = useRef<HTMLDivElement>(null);
  // After each rendering, for the rows may be others.
  useLayoutEffect(() => (frame.current ? store.mount(node.id, frame.current) : undefined));
  const classes = [
    "gnode",
    `edge-${node.kind === "JOB" ? "job" : layerKind(node.layer)}`,
    view.focus && "focus",
    view.change,
    view.found && "found",
    selected === node.id && "selected",
    node.dropped && "dropped",
  ];
  return (
    <div className={classes.filter(Boolean).join(" ")} ref={frame}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
      <button
        type="button"
        className="ghead nodrag"
        onClick={() => hands.pick(node.id)}
        title={`${plain(node.name)}\n${plain(node.namespace)}${node.owners.length ? `\n${plain(node.owners.join(", "))}` : ""}`}
      >
        <span className="gname">
          <Icon name={node.kind === "JOB" ? "job" : "dataset"} size={14} />
          <bdi>{plain(node.kind === "JOB" ? node.name : shortName(node.name))}</bdi>
        </span>
        <span className="gwhere">
          {node.kind === "JOB" ? (
            <span className="badge is-info">consumer</span>
          ) : (
            <Layer layer={node.layer} />
          )}
          <bdi>{plain(node.owners[0] ?? node.namespace)}</bdi>
        </span>
      </button>
      {view.columns.length > 0 && (
        <ul className="gcolumns nodrag nopan" onPointerLeave={() => store.point(undefined)}>
          {view.columns.map((column) => (
            <li key={column.name} data-column={column.name}>
              <button
                type="button"
                onPointerEnter={() => store.point(node.id, column.name)}
                onFocus={(event) =>
                  event.target.matches(":focus-visible") && store.point(node.id, column.name)
                }
                onBlur={() => store.point(undefined)}
                onClick={() => hands.hold(node.id, column.name)}
                title={`${plain(column.name)} ${plain(column.type ?? "")}`}
              >
                <bdi>{plain(column.name)}</bdi>
                <span>{plain(column.type ?? "")}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {view.more > 0 && (
        <button type="button" className="gmore nodrag" onClick={() => hands.openColumns(node.id)}>
          {count(view.more)} more columns
        </button>
      )}
      <Hops view={view} way="u" />
      <Hops view={view} way="d" />
    </div>
  );
});

function FlowLine(props: EdgeProps<FlowEdge>) {
  const { sourceX, sourceY, targetX, targetY, data } = props;
  const classes = ["gedge", data?.inferred && "inferred", data?.back && "back", data?.change];
  let path: string;
  if (data?.back) {
    // Against the flow: out of the right side, round below, into the left side.
    const low = Math.max(sourceY, targetY) + 90;
    path = `M ${sourceX} ${sourceY} C ${sourceX + 80} ${sourceY}, ${sourceX + 80} ${low}, ${(sourceX + targetX) / 2} ${low} S ${targetX - 80} ${targetY}, ${targetX} ${targetY}`;
  } else {
    [path] = getBezierPath({
      sourceX,
      sourceY,
      targetX,
      targetY,
      sourcePosition: Position.Right,
      targetPosition: Position.Left,
      curvature: 0.35,
    });
  }
  return (
    <BaseEdge path={path} className={classes.filter(Boolean).join(" ")} interactionWidth={12} />
  );
}

const NODE_TYPES = { dataset: DatasetNode };
const EDGE_TYPES = { flow: FlowLine };

/** The column edges of the lit path, over the dataset edges. */
function LitEdges({
  places,
  store,
}: {
  places: Map<string, { x: number; y: number; view: View }>;
  store: LitStore;
}) {
  const lit = useLit(store);
  const rows = useMemo(() => {
    const found = new Map<string, Map<string, number>>();
    for (const [id, { view }] of places)
      found.set(id, new Map(view.columns.map((column, at) => [column.name, at])));
    return found;
  }, [places]);
  const row = (id: string, column: string | null): number | undefined => {
    const at = places.get(id);
    if (!at) return undefined;
    const index = column === null ? undefined : rows.get(id)?.get(column);
    return at.y + (index === undefined ? 26 : HEAD + 4 + index * ROW + ROW / 2);
  };
  // Two paths however many edges there are: a hover may light thousands.
  const lines = { direct: "", indirect: "" };
  for (const edge of lit?.edges ?? []) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    const [y1, y2] = [row(edge.from, edge.fromColumn), row(edge.to, edge.toColumn)];
    if (!from || !to || y1 === undefined || y2 === undefined) continue;
    const [x1, x2] = [from.x + WIDTH, to.x];
    const bend = Math.max(40, Math.abs(x2 - x1) * 0.4);
    lines[edge.indirect ? "indirect" : "direct"] +=
      `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  return (
    <ViewportPortal>
      <svg className="litedges" aria-hidden="true">
        {lines.direct && <path d={lines.direct} />}
        {lines.indirect && <path d={lines.indirect} className="indirect" />}
      </svg>
    </ViewportPortal>
  );
}

function LitClass({ store }: { store: LitStore }) {
  const lit = useLit(store);
  useEffect(() => {
    document.querySelector(".react-flow")?.classList.toggle("has-lit", !!lit);
  }, [lit]);
  return null;
}

export interface FocusProps {
  model: Model;
  layout: Layout;
  views: Map<string, View>;
  store: LitStore;
  hands: Hands;
  selected?: string;
  centre?: string;
  laneNames: string[];
  change: Map<string, string>;
}

export default function Focus({
  model,
  layout,
  views,
  store,
  hands,
  selected,
  centre,
  laneNames,
  change,
}: FocusProps) {
  const flow = useRef<ReactFlowInstance<FlowNode, FlowEdge>>(null);
  const frame = useRef<HTMLDivElement>(null);
  const focused = useMemo(() => [...views.values()].find((view) => view.focus)?.node.id, [views]);
  const { nodes, edges, places } = useMemo(() => {
    const places = new Map<string, { x: number; y: number; view: View }>();
    const nodes = model.nodes.flatMap((node, at): FlowNode[] => {
      const view = views.get(node.id);
      if (!view) return [];
      const [x, y] = [layout.x[at] ?? 0, layout.y[at] ?? 0];
      const height = heightOf(view.columns.length, view.more);
      places.set(node.id, { x, y, view });
      return [
        {
          id: node.id,
          type: "dataset",
          position: { x, y },
          data: { view },
          width: WIDTH,
          height,
          handles: [
            { type: "target", position: Position.Left, x: 0, y: 26, width: 1, height: 1 },
            { type: "source", position: Position.Right, x: WIDTH, y: 26, width: 1, height: 1 },
          ],
        },
      ];
    });
    const back = new Set(layout.back);
    const edges = model.edges.map(
      (edge, at): FlowEdge => ({
        id: edgeKey(edge),
        type: "flow",
        source: edge.from,
        target: edge.to,
        data: {
          inferred: edge.inferred,
          back: back.has(at),
          change: change.get(edgeKey(edge)),
          jobs: edge.jobs.map((job) => job.name).join(", "),
        },
      }),
    );
    return { nodes, edges, places };
  }, [model, layout, views, change]);
  const wire = useMemo(() => ({ store, hands, selected }), [store, hands, selected]);
  const show = useCallback(() => {
    const [at, instance] = [frame.current, flow.current];
    if (!at || !instance) return;
    const to = centre && places.get(centre);
    if (to) {
      const zoom = Math.max(instance.getZoom(), 0.8);
      instance.setCenter(to.x + WIDTH / 2, to.y + 60, { zoom });
      return;
    }
    // With room for the counts at both sides and the names of the lanes above.
    const [width, height] = [layout.width + 150, layout.height + 150];
    const zoom = Math.min(at.clientWidth / width, at.clientHeight / height, 1);
    // What would be too small to read is shown from its middle.
    const kept = Math.max(zoom, at.clientWidth < 600 ? 0.6 : 0.4);
    const mid = focused && kept > zoom ? places.get(focused) : undefined;
    const [x, y] = mid
      ? [mid.x + WIDTH / 2, mid.y + 60]
      : [layout.width / 2, layout.height / 2 - 20];
    instance.setViewport({
      x: at.clientWidth / 2 - x * kept,
      y: at.clientHeight / 2 - y * kept,
      zoom: kept,
    });
  }, [centre, places, layout, focused]);
  useEffect(show, [show]);
  return (
    <Wire.Provider value={wire}>
      <ReactFlow<FlowNode, FlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        ref={frame}
        onInit={(instance) => {
          flow.current = instance;
          show();
        }}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnDoubleClick={false}
        minZoom={0.08}
        maxZoom={2}
        proOptions={{ hideAttribution: true }}
        onPaneClick={() => hands.pick("")}
      >
        <LitClass store={store} />
        <ViewportPortal>
          {layout.lanes.length > 1 &&
            layout.lanes.map((lane) => (
              <div
                key={`${lane.lane}-${lane.left}`}
                className="glane"
                style={{
                  transform: `translate(${lane.left - 20}px, -58px)`,
                  width: lane.right - lane.left + 40,
                  height: layout.height + 100,
                }}
              >
                <span>{laneNames[lane.lane]}</span>
              </div>
            ))}
        </ViewportPortal>
        <LitEdges places={places} store={store} />
        {nodes.length > 12 && (
          <MiniMap
            pannable
            zoomable
            ariaLabel="Small map of the graph"
            nodeColor={(node) => {
              const { view } = (node as FlowNode).data;
              const kind = view.node.kind === "JOB" ? "info" : layerKind(view.node.layer);
              return `var(--${kind === "none" ? "faint" : kind})`;
            }}
          />
        )}
      </ReactFlow>
    </Wire.Provider>
  );
}
