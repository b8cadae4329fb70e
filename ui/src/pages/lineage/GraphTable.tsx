// The same graph as tables: for the keyboard, for screen readers, and to sort.
import type { Model } from "../../graph/model";
import { count } from "../../lib/format";
import { Badge, Card, DatasetName, JobName, Layer, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";

export function GraphTable({ model, change }: { model: Model; change: Map<string, string> }) {
  const node = new Map(model.nodes.map((one) => [one.id, one]));
  const name = (id: string) => node.get(id)?.name ?? "";
  return (
    <div className="graph-table stack">
      <Card title="Nodes" total={model.nodes.length}>
        <DataTable
          label="Nodes"
          rows={model.nodes}
          id={(one) => one.id}
          columns={[
            {
              id: "name",
              title: "Name",
              sort: (one) => one.name,
              cell: (one) =>
                one.kind === "JOB" ? (
                  <JobName namespace={one.namespace} name={one.name} />
                ) : (
                  <DatasetName namespace={one.namespace} name={one.name} />
                ),
            },
            {
              id: "layer",
              title: "Layer",
              sort: (one) => one.layer,
              cell: (one) => (
                <span className="row">
                  {one.kind === "JOB" ? (
                    <Badge tone="info">job</Badge>
                  ) : (
                    <Layer layer={one.layer} />
                  )}
                  {change.get(one.id) && (
                    <Badge tone={change.get(one.id) === "added" ? "good" : "bad"}>
                      {change.get(one.id)}
                    </Badge>
                  )}
                </span>
              ),
            },
            {
              id: "owner",
              title: "Owner",
              sort: (one) => one.owners[0],
              cell: (one) => <Text>{one.owners.join(", ") || "–"}</Text>,
            },
            {
              id: "up",
              title: "Upstream",
              num: true,
              sort: (one) => one.up,
              cell: (one) => count(one.up),
            },
            {
              id: "down",
              title: "Downstream",
              num: true,
              sort: (one) => one.down,
              cell: (one) => count(one.down),
            },
          ]}
        />
      </Card>
      <Card title="Edges" total={model.edges.length}>
        <DataTable
          label="Edges"
          rows={model.edges}
          id={(edge) => `${edge.from}\u0000${edge.to}`}
          columns={[
            {
              id: "from",
              title: "From",
              sort: (edge) => name(edge.from),
              cell: (edge) => <Text>{name(edge.from)}</Text>,
            },
            {
              id: "to",
              title: "To",
              sort: (edge) => name(edge.to),
              cell: (edge) => <Text>{name(edge.to)}</Text>,
            },
            {
              id: "kind",
              title: "Evidence",
              sort: (edge) => String(edge.inferred),
              cell: (edge) => (
                <Badge tone={edge.inferred ? "other" : "good"}>
                  {edge.inferred ? "inferred" : "declared"}
                </Badge>
              ),
            },
            {
              id: "jobs",
              title: "Jobs",
              cell: (edge) => <Text>{edge.jobs.map((job) => job.name).join(", ") || "–"}</Text>,
            },
          ]}
        />
      </Card>
      {model.columnEdges.length > 0 && (
        <Card title="Column edges" total={model.columnEdges.length}>
          <DataTable
            label="Column edges"
            rows={model.columnEdges}
            id={(edge) =>
              [edge.from, edge.fromColumn, edge.to, edge.toColumn, edge.indirect].join("\u0000")
            }
            columns={[
              {
                id: "from",
                title: "From",
                sort: (edge) => name(edge.from) + edge.fromColumn,
                cell: (edge) => (
                  <>
                    <Text>{name(edge.from)}</Text>
                    <span className="where mono">
                      <Text>{edge.fromColumn}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "to",
                title: "To",
                sort: (edge) => name(edge.to) + (edge.toColumn ?? ""),
                cell: (edge) => (
                  <>
                    <Text>{name(edge.to)}</Text>
                    <span className="where mono">
                      <Text>{edge.toColumn ?? "all columns"}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "kind",
                title: "Use",
                sort: (edge) => String(edge.indirect),
                cell: (edge) => (
                  <Badge tone={edge.indirect ? "other" : "good"}>
                    {edge.indirect ? "indirect" : "direct"}
                  </Badge>
                ),
              },
            ]}
          />
        </Card>
      )}
    </div>
  );
}
