// The jobs that write and read a dataset, the SQL that makes it, and the latest runs.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import { count, duration, many } from "../../lib/format";
import { To } from "../../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Code,
  Empty,
  Failed,
  JobName,
  Note,
  Owners,
  State,
  Text,
  When,
} from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { Durations } from "../../parts/Durations";
import { jobKind, jobName, jobSeen } from "../../parts/jobColumns";
import type { At } from "./Columns";

const MAKING = graphql(`
  query DatasetMaking($namespace: String!, $name: String!, $asOf: DateTime) {
    dataset(namespace: $namespace, name: $name, asOf: $asOf) {
      producedByCount consumedByCount
      producedBy(limit: 50) {
        id namespace name type integration lastSeen
        owners { name type }
        sql { query dialect }
      }
      consumedBy(limit: 500) { id namespace name type integration lastSeen outputCount owners { name type } }
      sqlLineage(limit: 50) {
        state dialect runs columnEdges
        gaps { code message }
        job { namespace name }
      }
      runs(first: 30) { id state startedAt durationMs rowsWritten bytesWritten errorMessage job { namespace name } }
    }
  }
`);

const READ = {
  WHOLE: ["good", "all of it could be read"],
  PARTLY: ["warn", "a part of it could be read"],
  UNKNOWN: ["warn", "it could not be read"],
  WAITING: ["info", "it has not been read yet"],
} as const;

export function MakingTab({ at }: { at: At }) {
  const asked = useAsk(MAKING, { ...at });
  const dataset = asked.data?.dataset;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!dataset) return <Bones lines={8} />;
  return (
    <>
      <Card title="Written by" total={dataset.producedByCount}>
        {dataset.producedBy.length === 0 ? (
          <Empty icon="job" title="No job that writes it was seen.">
            It may be a source that other systems fill.
          </Empty>
        ) : (
          <div className="stack body">
            {dataset.producedBy.map((job) => (
              <div key={job.id} className="stack" style={{ gap: 8 }}>
                <div className="head-row">
                  <div>
                    <JobName namespace={job.namespace} name={job.name} />
                  </div>
                  <span className="row faint">
                    {job.integration && <Badge>{job.integration.toLowerCase()}</Badge>}
                    <Owners owners={job.owners} />
                  </span>
                </div>
                {job.sql && <Code text={job.sql.query} wrap label={`SQL of ${job.name}`} />}
              </div>
            ))}
            {dataset.producedBy.length < dataset.producedByCount && (
              <Note>
                {count(dataset.producedByCount - dataset.producedBy.length)} more jobs write it.
              </Note>
            )}
          </div>
        )}
      </Card>
      {dataset.sqlLineage.length > 0 && (
        <Card title="What was read from SQL" total={dataset.sqlLineage.length} pad>
          <div className="stack">
            {dataset.sqlLineage.map((read, place) => {
              const [tone, words] = READ[read.state];
              return (
                <div key={place}>
                  <span className="row">
                    <Badge tone={tone}>{words}</Badge>
                    <span className="faint">
                      {many(read.columnEdges, "column edge")}, {many(read.runs, "run")}
                      {read.dialect && `, as ${read.dialect}`}
                    </span>
                  </span>
                  {read.gaps.map((gap, index) => (
                    <p key={index} className="soft">
                      <span className="mono">{gap.code}</span> <Text>{gap.message}</Text>
                    </p>
                  ))}
                </div>
              );
            })}
          </div>
        </Card>
      )}
      <Card title="Latest runs" total={dataset.runs.length}>
        {dataset.runs.length > 0 && <Durations runs={dataset.runs} />}
        {dataset.runs.length === 0 ? (
          <Empty icon="clock" title="No run that wrote it was seen." />
        ) : (
          <DataTable
            label="Latest runs"
            rows={dataset.runs}
            id={(run) => run.id + run.job.name}
            columns={[
              {
                id: "started",
                title: "Started",
                sort: (run) => run.startedAt,
                cell: (run) => (
                  <To
                    to="/run"
                    params={{ id: run.id, namespace: run.job.namespace, name: run.job.name }}
                  >
                    <When at={run.startedAt} />
                  </To>
                ),
              },
              {
                id: "state",
                title: "State",
                sort: (run) => run.state,
                cell: (run) => <State state={run.state} />,
              },
              {
                id: "job",
                title: "Job",
                sort: (run) => run.job.name,
                cell: (run) => <JobName namespace={run.job.namespace} name={run.job.name} short />,
              },
              {
                id: "took",
                title: "Took",
                num: true,
                sort: (run) => run.durationMs,
                cell: (run) => duration(run.durationMs),
              },
              {
                id: "rows",
                title: "Rows",
                num: true,
                sort: (run) => run.rowsWritten,
                cell: (run) => count(run.rowsWritten),
              },
              {
                id: "error",
                title: "Error",
                cell: (run) => <Text>{run.errorMessage?.slice(0, 160)}</Text>,
              },
            ]}
          />
        )}
      </Card>
      <Card title="Read by" total={dataset.consumedByCount}>
        {dataset.consumedBy.length === 0 ? (
          <Empty icon="job" title="No job that reads it was seen." />
        ) : (
          <DataTable
            label="Jobs that read it"
            rows={dataset.consumedBy}
            id={(job) => job.id}
            columns={[
              jobName,
              jobKind,
              { id: "owner", title: "Owner", cell: (job) => <Owners owners={job.owners} /> },
              jobSeen,
            ]}
          />
        )}
      </Card>
    </>
  );
}
