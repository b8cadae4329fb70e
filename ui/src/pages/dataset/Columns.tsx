// The columns of a dataset, and how its schema came to be.
import { useEffect } from "react";
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { SchemaHistoryQuery } from "../../gql/graphql";
import { makeId } from "../../graph/model";
import { count, many, time } from "../../lib/format";
import { To } from "../../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Empty,
  Failed,
  JobName,
  Note,
  TagBadge,
  Text,
  When,
} from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";

/** Which dataset, as of when. */
export interface At {
  namespace: string;
  name: string;
  asOf?: string;
}

const COLUMNS = graphql(`
  query DatasetColumns($namespace: String!, $name: String!, $asOf: DateTime) {
    dataset(namespace: $namespace, name: $name, asOf: $asOf) {
      columns(includeRemoved: true, limit: 5000) {
        name type description removed removedAt fromLineageOnly firstSeen upstreamCount downstreamCount
        tags { key value }
      }
      columnCount(includeRemoved: true)
    }
  }
`);

const HISTORY = graphql(`
  query SchemaHistory($namespace: String!, $name: String!) {
    dataset(namespace: $namespace, name: $name) {
      schemaHistory {
        total truncated
        versions(limit: 50) {
          validFrom validTo columnCount compatibility
          changes {
            added removed reordered
            likelyRenamed { before after }
            retyped { column before after }
            redescribed { column before after }
          }
          toldBy { jobNamespace jobName producer }
        }
      }
    }
  }
`);

const columnId = (at: At, column: string) => makeId("column", at.namespace, at.name, column);

const datasetId = (at: At) => makeId("dataset", at.namespace, at.name);

export function ColumnsTab({ at, picked }: { at: At; picked?: string }) {
  const asked = useAsk(COLUMNS, { ...at });
  const dataset = asked.data?.dataset;
  useEffect(() => {
    if (dataset && picked)
      document.getElementById("picked-column")?.scrollIntoView({ block: "center" });
  }, [dataset, picked]);
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!dataset) return <Bones lines={8} />;
  if (dataset.columns.length === 0)
    return (
      <Card title="Columns">
        <Empty icon="column" title="No producer has told columns of this dataset.">
          A schema facet or column lineage would.
        </Empty>
      </Card>
    );
  const order = new Map(dataset.columns.map((column, place) => [column.name, place]));
  return (
    <Card title="Columns" total={dataset.columns.filter((column) => !column.removed).length}>
      <DataTable
        label="Columns"
        rows={dataset.columns}
        first={500}
        id={(column) => column.name}
        columns={[
          {
            id: "name",
            title: "Column",
            sort: (column) => order.get(column.name),
            cell: (column) => (
              <span id={column.name === picked ? "picked-column" : undefined}>
                <To
                  to="/lineage"
                  params={{ focus: datasetId(at), column: columnId(at, column.name) }}
                  className="name mono"
                  title="Lineage of this column"
                >
                  {column.name === picked ? (
                    <mark>
                      <Text>{column.name}</Text>
                    </mark>
                  ) : (
                    <Text>{column.name}</Text>
                  )}
                </To>
                {column.removed && (
                  <span className="where">
                    removed <When at={column.removedAt} />
                  </span>
                )}
                {column.fromLineageOnly && (
                  <span className="where">known from column lineage alone</span>
                )}
              </span>
            ),
          },
          {
            id: "type",
            title: "Type",
            sort: (column) => column.type,
            cell: (column) => (
              <span className="mono soft nowrap">
                <Text>{column.type ?? "–"}</Text>
              </span>
            ),
          },
          {
            id: "description",
            title: "Description",
            cell: (column) => (
              <>
                <Text>{column.description}</Text>
                {column.tags.length > 0 && (
                  <span className="row" style={{ gap: 4, marginTop: 3 }}>
                    {column.tags.map((tag) => (
                      <TagBadge key={tag.key + tag.value} tag={tag} />
                    ))}
                  </span>
                )}
              </>
            ),
          },
          {
            id: "up",
            title: "From",
            num: true,
            sort: (column) => column.upstreamCount,
            cell: (column) => count(column.upstreamCount),
          },
          {
            id: "down",
            title: "Feeds",
            num: true,
            sort: (column) => column.downstreamCount,
            cell: (column) => count(column.downstreamCount),
          },
        ]}
      />
    </Card>
  );
}

