// A run: how it went, what started it and what it started, what it read, wrote and checked.
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { RunPageQuery } from "../gql/graphql";
import { bytes, count, duration, many, time } from "../lib/format";
import { one, To, useParams } from "../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Code,
  DatasetName,
  Empty,
  Failed,
  JobName,
  Layer,
  Note,
  State,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { DataTable } from "../parts/DataTable";
import { Facets } from "../parts/Facets";
import { Fact, Glance } from "../parts/Glance";
import { Icon } from "../parts/Icon";

const RUN = graphql(`
  query RunPage($id: ID!) {
    runs(runId: $id) {
      id state stateConflict startedAt endedAt durationMs producer
      nominalStart nominalEnd
      errorMessage errorLanguage stackTrace
      rowsRead rowsWritten bytesRead bytesWritten
      job { namespace name type integration }
      parent { namespace name runId run { id } }
      root { namespace name runId }
      childCount
      children(limit: 200) { id state startedAt durationMs errorMessage job { namespace name } }
      states { state time }
      processingEngine { name version }
      externalQuery { id source }
      extractionError { failedTasks totalTasks errors { task message } }
      inputs { ...Used }
      outputs { ...Used }
      assertions { dataset { namespace name } assertions { assertion column success severity } }
      tests { name status description }
      facets { name text masked setAt }
    }
  }
  fragment Used on RunDataset {
    rowCount bytes fileCount
    dataset { id namespace name layer }
    subset { type partitions locations }
  }
`);

type Run = RunPageQuery["runs"][number];

export function RunPage() {
  const params = useParams();
  const id = one(params.id) ?? "";
  const asked = useAsk(RUN, { id }, { enabled: id !== "" });
  useTitle(id ? `Run ${id.slice(0, 8)}` : "Run");
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (asked.isPending && id) return <Bones lines={10} />;
  const runs = asked.data?.runs ?? [];
  const wanted = (run: Run) =>
    run.job.name === one(params.name) && run.job.namespace === one(params.namespace);
  const run = runs.find(wanted) ?? runs[0];
  if (!run)
    return (
      <div className="page">
        <h1>Run</h1>
        <Empty icon="clock" title="No event has named this run.">
          <span className="mono">
            <Text>{id}</Text>
          </span>
        </Empty>
      </div>
    );
  return <Shown run={run} others={runs.filter((other) => other !== run)} />;
}

function Shown({ run, others }: { run: Run; others: Run[] }) {
  return (
    <div className="page">
      <div className="head">
        <p className="crumbs">
          <Icon name="job" size={14} /> run of{" "}
          <JobName namespace={run.job.namespace} name={run.job.name} short />
          {run.parent && (
            <>
              {" "}
              › started by{" "}
              <To
                to="/run"
                params={{
                  id: run.parent.runId,
                  namespace: run.parent.namespace,
                  name: run.parent.name,
                }}
              >
                <Text>{run.parent.name}</Text>
              </To>
            </>
          )}
        </p>
        <div className="head-row">
          <h1>{time(run.startedAt)}</h1>
          <State state={run.state} />
        </div>
        <p className="mono faint">
          <Text>{run.id}</Text>
        </p>
      </div>
      {run.stateConflict && (
        <Note tone="warn">
          Different end states were reported for this run; the one shown is by the rule of its
          producer.
        </Note>
      )}
      {others.length > 0 && (
        <Note>
          {count(others.length)} more jobs share this run id:{" "}
          {others.slice(0, 8).map((other) => (
            <To
              key={other.job.namespace + other.job.name}
              to="/run"
              params={{ id: other.id, namespace: other.job.namespace, name: other.job.name }}
            >
              <Text>{other.job.name}</Text>{" "}
            </To>
          ))}
        </Note>
      )}
      {run.errorMessage && (
        <Card
          title="What went wrong"
          end={run.errorLanguage && <Badge>{run.errorLanguage}</Badge>}
          pad
        >
          <div className="stack">
            <p className="error-text">
              <Text>{run.errorMessage}</Text>
            </p>
            {run.stackTrace && (
              <details>
                <summary>Where</summary>
                <Code text={run.stackTrace} label="Stack trace" />
              </details>
            )}
          </div>
        </Card>
      )}
      {run.extractionError?.errors.map((one, at) => (
        <Note key={at} tone="warn">
          Its producer could not find lineage of <Text>{one.task ?? "a task"}</Text>:{" "}
          <Text>{one.message}</Text>
        </Note>
      ))}
      <Glance>
        <Fact word="Took">{duration(run.durationMs)}</Fact>
        <Fact word="Ended">
          <When at={run.endedAt} />
        </Fact>
        <Fact word="Stands for">
          {run.nominalStart ? time(run.nominalStart) : <span className="faint">–</span>}
        </Fact>
        <Fact word="Read">
          <Amount rows={run.rowsRead} size={run.bytesRead} />
        </Fact>
        <Fact word="Wrote">
          <Amount rows={run.rowsWritten} size={run.bytesWritten} />
        </Fact>
        <Fact word="Engine">
          <Text>
            {run.processingEngine
              ? `${run.processingEngine.name ?? ""} ${run.processingEngine.version ?? ""}`
              : "–"}
          </Text>
        </Fact>
      </Glance>
      <div className="halves">
        <Used title="Read" used={run.inputs} />
        <Used title="Wrote" used={run.outputs} />
      </div>
      {run.childCount > 0 && (
        <Card title="Runs that it started" total={run.childCount}>
          <DataTable
            label="Runs that it started"
            rows={run.children}
            id={(child) => child.id + child.job.name}
            columns={[
              {
                id: "job",
                title: "Job",
                sort: (child) => child.job.name,
                cell: (child) => (
                  <To
                    to="/run"
                    params={{ id: child.id, namespace: child.job.namespace, name: child.job.name }}
                    className="name"
                  >
                    <Text>{child.job.name}</Text>
                  </To>
                ),
              },
              {
                id: "state",
                title: "State",
                sort: (child) => child.state,
                cell: (child) => <State state={child.state} />,
              },
              {
                id: "started",
                title: "Started",
                sort: (child) => child.startedAt,
                cell: (child) => <When at={child.startedAt} />,
              },
              {
                id: "took",
                title: "Took",
                num: true,
                sort: (child) => child.durationMs,
                cell: (child) => duration(child.durationMs),
              },
              {
                id: "error",
                title: "Error",
                cell: (child) => <Text>{child.errorMessage?.slice(0, 120)}</Text>,
              },
            ]}
          />
        </Card>
      )}
      <Checks run={run} />
      <Card title="What was told when" pad>
        <ol className="facts">
          {run.states.map((report, at) => (
            <li key={at} className="contents">
              <span>{time(report.time)}</span>
              <span>
                <State state={report.state} />
              </span>
            </li>
          ))}
        </ol>
        <p className="faint told">
          by <Text>{run.producer}</Text>
        </p>
      </Card>
      <Facets facets={run.facets} />
    </div>
  );
}

