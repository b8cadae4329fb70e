// The graph as nodes with columns, for up to a few hundred of them: React Flow draws and moves, the
// places come from our layout. Column edges are drawn along the lit path alone, on a canvas above.
import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
  useStoreApi,
  ViewportPortal,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { createContext, memo, useCallback, useContext, useEffect, useMemo, useRef } from "react";
import { count, layerKind, plain, shortName } from "../lib/format";
import { Layer } from "../parts/basic";
import { Icon } from "../parts/Icon";
import { LitLayer } from "./LitLayer";
import type { LitStore } from "./lit";
import type { GNode } from "./model";
import { edgeKey } from "./model";
import { SvgPen } from "./route";
import type { Scene } from "./scene";
import { WIDTH } from "./sizes";

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

/** Names of jobs stay whole, but for exposures of dbt: these begin with their project. */
function labelOf({ kind, namespace, name }: View["node"]): string {
  const exposure = namespace === "dbt" && name.startsWith("exposure.");
  return kind === "JOB" && !exposure ? name : shortName(name);
}

type FlowNode = Node<{ view: View }, "dataset">;
type FlowEdge = Edge<{ path: string; classes: string }, "flow">;

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
  const point = (column: string) => store.point(store.index.column(node.id, column));
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
    <div className={classes.filter(Boolean).join(" ")}>
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
          <bdi>{plain(labelOf(node))}</bdi>
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
                onPointerEnter={() => point(column.name)}
                onFocus={(event) => event.target.matches(":focus-visible") && point(column.name)}
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

function FlowLine({ data }: EdgeProps<FlowEdge>) {
  return <BaseEdge path={data?.path ?? ""} className={data?.classes} interactionWidth={12} />;
}

const NODE_TYPES = { dataset: DatasetNode };
const EDGE_TYPES = { flow: FlowLine };

/** The lit path, which goes along when the view moves. */
function FlowLit({ scene, store }: { scene: Scene; store: LitStore }) {
  const flow = useStoreApi();
  const moved = useRef(() => {});
  const camera = useCallback(() => {
    const [x, y, zoom] = flow.getState().transform;
    return { x, y, zoom };
  }, [flow]);
  useEffect(
    () =>
      flow.subscribe((state, before) => {
        if (state.transform !== before.transform) moved.current();
      }),
    [flow],
  );
  return <LitLayer scene={scene} store={store} camera={camera} moved={moved} />;
}

export interface FocusProps {
  scene: Scene;
  views: Map<string, View>;
  store: LitStore;
  hands: Hands;
  selected?: string;
  centre?: string;
  laneNames: string[];
  change: Map<string, string>;
}

export default function Focus({
  scene,
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
  const { layout } = scene;
  const { nodes, edges } = useMemo(() => {
    const { model } = scene.index;
    const nodes = model.nodes.flatMap((node, at): FlowNode[] => {
      const view = views.get(node.id);
      if (!view) return [];
      return [
        {
          id: node.id,
          type: "dataset",
          position: { x: scene.x(at), y: scene.y(at) },
          data: { view },
          width: WIDTH,
          height: scene.height(at),
          handles: [
            { type: "target", position: Position.Left, x: 0, y: 26, width: 1, height: 1 },
            { type: "source", position: Position.Right, x: WIDTH, y: 26, width: 1, height: 1 },
          ],
        },
      ];
    });
    const edges = model.edges.map((edge, at): FlowEdge => {
      const pen = new SvgPen();
      scene.edge(pen, at);
      const classes = [
        "gedge",
        edge.inferred && "inferred",
        scene.isBack(at) && "back",
        change.get(edgeKey(edge)),
      ];
      return {
        id: edgeKey(edge),
        type: "flow",
        source: edge.from,
        target: edge.to,
        data: { path: pen.text, classes: classes.filter(Boolean).join(" ") },
      };
    });
    return { nodes, edges };
  }, [scene, views, change]);
  const wire = useMemo(() => ({ store, hands, selected }), [store, hands, selected]);
  const show = useCallback(() => {
    const [at, instance] = [frame.current, flow.current];
    if (!at || !instance) return;
    const to = centre === undefined ? undefined : scene.index.place(centre);
    if (to !== undefined) {
      const zoom = Math.max(instance.getZoom(), 0.8);
      instance.setCenter(scene.x(to) + WIDTH / 2, scene.y(to) + 60, { zoom });
      return;
    }
    // With room for the counts at both sides and the names of the lanes above.
    const [width, height] = [layout.width + 150, layout.height + 150];
    const zoom = Math.min(at.clientWidth / width, at.clientHeight / height, 1);
    // What would be too small to read is shown from its middle.
    const kept = Math.max(zoom, at.clientWidth < 600 ? 0.6 : 0.4);
    const mid = focused && kept > zoom ? scene.index.place(focused) : undefined;
    const [x, y] = mid
      ? [scene.x(mid) + WIDTH / 2, scene.y(mid) + 60]
      : [layout.width / 2, layout.height / 2 - 20];
    instance.setViewport({
      x: at.clientWidth / 2 - x * kept,
      y: at.clientHeight / 2 - y * kept,
      zoom: kept,
    });
  }, [centre, scene, layout, focused]);
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
        <FlowLit scene={scene} store={store} />
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
