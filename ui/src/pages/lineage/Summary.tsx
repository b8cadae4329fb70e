// The whole estate in groups by layer and namespace. Nothing is drawn whole in silence: it is said how
// much there is, and drawing all of it is a choice.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import { layout, portOf } from "../../graph/layout";
import { SvgPen, trace } from "../../graph/route";
import { count, layerKind, layerRank, many, NO_LAYER, plain } from "../../lib/format";
import { href, To, useAsOf, useGo } from "../../lib/nav";
import { Bones, Card, Empty, Failed, Layer, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";

const SUMMARY = graphql(`
  query Summary($asOf: DateTime) {
    graphSummary(asOf: $asOf) {
      isolated
      groups { layer namespace datasets }
      flows { from to edges }
    }
  }
`);

const [BOX_W, BOX_H] = [196, 58];
/** Groups that are drawn; all of them are in the table below. */
const SHOWN = 60;
/** More than this is not drawn at once. */
const DRAWABLE = 6_000;

export function Summary() {
  const asOf = useAsOf();
  const go = useGo();
  const asked = useAsk(SUMMARY, { asOf });
  const summary = asked.data?.graphSummary;
  if (asked.error)
    return (
      <div className="page padded">
        <h1>Lineage</h1>
        <Failed error={asked.error} again={() => asked.refetch()} />
      </div>
    );
  if (!summary) return <Bones lines={10} />;
  const total = summary.groups.reduce((sum, group) => sum + group.datasets, 0);
  const part = (group: (typeof summary.groups)[number]) =>
    href("/lineage", { pl: group.layer ?? NO_LAYER, pn: group.namespace, asOf });
  const kept = summary.groups
    .map((group, at) => ({ ...group, at }))
    .sort((a, b) => b.datasets - a.datasets)
    .slice(0, SHOWN);
  const order = new Map(kept.map((group, at) => [group.at, at]));
  const drawn = summary.flows.filter(
    (flow) => flow.from !== flow.to && order.has(flow.from) && order.has(flow.to),
  );
  const placed = layout({
    boxes: kept.map((group) => ({
      width: BOX_W,
      height: BOX_H,
      lane: group.layer ? Math.ceil(layerRank(group.layer)) : -1,
    })),
    edges: drawn.map((flow) => [order.get(flow.from) ?? 0, order.get(flow.to) ?? 0]),
    gapX: 52,
    gapY: 14,
  });
  const places = new Map(
    kept.map((group, at) => [group.at, { x: placed.x[at] ?? 0, y: placed.y[at] ?? 0 }]),
  );
  const back = new Set(placed.back);
  const line = (at: number): string => {
    const pen = new SvgPen();
    const [from, to] = [places.get(drawn[at]?.from ?? -1), places.get(drawn[at]?.to ?? -1)];
    if (!from || !to) return "";
    const port = portOf(BOX_H);
    const ends = { x1: from.x + BOX_W, y1: from.y + port, x2: to.x, y2: to.y + port };
    trace(pen, ends, placed.routes[at] ?? [], back.has(at));
    return pen.text;
  };
  const { width, height } = placed;
  const most = Math.max(...summary.flows.map((flow) => flow.edges), 1);
  return (
    <div className="page padded">
      <div className="head">
        <div className="head-row">
          <h1>Lineage of the estate</h1>
          {total > 0 && total <= DRAWABLE && (
            <To to="/lineage" params={{ whole: "1" }} className="btn primary">
              Draw all {count(total)} datasets
            </To>
          )}
        </div>
        <p className="about">
          {many(total, "dataset")} with lineage in {many(summary.groups.length, "group")}, by layer
          and namespace; {count(summary.isolated)} without any. Pick a group to draw it, or find one
          dataset to start from.
        </p>
      </div>
      {total === 0 ? (
        <Empty icon="lineage" title="No lineage yet.">
          <To to="/send" className="btn">
            How to send events
          </To>
        </Empty>
      ) : (
        <>
          <Card title="What flows where">
            <div className="scroll" role="region" aria-label="Groups and flows" tabIndex={0}>
              <svg
                className="summary"
                viewBox={`-16 -12 ${width + 32} ${height + 20}`}
                style={{ width: "100%", maxWidth: width + 32 }}
                aria-hidden="true"
              >
                {drawn.map((flow, at) => (
                  <path
                    key={`${flow.from}-${flow.to}`}
                    d={line(at)}
                    className={back.has(at) ? "back" : undefined}
                    strokeWidth={1 + 5 * Math.sqrt(flow.edges / most)}
                  />
                ))}
                {kept.map((group) => {
                  const at = places.get(group.at) ?? { x: 0, y: 0 };
                  return (
                    // biome-ignore lint/a11y/noStaticElementInteractions: the table below has the same links
                    <g
                      key={group.at}
                      transform={`translate(${at.x} ${at.y})`}
                      onClick={() => go(part(group))}
                    >
                      <rect width={BOX_W} height={BOX_H} rx="9" />
                      <rect
                        width="5"
                        height={BOX_H}
                        rx="2.5"
                        className={`bar-${layerKind(group.layer)}`}
                      />
                      <text x="18" y="24" className="strong">
                        {group.layer ? plain(group.layer) : "unclassified"} ·{" "}
                        {count(group.datasets)}
                      </text>
                      <text x="18" y="43" className="small">
                        {plain(group.namespace).slice(0, 26)}
                      </text>
                    </g>
                  );
                })}
              </svg>
            </div>
          </Card>
          <Card title="Groups" total={summary.groups.length}>
            <DataTable
              label="Groups"
              rows={summary.groups.map((group, at) => ({ ...group, at }))}
              id={(group) => String(group.at)}
              columns={[
                {
                  id: "layer",
                  title: "Layer",
                  sort: (group) => layerRank(group.layer),
                  cell: (group) => <Layer layer={group.layer} />,
                },
                {
                  id: "namespace",
                  title: "Namespace",
                  sort: (group) => group.namespace,
                  cell: (group) => (
                    <a
                      className="name"
                      href={part(group)}
                      onClick={(event) => {
                        event.preventDefault();
                        go(part(group));
                      }}
                    >
                      <Text>{group.namespace}</Text>
                    </a>
                  ),
                },
                {
                  id: "datasets",
                  title: "Datasets",
                  num: true,
                  sort: (group) => group.datasets,
                  cell: (group) => count(group.datasets),
                },
                {
                  id: "in",
                  title: "Edges in",
                  num: true,
                  cell: (group) =>
                    count(
                      summary.flows
                        .filter((flow) => flow.to === group.at && flow.from !== group.at)
                        .reduce((sum, flow) => sum + flow.edges, 0),
                    ),
                },
                {
                  id: "out",
                  title: "Edges out",
                  num: true,
                  cell: (group) =>
                    count(
                      summary.flows
                        .filter((flow) => flow.from === group.at && flow.to !== group.at)
                        .reduce((sum, flow) => sum + flow.edges, 0),
                    ),
                },
              ]}
            />
          </Card>
        </>
      )}
    </div>
  );
}
