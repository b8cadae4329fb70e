// The names of a dataset, where it is kept, who speaks of it, and its facets as they came.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import { time } from "../../lib/format";
import { Badge, Bones, Card, Failed, Note, Text, When } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { Facets, OutLink } from "../../parts/Facets";
import type { At } from "./Columns";

const FACTS = graphql(`
  query DatasetFacts($namespace: String!, $name: String!) {
    dataset(namespace: $namespace, name: $name) {
      producers firstSeen lastSeen version
      dataSource { name uri }
      catalog { name type framework warehouseUri metadataUri }
      storage { layer fileFormat }
      hierarchy { name type }
      changes { change firstSeen lastSeen producer }
      identity { ambiguous doubts { reason message count } }
      names(limit: 200) { namespace name canonical used rule ties { kind of { name } other { name } producer lastSeen } }
      facets { name text masked setAt }
    }
  }
`);

export function FactsTab({ at }: { at: At }) {
  const asked = useAsk(FACTS, { namespace: at.namespace, name: at.name });
  const dataset = asked.data?.dataset;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!dataset) return <Bones lines={8} />;
  return (
    <>
      {dataset.identity.doubts.map((doubt) => (
        <Note key={doubt.message} tone={dataset.identity.ambiguous ? "warn" : "info"}>
          <Text>{doubt.message}</Text>
        </Note>
      ))}
      <Card title="Names" total={dataset.names.length}>
        <DataTable
          label="Names"
          rows={dataset.names}
          id={(name) => name.namespace + name.name}
          columns={[
            {
              id: "name",
              title: "Name",
              sort: (name) => name.name,
              cell: (name) => (
                <>
                  <span className="name">
                    <Text>{name.name}</Text>
                  </span>
                  <span className="where">
                    <Text>{name.namespace}</Text>
                  </span>
                </>
              ),
            },
            {
              id: "kind",
              title: "What it is",
              cell: (name) => (
                <span className="row">
                  {name.canonical && <Badge tone="good">shown</Badge>}
                  <Badge>{name.used ? "used by events" : "only told as another name"}</Badge>
                  {name.rule && <Badge tone="info">same but for {name.rule.toLowerCase()}</Badge>}
                </span>
              ),
            },
            {
              id: "ties",
              title: "Tied by",
              cell: (name) =>
                name.ties.length === 0 ? (
                  <span className="faint">–</span>
                ) : (
                  name.ties.slice(0, 5).map((tie, place) => (
                    <div key={place}>
                      {tie.kind === "RENAME" ? "renamed from " : "symlink to "}
                      <Text>{tie.other.name}</Text>, last told <When at={tie.lastSeen} />
                    </div>
                  ))
                ),
            },
          ]}
        />
      </Card>
      <Card title="Where it is, and who speaks of it" pad>
        <dl className="facts">
          {dataset.dataSource && (
            <>
              <dt>Source</dt>
              <dd>
                {dataset.dataSource.name !== dataset.dataSource.uri && (
                  <Text>{dataset.dataSource.name}</Text>
                )}{" "}
                <OutLink url={dataset.dataSource.uri} />
              </dd>
            </>
          )}
          {dataset.catalog && (
            <>
              <dt>Catalog</dt>
              <dd>
                <Text>
                  {[dataset.catalog.name, dataset.catalog.type, dataset.catalog.framework]
                    .filter(Boolean)
                    .join(" · ")}
                </Text>{" "}
                <OutLink url={dataset.catalog.metadataUri} />
              </dd>
            </>
          )}
          {dataset.storage && (
            <>
              <dt>Stored as</dt>
              <dd>
                <Text>
                  {[dataset.storage.layer, dataset.storage.fileFormat].filter(Boolean).join(" · ")}
                </Text>
              </dd>
            </>
          )}
          {dataset.hierarchy.length > 0 && (
            <>
              <dt>Below</dt>
              <dd>
                <Text>{dataset.hierarchy.map((level) => level.name).join(" › ")}</Text>
              </dd>
            </>
          )}
          {dataset.version && (
            <>
              <dt>Version</dt>
              <dd className="mono">
                <Text>{dataset.version}</Text>
              </dd>
            </>
          )}
          <dt>First seen</dt>
          <dd>{time(dataset.firstSeen)}</dd>
          <dt>Last seen</dt>
          <dd>{time(dataset.lastSeen)}</dd>
          <dt>Told by</dt>
          <dd>
            {dataset.producers.map((producer) => (
              <div key={producer}>
                <Text>{producer}</Text>
              </div>
            ))}
          </dd>
          {dataset.changes.map((change) => (
            <div key={change.change} className="contents">
              <dt>{change.change.toLowerCase()}</dt>
              <dd>
                last <When at={change.lastSeen} />, told by <Text>{change.producer}</Text>
              </dd>
            </div>
          ))}
        </dl>
      </Card>
      <Facets facets={dataset.facets} />
    </>
  );
}
