// What was checked and measured of a dataset, now and over the latest runs.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { DatasetQualityTabQuery } from "../../gql/graphql";
import { bytes, count, time } from "../../lib/format";
import { Badge, Bones, Card, Empty, Failed, JobName, Note, Text, When } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import type { At } from "./Columns";

const QUALITY = graphql(`
  query DatasetQualityTab($namespace: String!, $name: String!, $asOf: DateTime) {
    dataset(namespace: $namespace, name: $name, asOf: $asOf) {
      quality {
        jobsLeftOut
        assertions { assertion name column success severity expected actual description content toldAt }
        metrics {
          rowCount bytes fileCount lastUpdated toldAt
          columns { column count nullCount distinctCount min max sum }
        }
      }
      tests { name column kinds }
      producedBy(limit: 20) { ...Checked }
      consumedBy(limit: 20) { ...Checked }
    }
  }
  fragment Checked on Job {
    namespace name
    runs(first: 10) {
      nodes {
        id startedAt
        assertions { dataset { namespace name } assertions { assertion column success } }
      }
    }
  }
`);

type Dataset = NonNullable<DatasetQualityTabQuery["dataset"]>;
type Check = Dataset["quality"]["assertions"][number];

const told = (check: { success?: boolean | null }) =>
  check.success === true ? "held" : check.success === false ? "failed" : "unknown";

/** The results of one check by run, oldest first, as far as the latest runs tell. */
function overTime(dataset: Dataset, at: At): Map<string, { when: string; word: string }[]> {
  const found = new Map<string, Map<string, { when: string; word: string }>>();
  for (const job of [...dataset.producedBy, ...dataset.consumedBy]) {
    for (const run of job.runs.nodes) {
      for (const of of run.assertions) {
        if (of.dataset.name !== at.name || of.dataset.namespace !== at.namespace) continue;
        for (const check of of.assertions) {
          const key = `${check.assertion}|${check.column ?? ""}`;
          const held = found.get(key) ?? new Map();
          held.set(run.id, { when: run.startedAt ?? "", word: told(check) });
          found.set(key, held);
        }
      }
    }
  }
  return new Map(
    [...found].map(([key, runs]) => [
      key,
      [...runs.values()].sort((a, b) => (a.when < b.when ? -1 : 1)),
    ]),
  );
}

function Result({ check }: { check: Check }) {
  const word = told(check);
  const tone =
    word === "held"
      ? "good"
      : word === "failed"
        ? check.severity === "warn"
          ? "warn"
          : "bad"
        : "other";
  return (
    <Badge tone={tone} dot>
      {word}
    </Badge>
  );
}

export function QualityTab({ at }: { at: At }) {
  const asked = useAsk(QUALITY, { ...at });
  const dataset = asked.data?.dataset;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!dataset) return <Bones lines={8} />;
  const { assertions, metrics, jobsLeftOut } = dataset.quality;
  const history = overTime(dataset, at);
  const kinds = new Map(
    dataset.tests.map((test) => [`${test.name}|${test.column ?? ""}`, test.kinds]),
  );
  return (
    <>
      {jobsLeftOut > 0 && (
        <Note tone="warn">Runs of {count(jobsLeftOut)} more jobs were not looked at.</Note>
      )}
      <Card title="Checks" total={assertions.length}>
        {assertions.length === 0 ? (
          <Empty icon="check" title="No check of this dataset was told.">
            dbt tests and Great Expectations tell theirs by the dataQualityAssertions facet.
          </Empty>
        ) : (
          <DataTable
            label="Checks"
            rows={assertions}
            id={(check) => `${check.assertion}|${check.column}|${check.name}`}
            columns={[
              {
                id: "check",
                title: "Check",
                sort: (check) => check.assertion,
                cell: (check) => (
                  <>
                    <span className="name mono">
                      <Text>{check.assertion}</Text>
                    </span>
                    <span className="where">
                      <Text>{check.description ?? check.name}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "column",
                title: "Column",
                sort: (check) => check.column,
                cell: (check) =>
                  check.column ? (
                    <span className="mono">
                      <Text>{check.column}</Text>
                    </span>
                  ) : (
                    <span className="faint">whole dataset</span>
                  ),
              },
              {
                id: "kind",
                title: "Kind",
                cell: (check) =>
                  kinds.get(`${check.assertion}|${check.column ?? ""}`)?.join(", ") || (
                    <span className="faint">–</span>
                  ),
              },
              {
                id: "result",
                title: "Result",
                sort: told,
                cell: (check) => <Result check={check} />,
              },
              {
                id: "over",
                title: "Over the last runs",
                cell: (check) => (
                  <span className="ticks">
                    {(history.get(`${check.assertion}|${check.column ?? ""}`) ?? []).map(
                      (one, place) => (
                        <i
                          key={place}
                          className={`tick ${one.word}`}
                          title={`${one.word}, ${time(one.when)}`}
                        />
                      ),
                    )}
                  </span>
                ),
              },
              {
                id: "found",
                title: "Wanted and found",
                cell: (check) =>
                  check.expected || check.actual ? (
                    <>
                      <Text>{check.expected}</Text> / <Text>{check.actual}</Text>
                    </>
                  ) : (
                    <span className="faint">–</span>
                  ),
              },
              {
                id: "told",
                title: "Told",
                sort: (check) => check.toldAt,
                cell: (check) => <When at={check.toldAt} />,
              },
            ]}
          />
        )}
      </Card>
      <Card title="Latest measures" end={metrics && <When at={metrics.toldAt} />}>
        {!metrics ? (
          <Empty icon="info" title="Nothing was measured of it." />
        ) : (
          <>
            <div className="body">
              <dl className="facts">
                <dt>Rows</dt>
                <dd>{count(metrics.rowCount)}</dd>
                <dt>Size</dt>
                <dd>{bytes(metrics.bytes)}</dd>
                <dt>Files</dt>
                <dd>{count(metrics.fileCount)}</dd>
              </dl>
            </div>
            {metrics.columns.length > 0 && (
              <DataTable
                label="Measures of columns"
                rows={metrics.columns}
                id={(column) => column.column}
                columns={[
                  {
                    id: "column",
                    title: "Column",
                    sort: (one) => one.column,
                    cell: (one) => (
                      <span className="mono">
                        <Text>{one.column}</Text>
                      </span>
                    ),
                  },
                  { id: "count", title: "Values", num: true, cell: (one) => one.count ?? "–" },
                  {
                    id: "nulls",
                    title: "Without value",
                    num: true,
                    sort: (one) => one.nullCount,
                    cell: (one) => count(one.nullCount),
                  },
                  {
                    id: "distinct",
                    title: "Different",
                    num: true,
                    sort: (one) => one.distinctCount,
                    cell: (one) => count(one.distinctCount),
                  },
                  {
                    id: "min",
                    title: "Least",
                    num: true,
                    cell: (one) => <Text>{one.min ?? "–"}</Text>,
                  },
                  {
                    id: "max",
                    title: "Greatest",
                    num: true,
                    cell: (one) => <Text>{one.max ?? "–"}</Text>,
                  },
                ]}
              />
            )}
          </>
        )}
      </Card>
      {(dataset.producedBy.length > 0 || dataset.consumedBy.length > 0) &&
        assertions.length > 0 && (
          <p className="faint">
            From the latest 10 runs of each of{" "}
            {dataset.producedBy.slice(0, 3).map((job, place) => (
              <span key={job.name}>
                {place > 0 && ", "}
                <JobName namespace={job.namespace} name={job.name} short />
              </span>
            ))}{" "}
            and the jobs that read it.
          </p>
        )}
    </>
  );
}
