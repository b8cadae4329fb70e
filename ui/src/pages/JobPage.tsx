// A job: what it is and whose, its runs, what it reads and writes, its statement, its place in the
// hierarchy.
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { JobPageQuery } from "../gql/graphql";
import { count, duration, time } from "../lib/format";
import { one, To, useAsOf, useParams, useSetParams } from "../lib/nav";
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
  Owners,
  State,
  Tabs,
  TagBadge,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { DataTable } from "../parts/DataTable";
import { Durations } from "../parts/Durations";
import { Facets, OutLink } from "../parts/Facets";
import { Fact, Glance } from "../parts/Glance";
import { Icon } from "../parts/Icon";
import { jobKind, jobName, jobSeen } from "../parts/jobColumns";

const JOB = graphql(`
  query JobPage($namespace: String!, $name: String!, $asOf: DateTime, $first: Int!) {
    job(namespace: $namespace, name: $name, asOf: $asOf) {
      id namespace name description type integration processingType
      owners { name type }
      tags { key value }
      exposure { name type url }
      firstSeen lastSeen producers
      retired { by reason since }
      family { pattern count }
      parent { namespace name runId job { id } }
      childCount
      children(limit: 500) { id namespace name type integration lastSeen }
      inputCount outputCount
      inputs(limit: 500) { id namespace name layer owners { name type } }
      outputs(limit: 500) { id namespace name layer owners { name type } }
      sql { query dialect }
      sourceCode { language code }
      sourceCodeLocation { type url repoUrl path version branch }
      runs(first: $first) {
        total
        nodes { id state stateConflict startedAt durationMs rowsRead rowsWritten errorMessage childCount nominalStart job { namespace name } }
      }
      facets { name text masked setAt }
    }
  }
`);

type Job = NonNullable<JobPageQuery["job"]>;

export function JobPage() {
  const params = useParams();
  const set = useSetParams();
  const asOf = useAsOf();
  const [namespace, name] = [one(params.namespace) ?? "", one(params.name) ?? ""];
  const first = Math.min(Number(one(params.runs)) || 30, 500);
  const asked = useAsk(JOB, { namespace, name, asOf, first }, { keep: true });
  const job = asked.data?.job;
  const tab = one(params.tab) ?? (job?.exposure && job.runs.total === 0 ? "data" : "runs");
  useTitle(name || "Job");
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (asked.isPending) return <Bones lines={10} />;
  if (!job)
    return (
      <div className="page">
        <h1>
          <Text>{name || "Job"}</Text>
        </h1>
        <Empty
          icon="job"
          title={asOf ? "It was not there yet at that time." : "No event has named this job."}
        >
          <To to="/" params={{ q: name }}>
            Find names like it
          </To>
        </Empty>
      </div>
    );
  const code = [job.sql, job.sourceCode, job.sourceCodeLocation].filter(Boolean).length;
  const tabs = [
    { id: "runs", label: "Runs", total: job.runs.total },
    { id: "data", label: "Inputs and outputs", total: job.inputCount + job.outputCount },
    { id: "code", label: "SQL and code", total: code },
    { id: "below", label: "Starts", total: job.childCount },
    { id: "facets", label: "Facets", total: job.facets.length },
  ];
  return (
    <div className="page">
      <div className="head">
        <p className="crumbs">
          <Icon name="job" size={14} /> <Text>{job.namespace}</Text>
          {job.parent && (
            <>
              {" "}
              › started by <JobName namespace={job.parent.namespace} name={job.parent.name} short />
            </>
          )}
        </p>
        <div className="head-row">
          <h1>
            <Text>{job.name}</Text>
          </h1>
          <To to="/lineage" params={{ focus: job.id }} className="btn primary">
            <Icon name="lineage" size={16} /> Lineage
          </To>
        </div>
        <div className="row">
          <Badge>
            {[job.integration, job.type, job.processingType]
              .filter(Boolean)
              .join(" · ")
              .toLowerCase() || "job"}
          </Badge>
          {job.exposure && (
            <Badge title="dbt names it in facets of the datasets that it reads">
              exposure of dbt
            </Badge>
          )}
          {job.outputCount === 0 && job.inputCount > 0 && <Badge tone="info">only reads</Badge>}
          {job.tags.map((tag) => (
            <TagBadge key={tag.key + tag.value} tag={tag} />
          ))}
        </div>
        {job.description && (
          <p className="about">
            <Text>{job.description}</Text>
          </p>
        )}
        {job.exposure?.url && (
          <p className="about">
            <OutLink url={job.exposure.url} />
          </p>
        )}
      </div>
      {job.retired && (
        <Note tone="warn">
          Retired <When at={job.retired.since} /> <Text>{job.retired.reason}</Text>
        </Note>
      )}
      {job.family && job.family.count > 1 && (
        <Note>
          {count(job.family.count)} jobs have names that differ only by an id:{" "}
          <Text>{job.family.pattern}</Text>
        </Note>
      )}
      <Glance>
        <Fact word="Last run" row>
          {job.runs.nodes[0] ? (
            <>
              <State state={job.runs.nodes[0].state} /> <When at={job.runs.nodes[0].startedAt} />
            </>
          ) : (
            <span className="faint">none seen</span>
          )}
        </Fact>
        <Fact word="Took">{duration(job.runs.nodes[0]?.durationMs)}</Fact>
        <Fact word="Owners">
          <Owners owners={job.owners} />
        </Fact>
        <Fact word="Seen">
          <When at={job.lastSeen} />
        </Fact>
      </Glance>
      <Tabs label="About this job" tabs={tabs} at={tab} onPick={(id) => set({ tab: id }, true)} />
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} className="stack">
        {tab === "runs" && (
          <Runs
            job={job}
            more={first < 500 ? () => set({ runs: String(first + 100) }, true) : undefined}
          />
        )}
        {tab === "data" && (
          <>
            <Datasets title="Reads" rows={job.inputs} total={job.inputCount} />
            <Datasets title="Writes" rows={job.outputs} total={job.outputCount} />
          </>
        )}
        {tab === "code" && <CodeTab job={job} />}
        {tab === "below" && <Children job={job} />}
        {tab === "facets" && (
          <>
            <Card title="Who speaks of it" pad>
              <dl className="facts">
                <dt>Told by</dt>
                <dd>
                  {job.producers.map((producer) => (
                    <div key={producer}>
                      <Text>{producer}</Text>
                    </div>
                  ))}
                </dd>
                <dt>First seen</dt>
                <dd>{time(job.firstSeen)}</dd>
                <dt>Last seen</dt>
                <dd>{time(job.lastSeen)}</dd>
              </dl>
            </Card>
            <Facets facets={job.facets} />
          </>
        )}
      </div>
    </div>
  );
}

