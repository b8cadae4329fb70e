// A dataset: what it is and whose, its columns, what is up and down the stream, what makes it, how
// good it is, its names, and all that was told of it.
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { DatasetPageQuery } from "../gql/graphql";
import { count, many } from "../lib/format";
import { one, To, useAsOf, useParams, useSetParams } from "../lib/nav";
import {
  Badge,
  Bones,
  Empty,
  Failed,
  Layer,
  Note,
  Owners,
  State,
  Tabs,
  TagBadge,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { Fact, Glance } from "../parts/Glance";
import { Icon } from "../parts/Icon";
import { ColumnsTab, HistoryTab } from "./dataset/Columns";
import { ContractsGlance } from "./dataset/ContractsGlance";
import { FactsTab } from "./dataset/Facts";
import { MakingTab } from "./dataset/Making";
import { NeighboursTab } from "./dataset/Neighbours";
import { QualityTab } from "./dataset/Quality";

const DATASET = graphql(`
  query DatasetPage($namespace: String!, $name: String!, $asOf: DateTime) {
    dataset(namespace: $namespace, name: $name, asOf: $asOf) {
      id namespace name description layer type subType
      owners { name type }
      tags { key value }
      firstSeen lastSeen droppedAt
      lifecycle { change previousName previousNamespace }
      retired { by reason since }
      columnCount upstreamCount downstreamCount producedByCount consumedByCount nameCount
      identity { ambiguous }
      runs(first: 5) { id state startedAt job { namespace name } }
      schemaHistory { total }
      quality { assertions { success } metrics { rowCount toldAt } }
    }
  }
`);

export type DatasetHead = NonNullable<DatasetPageQuery["dataset"]>;

function Warnings({ dataset }: { dataset: DatasetHead }) {
  const { droppedAt, retired, identity, lifecycle } = dataset;
  return (
    <>
      {droppedAt && (
        <Note tone="bad">
          This dataset was dropped <When at={droppedAt} />. It stays here with its lineage: who
          still reads it will fail.
        </Note>
      )}
      {retired && (
        <Note tone="warn">
          Retired <When at={retired.since} />
          {retired.by && (
            <>
              {" "}
              by <Text>{retired.by}</Text>
            </>
          )}
          {retired.reason && (
            <>
              : <Text>{retired.reason}</Text>
            </>
          )}
          . It has no lineage since.
        </Note>
      )}
      {identity.ambiguous && (
        <Note tone="warn">
          It is in doubt which names are this dataset, so some of its lineage may be missing. The
          tab “Names and facets” says what is in doubt.
        </Note>
      )}
      {lifecycle?.change === "RENAME" && lifecycle.previousName && (
        <Note>
          Renamed from <Text>{lifecycle.previousName}</Text>.
        </Note>
      )}
    </>
  );
}

function AtAGlance({ dataset }: { dataset: DatasetHead }) {
  const last = dataset.runs[0];
  const checks = dataset.quality.assertions;
  const held = checks.filter((check) => check.success === true).length;
  const broken = checks.filter((check) => check.success === false).length;
  return (
    <Glance>
      <Fact word="Last written">
        {last ? <When at={last.startedAt} /> : <span className="faint">no run seen</span>}
      </Fact>
      <Fact word="Last runs" row>
        {last ? <State state={last.state} /> : <span className="faint">–</span>}
        <span className="ticks">
          {dataset.runs.slice(1).map((run) => (
            <i
              key={run.id}
              className={`tick ${run.state}`}
              title={`${run.state.toLowerCase()} ${run.startedAt ?? ""}`}
            />
          ))}
        </span>
      </Fact>
      <Fact word="Checks">
        {checks.length === 0 ? (
          <span className="faint">none told</span>
        ) : broken > 0 ? (
          <Badge tone="bad" dot>
            {count(broken)} of {count(checks.length)} failed
          </Badge>
        ) : (
          <Badge tone={held === checks.length ? "good" : "warn"} dot>
            {count(held)} of {count(checks.length)} held
          </Badge>
        )}
      </Fact>
      <ContractsGlance namespace={dataset.namespace} name={dataset.name} />
      <Fact word="Rows">{count(dataset.quality.metrics?.rowCount)}</Fact>
      <Fact word="Owners">
        <Owners owners={dataset.owners} />
      </Fact>
      <Fact word="Seen">
        <When at={dataset.lastSeen} />
      </Fact>
    </Glance>
  );
}

export function DatasetPage() {
  const params = useParams();
  const set = useSetParams();
  const asOf = useAsOf();
  const [namespace, name] = [one(params.namespace) ?? "", one(params.name) ?? ""];
  const asked = useAsk(DATASET, { namespace, name, asOf });
  const dataset = asked.data?.dataset;
  const tab = one(params.tab) ?? "columns";
  useTitle(name || "Dataset");
  if (asked.error) return <Problem error={asked.error} again={asked.refetch} />;
  if (asked.isPending) return <Bones lines={10} />;
  if (!dataset) return <Unknown namespace={namespace} name={name} asOf={asOf} />;
  const at = { namespace: dataset.namespace, name: dataset.name, asOf };
  const tabs = [
    { id: "columns", label: "Columns", total: dataset.columnCount },
    { id: "upstream", label: "Upstream", total: dataset.upstreamCount },
    { id: "downstream", label: "Downstream", total: dataset.downstreamCount },
    {
      id: "making",
      label: "Jobs and SQL",
      total: dataset.producedByCount + dataset.consumedByCount,
    },
    { id: "quality", label: "Quality", total: dataset.quality.assertions.length },
    { id: "history", label: "Schema history", total: dataset.schemaHistory.total },
    { id: "facts", label: "Names and facets" },
  ];
  return (
    <div className="page">
      <div className="head">
        <p className="crumbs">
          <Icon name="dataset" size={14} /> <Text>{dataset.namespace}</Text>
        </p>
        <div className="head-row">
          <h1>
            <Text>{dataset.name}</Text>
          </h1>
          <div className="row">
            <To
              to="/impact"
              params={{ namespace: dataset.namespace, name: dataset.name }}
              className="btn"
            >
              <Icon name="impact" size={16} /> Plan a change
            </To>
            <To to="/lineage" params={{ focus: dataset.id }} className="btn primary">
              <Icon name="lineage" size={16} /> Lineage
            </To>
          </div>
        </div>
        <div className="row">
          <Layer layer={dataset.layer} />
          {dataset.type && (
            <Badge>
              {[dataset.type, dataset.subType].filter(Boolean).join(" · ").toLowerCase()}
            </Badge>
          )}
          {dataset.tags
            .filter((tag) => tag.key !== "layer")
            .map((tag) => (
              <TagBadge key={tag.key + tag.value} tag={tag} />
            ))}
        </div>
        {dataset.description && (
          <p className="about">
            <Text>{dataset.description}</Text>
          </p>
        )}
      </div>
      <Warnings dataset={dataset} />
      <AtAGlance dataset={dataset} />
      <div>
        <Tabs
          label="About this dataset"
          tabs={tabs}
          at={tab}
          onPick={(id) => set({ tab: id }, true)}
        />
      </div>
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} className="stack">
        {tab === "columns" && <ColumnsTab at={at} picked={one(params.column)} />}
        {tab === "upstream" && <NeighboursTab at={at} direction="UPSTREAM" />}
        {tab === "downstream" && <NeighboursTab at={at} direction="DOWNSTREAM" />}
        {tab === "making" && <MakingTab at={at} />}
        {tab === "quality" && <QualityTab at={at} />}
        {tab === "history" && <HistoryTab at={at} />}
        {tab === "facts" && <FactsTab at={at} />}
      </div>
    </div>
  );
}

function Problem({ error, again }: { error: Error; again: () => void }) {
  return (
    <div className="page">
      <h1>Dataset</h1>
      <Failed error={error} again={again} />
    </div>
  );
}

function Unknown({ namespace, name, asOf }: { namespace: string; name: string; asOf?: string }) {
  return (
    <div className="page">
      <h1>
        <Text>{name || "Dataset"}</Text>
      </h1>
      <Empty
        icon="dataset"
        title={asOf ? "It was not there yet at that time." : "No event has named this dataset."}
      >
        <p>
          Looked for in <Text>{namespace || "no namespace"}</Text>.
        </p>
        <p>
          <To to="/" params={{ q: name }}>
            Find names like it
          </To>
        </p>
      </Empty>
    </div>
  );
}

/** How much of a list is shown, where it is cut. */
export function Cut({ shown, total, what }: { shown: number; total: number; what: string }) {
  if (shown >= total) return null;
  return (
    <Note>
      {count(shown)} of {many(total, what)} are listed, the nearest. The lineage view and its CSV
      have the others.
    </Note>
  );
}
