// The layers of the policy, how many datasets each has, and the datasets that are in none.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { ContractsPageQuery } from "../../gql/graphql";
import { count, NO_LAYER } from "../../lib/format";
import { To } from "../../lib/nav";
import { Bones, Card, DatasetName, Failed, Layer, Note, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";

const LOOSE = graphql(`
  query Unclassified($first: Int!) {
    search(query: "", filter: { layers: [""], kinds: [DATASET] }, first: $first) {
      total
      nodes { id namespace name owners tags }
    }
  }
`);

const FIRST = 100;

export function Layers({ layers }: { layers: ContractsPageQuery["layers"] }) {
  const none = layers.find((layer) => !layer.name)?.datasetCount ?? 0;
  return (
    <>
      <Card title="Layers" total={layers.filter((layer) => layer.name).length}>
        {none > 0 && (
          <Note tone="warn">
            No entry of <span className="mono">classify</span> matches {count(none)} of the
            datasets, so rules about layers say nothing of them.{" "}
            <To to="/lineage" params={{ pl: NO_LAYER }}>
              Draw those that have lineage
            </To>
          </Note>
        )}
        <DataTable
          label="Layers"
          rows={layers}
          id={(it) => it.name ?? ""}
          columns={[
            {
              id: "name",
              title: "Layer",
              cell: (it) => (
                <>
                  <Layer layer={it.name} />
                  {it.doc && (
                    <span className="where">
                      <Text>{it.doc}</Text>
                    </span>
                  )}
                </>
              ),
            },
            {
              id: "kind",
              title: "Taken for",
              cell: (it) => it.kind ?? <span className="faint">–</span>,
            },
            {
              id: "reads",
              title: "May be made from",
              cell: (it) =>
                it.reads.length > 0 ? (
                  <span className="row">
                    {it.reads.map((layer) => (
                      <Layer key={layer} layer={layer} />
                    ))}
                  </span>
                ) : (
                  <span className="faint">{it.name ? "no layer" : "–"}</span>
                ),
            },
            {
              id: "count",
              title: "Datasets",
              num: true,
              sort: (it) => it.datasetCount,
              cell: (it) =>
                it.datasetCount > 0 ? (
                  <To to="/" params={{ layer: it.name ?? NO_LAYER, kind: "DATASET" }}>
                    {count(it.datasetCount)}
                  </To>
                ) : (
                  count(0)
                ),
            },
          ]}
        />
      </Card>
      {none > 0 && <Unclassified total={none} />}
    </>
  );
}

/** What no rule of the policy puts into a layer. */
function Unclassified({ total }: { total: number }) {
  const asked = useAsk(LOOSE, { first: FIRST }, { every: 15_000, keep: true });
  const found = asked.data?.search;
  return (
    <Card
      title="Unclassified datasets"
      total={total}
      end={
        <To to="/" params={{ layer: NO_LAYER, kind: "DATASET" }} className="btn small">
          Search them
        </To>
      }
    >
      {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
      {!found && !asked.error && <Bones lines={3} />}
      {found && (
        <DataTable
          label="Unclassified datasets"
          rows={found.nodes}
          id={(it) => it.id}
          columns={[
            {
              id: "name",
              title: "Dataset",
              sort: (it) => it.name,
              cell: (it) => <DatasetName namespace={it.namespace} name={it.name} />,
            },
            {
              id: "owner",
              title: "Owner",
              sort: (it) => it.owners[0],
              cell: (it) =>
                it.owners.length > 0 ? (
                  <Text>{it.owners.join(", ")}</Text>
                ) : (
                  <span className="faint">nobody</span>
                ),
            },
            { id: "tags", title: "Tags", cell: (it) => <Text>{it.tags.join(", ")}</Text> },
          ]}
        />
      )}
      {found && found.total > found.nodes.length && (
        <Note>
          {count(found.nodes.length)} of {count(found.total)} are listed; the search has all.
        </Note>
      )}
    </Card>
  );
}