function Runs({ job, more }: { job: Job; more?: () => void }) {
  const runs = job.runs.nodes;
  if (runs.length === 0)
    return (
      <Card title="Runs">
        <Empty icon="clock" title="No run was seen.">
          {job.exposure
            ? "It is an exposure of dbt: it sends no events, and what it reads tells of it."
            : "It may be known from a static event alone."}
        </Empty>
      </Card>
    );
  return (
    <Card title="Runs" total={job.runs.total}>
      <Durations runs={runs} />
      <DataTable
        label="Runs"
        rows={runs}
        first={500}
        id={(run) => run.id}
        columns={[
          {
            id: "started",
            title: "Started",
            sort: (run) => run.startedAt,
            cell: (run) => (
              <To to="/run" params={{ id: run.id, namespace: job.namespace, name: job.name }}>
                {time(run.startedAt)}
              </To>
            ),
          },
          {
            id: "state",
            title: "State",
            sort: (run) => run.state,
            cell: (run) => (
              <span className="row">
                <State state={run.state} />
                {run.stateConflict && (
                  <Badge tone="warn" title="Different end states were reported">
                    disputed
                  </Badge>
                )}
              </span>
            ),
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
            title: "Rows written",
            num: true,
            sort: (run) => run.rowsWritten,
            cell: (run) => count(run.rowsWritten),
          },
          {
            id: "error",
            title: "Error",
            cell: (run) => <Text>{run.errorMessage?.slice(0, 200)}</Text>,
          },
        ]}
      />
      {job.runs.total > runs.length && more && (
        <div className="more">
          <button type="button" className="btn" onClick={more}>
            Show more: {count(runs.length)} of {count(job.runs.total)} are listed
          </button>
        </div>
      )}
    </Card>
  );
}

function Datasets({ title, rows, total }: { title: string; rows: Job["inputs"]; total: number }) {
  return (
    <Card title={title} total={total}>
      {rows.length === 0 ? (
        <Empty icon="dataset" title="None, by its current lineage." />
      ) : (
        <DataTable
          label={title}
          rows={rows}
          id={(row) => row.id}
          columns={[
            {
              id: "name",
              title: "Dataset",
              sort: (row) => row.name,
              cell: (row) => <DatasetName namespace={row.namespace} name={row.name} />,
            },
            {
              id: "layer",
              title: "Layer",
              sort: (row) => row.layer,
              cell: (row) => <Layer layer={row.layer} />,
            },
            {
              id: "owner",
              title: "Owner",
              sort: (row) => row.owners[0]?.name,
              cell: (row) => <Owners owners={row.owners} />,
            },
          ]}
        />
      )}
      {rows.length < total && <Note>{count(total - rows.length)} more are not listed.</Note>}
    </Card>
  );
}

function CodeTab({ job }: { job: Job }) {
  const where = job.sourceCodeLocation;
  if (!job.sql && !job.sourceCode && !where)
    return (
      <Card title="SQL and code">
        <Empty icon="job" title="Its producer tells neither SQL nor code." />
      </Card>
    );
  return (
    <>
      {job.sql && (
        <Card title="SQL" end={job.sql.dialect && <Badge>{job.sql.dialect}</Badge>} pad>
          <Code text={job.sql.query} wrap label="SQL" />
        </Card>
      )}
      {where && (
        <Card title="Where its code is" pad>
          <dl className="facts">
            <dt>Address</dt>
            <dd>
              <OutLink url={where.url ?? where.repoUrl} />
            </dd>
            <dt>Path</dt>
            <dd className="mono">
              <Text>{where.path ?? "–"}</Text>
            </dd>
            <dt>Version</dt>
            <dd className="mono">
              <Text>{[where.branch, where.version].filter(Boolean).join(" @ ") || "–"}</Text>
            </dd>
          </dl>
        </Card>
      )}
      {job.sourceCode && (
        <Card
          title="Code"
          end={job.sourceCode.language && <Badge>{job.sourceCode.language}</Badge>}
          pad
        >
          <Code text={job.sourceCode.code} label="Code" />
        </Card>
      )}
    </>
  );
}

function Children({ job }: { job: Job }) {
  return (
    <Card title="Jobs that it starts" total={job.childCount}>
      {job.children.length === 0 ? (
        <Empty icon="job" title="It starts no other job, as far as runs tell." />
      ) : (
        <DataTable
          label="Jobs that it starts"
          rows={job.children}
          id={(child) => child.id}
          columns={[jobName, jobKind, jobSeen]}
        />
      )}
    </Card>
  );
}