/** Rows and bytes, as far as they were told. */
function Amount({ rows, size }: { rows?: number | null; size?: number | null }) {
  const told = [rows != null && many(rows, "row"), size != null && bytes(size)].filter(Boolean);
  if (told.length === 0) return <span className="faint">not told</span>;
  return told.join(", ");
}

function Used({ title, used }: { title: string; used: Run["inputs"] }) {
  return (
    <Card title={title} total={used.length}>
      {used.length === 0 ? (
        <Empty icon="dataset" title="Nothing was named." />
      ) : (
        <DataTable
          label={title}
          rows={used}
          id={(one) => one.dataset.id}
          columns={[
            {
              id: "name",
              title: "Dataset",
              sort: (one) => one.dataset.name,
              cell: (one) => (
                <>
                  <DatasetName namespace={one.dataset.namespace} name={one.dataset.name} />
                  {one.subset && (
                    <span className="where">
                      only{" "}
                      <Text>
                        {[...one.subset.partitions, ...one.subset.locations]
                          .slice(0, 3)
                          .join(", ") || one.subset.type}
                      </Text>
                    </span>
                  )}
                </>
              ),
            },
            {
              id: "layer",
              title: "Layer",
              sort: (one) => one.dataset.layer,
              cell: (one) => <Layer layer={one.dataset.layer} />,
            },
            {
              id: "rows",
              title: "Rows",
              num: true,
              sort: (one) => one.rowCount,
              cell: (one) => count(one.rowCount),
            },
            {
              id: "size",
              title: "Size",
              num: true,
              sort: (one) => one.bytes,
              cell: (one) => bytes(one.bytes),
            },
          ]}
        />
      )}
    </Card>
  );
}

function Checks({ run }: { run: Run }) {
  const rows = run.assertions.flatMap((of) =>
    of.assertions.map((check) => ({
      ...check,
      dataset: of.dataset.name,
      namespace: of.dataset.namespace,
    })),
  );
  if (rows.length === 0 && run.tests.length === 0) return null;
  const word = (success: boolean | null | undefined) =>
    success === true ? "held" : success === false ? "failed" : "unknown";
  return (
    <Card title="What it checked" total={rows.length + run.tests.length}>
      {rows.length > 0 && (
        <DataTable
          label="What it checked"
          rows={rows}
          id={(check) => `${check.namespace}${check.dataset}|${check.assertion}|${check.column}`}
          columns={[
            {
              id: "check",
              title: "Check",
              sort: (check) => check.assertion,
              cell: (check) => (
                <span className="name mono">
                  <Text>{check.assertion}</Text>
                </span>
              ),
            },
            {
              id: "of",
              title: "Of",
              sort: (check) => check.dataset,
              cell: (check) => (
                <>
                  <DatasetName namespace={check.namespace} name={check.dataset} short />
                  {check.column && (
                    <span className="where mono">
                      <Text>{check.column}</Text>
                    </span>
                  )}
                </>
              ),
            },
            {
              id: "result",
              title: "Result",
              sort: (check) => word(check.success),
              cell: (check) => (
                <Badge
                  tone={check.success ? "good" : check.success === false ? "bad" : "other"}
                  dot
                >
                  {word(check.success)}
                </Badge>
              ),
            },
          ]}
        />
      )}
      {run.tests.map((test) => (
        <p key={test.name} className="body row">
          <Badge tone={test.status === "pass" ? "good" : "bad"}>{test.status ?? "unknown"}</Badge>
          <Text>{test.name}</Text>
        </p>
      ))}
    </Card>
  );
}