type Version = NonNullable<SchemaHistoryQuery["dataset"]>["schemaHistory"]["versions"][number];

function Names({
  tone,
  word,
  names,
}: {
  tone: "good" | "bad" | "warn" | "info";
  word: string;
  names: string[];
}) {
  if (names.length === 0) return null;
  return (
    <div className="row" style={{ alignItems: "baseline" }}>
      <Badge tone={tone}>{word}</Badge>
      <span className="mono change">
        {names.slice(0, 40).map((name, at) => (
          <span key={name}>
            {at > 0 && ", "}
            <Text>{name}</Text>
          </span>
        ))}
        {names.length > 40 && ` and ${count(names.length - 40)} more`}
      </span>
    </div>
  );
}

/** Whom a version breaks, in words; docs/CONTRACTS.md says what the classes mean. */
const BREAKS: Record<Exclude<Version["compatibility"], "FULL">, string> = {
  BACKWARD: "readers by the version before break",
  FORWARD: "old rows do not fit",
  NONE: "readers by the version before break, old rows do not fit",
};

function Change({ version, first }: { version: Version; first: boolean }) {
  const { changes, toldBy } = version;
  const was = (change: { column: string; before?: string | null; after?: string | null }) =>
    `${change.column} ${change.before ?? "untold"} → ${change.after ?? "untold"}`;
  return (
    <li className="version">
      <div className="row">
        <h3>{time(version.validFrom)}</h3>
        <span className="faint">{many(version.columnCount, "column")}</span>
        {!version.validTo && <Badge tone="good">now</Badge>}
        {!first && version.compatibility !== "FULL" && (
          <Badge tone={version.compatibility === "FORWARD" ? "warn" : "bad"}>
            {BREAKS[version.compatibility]}
          </Badge>
        )}
      </div>
      {first ? (
        <p className="soft">The first schema that was told.</p>
      ) : (
        <>
          <Names tone="good" word="added" names={changes.added} />
          <Names tone="bad" word="removed" names={changes.removed} />
          <Names
            tone="warn"
            word="likely renamed"
            names={changes.likelyRenamed.map((one) => `${one.before} → ${one.after}`)}
          />
          <Names tone="warn" word="retyped" names={changes.retyped.map(was)} />
          <Names
            tone="info"
            word="described anew"
            names={changes.redescribed.map((one) => one.column)}
          />
          {changes.reordered && <Badge tone="warn">reordered</Badge>}
        </>
      )}
      <p className="faint told">
        told by{" "}
        {toldBy.map((teller, at) => (
          <span key={at}>
            {at > 0 && ", "}
            {teller.jobNamespace && teller.jobName ? (
              <JobName namespace={teller.jobNamespace} name={teller.jobName} short />
            ) : (
              <Text>{teller.producer ?? "an event about the dataset"}</Text>
            )}
          </span>
        ))}
      </p>
    </li>
  );
}

export function HistoryTab({ at }: { at: At }) {
  const asked = useAsk(HISTORY, { namespace: at.namespace, name: at.name });
  const history = asked.data?.dataset?.schemaHistory;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!history) return <Bones />;
  if (history.total === 0)
    return (
      <Card title="Schema history">
        <Empty icon="clock" title="No schema has been told." />
      </Card>
    );
  return (
    <Card title="Schema history" total={history.total}>
      {history.truncated && <Note>Older versions are neither counted nor listed.</Note>}
      <ol className="versions">
        {history.versions.map((version, place) => (
          <Change
            key={version.validFrom}
            version={version}
            first={place === history.total - 1 && !history.truncated}
          />
        ))}
      </ol>
    </Card>
  );
}
