// What a report of impact says, asked for in the same way by the page that plans and by stored checks:
// its parts in GraphQL, its words, and its CSV.
import { graphql } from "../../gql";
import type { ChangeKind, ReportPartsFragment, Verdict } from "../../gql/graphql";
import { field } from "../../graph/export";
import { safeUrl } from "../../lib/format";
import type { Tone } from "../../parts/basic";

export const REPORT = graphql(`
  fragment ReportParts on ImpactReport {
    verdict
    summary {
      changes breaking possiblyBreaking valueChange safe unknown waived
      datasets columns jobs consumers
    }
    notes { code message unknown }
    findings {
      id class action reason fix affectedTotal changedAlongTotal truncated
      change { kind namespace name column from to owners file line detail }
      waiver { owner reason until }
      affected { ...AffectedParts }
      changedAlong { ...AffectedParts }
    }
  }
  fragment AffectedParts on ImpactAffected {
    kind class namespace name column depth layer consumer owners contracts
    path { namespace name column by knownBy indirect runs }
  }
`);

export type Report = ReportPartsFragment;
export type Finding = Report["findings"][number];
export type Affected = Finding["affected"][number];
export type Class = Finding["class"];

type Told = Exclude<Tone, "other">;

export const VERDICTS: Record<Verdict, [Told, string, string]> = {
  PASS: ["good", "It may go in", "Nobody who was seen is affected."],
  WARN: ["warn", "Somebody should look first", "It may go in once they have."],
  FAIL: ["bad", "It should not go in", "It breaks what others use."],
  CANNOT_TELL: ["warn", "It cannot be told", "That is never a pass: see what is unknown below."],
};

/** The worst first. */
export const CLASSES: Record<Class, [Tone, string]> = {
  BREAKING: ["bad", "breaks"],
  UNKNOWN: ["warn", "unknown"],
  POSSIBLY_BREAKING: ["warn", "may break"],
  VALUE_CHANGE: ["info", "other values"],
  SAFE: ["good", "safe"],
};

/** What was done to what, in a few words. */
export const CHANGES: Partial<Record<ChangeKind, string>> = {
  ACCESS_NARROWED: "Fewer may read it",
  COLUMNS_REORDERED: "Columns reordered",
  COLUMN_ADDED: "Column added",
  COLUMN_NULLABLE: "Column may be null",
  COLUMN_REDERIVED: "Column computed otherwise",
  COLUMN_REMOVED: "Column removed",
  COLUMN_RENAMED: "Column renamed",
  COLUMN_REQUIRED: "Column may not be null",
  COLUMN_RETYPED: "Type changed",
  CONTRACT_DROPPED: "Contract dropped",
  DATASET_ADDED: "Dataset added",
  DATASET_REMOVED: "Dataset removed",
  DATASET_RENAMED: "Dataset renamed",
  JOB_CHANGED: "Job changed",
  JOB_REMOVED: "Job removed",
  ROWS_CHANGED: "Other rows",
};

/** A kind of change that this page does not know yet is shown by its own name. */
export const changeWord = (kind: ChangeKind): string =>
  CHANGES[kind] ?? kind.toLowerCase().replace(/_/g, " ");

/** What the report can be narrowed to, with counts; the worst first. */
export function byClass(report: Report): [Class, number][] {
  const counts = new Map<Class, number>();
  for (const finding of report.findings)
    counts.set(finding.class, (counts.get(finding.class) ?? 0) + 1);
  return (Object.keys(CLASSES) as Class[])
    .filter((of) => counts.has(of))
    .map((of) => [of, counts.get(of) ?? 0]);
}

const HEAD =
  "change,dataset,column,action,class,kind,namespace,name,affected column,hops,layer,owners,path,waived by,waived until,file,line,reason,to mend it";

/** A row for each affected thing; a change that affects nothing has a row too. */
export function toCsv(report: Report): string {
  const rows = report.findings.flatMap((finding) => {
    const { change, waiver } = finding;
    const before = [change.kind, change.name, change.column ?? "", finding.action];
    const after = [
      waiver?.owner ?? "",
      waiver?.until ?? "",
      change.file ?? "",
      change.line == null ? "" : String(change.line),
      finding.reason,
      finding.fix ?? "",
    ];
    const hits = [...finding.affected, ...finding.changedAlong];
    if (hits.length === 0)
      return [[...before, finding.class, ...Array<string>(8).fill(""), ...after]];
    return hits.map((hit) => [
      ...before,
      hit.class,
      hit.kind,
      hit.namespace,
      hit.name,
      hit.column ?? "",
      String(hit.depth),
      hit.layer ?? "",
      hit.owners.join(" "),
      hit.path.map((step) => (step.column ? `${step.name}.${step.column}` : step.name)).join(" > "),
      ...after,
    ]);
  });
  return `${[HEAD, ...rows.map((row) => row.map(field).join(","))].join("\r\n")}\r\n`;
}

/** Where a change stands in its source, if the address of the pull request or job tells that. */
export function sourceAt(
  of: { url?: string | null; commit?: string | null },
  file: string,
  line?: number | null,
): string | undefined {
  const url = safeUrl(of.url);
  const found = url?.match(/^(.+?)\/(-\/(?:merge_requests|jobs|pipelines)|pull|actions\/runs)\/\d/);
  if (!found || !of.commit) return undefined;
  const blob = found[2]?.startsWith("-") ? "-/blob" : "blob";
  const path = file.split("/").map(encodeURIComponent).join("/");
  const place = line == null ? "" : `#L${line}`;
  return `${found[1]}/${blob}/${encodeURIComponent(of.commit)}/${path}${place}`;
}
