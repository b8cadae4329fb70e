// What the tabs of the contracts page share: who a contract is about, how grave it is.
import type { Severity } from "../../gql/graphql";
import { makeId } from "../../graph/model";
import type { Params } from "../../lib/nav";
import { Badge, DatasetName, JobName, Layer, type Tone } from "../../parts/basic";

const SEVERITIES: Record<Severity, [Tone, string]> = {
  ERROR: ["bad", "error"],
  WARNING: ["warn", "warning"],
  INFO: ["info", "info"],
};

export const severityRank = (severity: Severity) => Object.keys(SEVERITIES).indexOf(severity);

export const severityTone = (severity: Severity): Tone => SEVERITIES[severity][0];

export function SeverityBadge({ of }: { of: Severity }) {
  const [tone, word] = SEVERITIES[of];
  return (
    <Badge tone={tone} dot>
      {word}
    </Badge>
  );
}

export interface SubjectOf {
  kind: "DATASET" | "JOB" | "EXPOSURE";
  namespace: string;
  name: string;
  layer: string | null;
}

export function Subject({ of, short = true }: { of: SubjectOf; short?: boolean }) {
  const { kind, namespace, name } = of;
  if (kind === "DATASET") return <DatasetName namespace={namespace} name={name} short={short} />;
  // An exposure of dbt is a job too.
  return <JobName namespace={namespace} name={name} short={short} />;
}

/** With the layer before it; jobs and exposures say what they are instead. */
export function Placed({ of }: { of: SubjectOf }) {
  return (
    <span className="placed">
      {of.kind === "DATASET" ? <Layer layer={of.layer} /> : <Badge>{of.kind.toLowerCase()}</Badge>}
      <span>
        <Subject of={of} />
      </span>
    </span>
  );
}

const idOf = (one: SubjectOf) =>
  makeId(one.kind === "DATASET" ? "dataset" : "job", one.namespace, one.name);

/** Where in the lineage to look: between two datasets the way, else who is named first. */
export function lineageOf(subject: SubjectOf, object?: SubjectOf | null): Params | undefined {
  if (subject.kind === "DATASET" && object?.kind === "DATASET")
    return { focus: idOf(object), to: idOf(subject) };
  return { focus: idOf(subject) };
}
