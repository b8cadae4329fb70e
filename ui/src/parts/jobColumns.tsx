// The columns of lists of jobs: name, what kind of job it is, when it was last seen.
import { Badge, JobName, When } from "./basic";
import type { ColumnOf } from "./DataTable";

export interface JobRow {
  namespace: string;
  name: string;
  type?: string | null;
  integration?: string | null;
  lastSeen?: string | null;
  /** How much it writes, where that is asked for. */
  outputCount?: number;
}

export const jobName: ColumnOf<JobRow> = {
  id: "name",
  title: "Job",
  sort: (job) => job.name,
  cell: (job) => <JobName namespace={job.namespace} name={job.name} />,
};

export const jobKind: ColumnOf<JobRow> = {
  id: "kind",
  title: "Kind",
  sort: (job) => job.type,
  cell: (job) => (
    <span className="row">
      {[job.integration, job.type].filter(Boolean).join(" · ").toLowerCase() || "–"}
      {job.outputCount === 0 && <Badge tone="info">writes nothing</Badge>}
    </span>
  ),
};

export const jobSeen: ColumnOf<JobRow> = {
  id: "seen",
  title: "Seen",
  sort: (job) => job.lastSeen,
  cell: (job) => <When at={job.lastSeen} />,
};
