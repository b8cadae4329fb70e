// What would happen: plan changes to a dataset or its columns and see who is hit, how badly, and by
// which path. The plan is in the URL, so a link shows the same question to somebody else.
import { useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { ChangeInput, ChangeKind, ImpactPageQuery } from "../gql/graphql";
import { field, save } from "../graph/export";
import { makeId, parseId } from "../graph/model";
import { count, many } from "../lib/format";
import { all, one, useParams, useSetParams } from "../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Copy,
  DatasetName,
  Empty,
  Failed,
  JobName,
  Layer,
  Name,
  Note,
  Text,
  type Tone,
  useTitle,
} from "../parts/basic";
import { DatasetPicker } from "../parts/DatasetPicker";
import { DataTable } from "../parts/DataTable";
import { Icon } from "../parts/Icon";

const IMPACT = graphql(`
  query ImpactPage($changes: [ChangeInput!]!) {
    impact(changes: $changes, limit: 500) {
      verdict
      summary { changes breaking possiblyBreaking valueChange safe unknown datasets columns jobs consumers }
      notes { code message unknown }
      findings {
        id class action reason fix affectedTotal truncated
        change { kind namespace name column from to owners }
        affected {
          kind class namespace name column depth layer consumer owners contracts
          path { namespace name column by knownBy indirect runs }
        }
      }
    }
  }
`);

const COLUMNS = graphql(`
  query ImpactColumns($namespace: String!, $name: String!) {
    dataset(namespace: $namespace, name: $name) {
      namespace name layer
      columns(limit: 2000) { name type downstreamCount }
    }
  }
`);

type Report = ImpactPageQuery["impact"];
type Finding = Report["findings"][number];
type Affected = Finding["affected"][number];

interface Kind {
  kind: ChangeKind;
  word: string;
  column: boolean;
  to?: string;
}

const KINDS: Kind[] = [
  { kind: "COLUMN_REMOVED", word: "Remove columns", column: true },
  { kind: "COLUMN_RENAMED", word: "Rename a column", column: true, to: "New name" },
  { kind: "COLUMN_RETYPED", word: "Change the type", column: true, to: "New type" },
  { kind: "COLUMN_REDERIVED", word: "Compute differently", column: true },
  { kind: "COLUMN_NULLABLE", word: "Allow nulls", column: true },
  { kind: "ROWS_CHANGED", word: "Change which rows there are", column: false },
  { kind: "DATASET_RENAMED", word: "Rename the dataset", column: false, to: "New name" },
  { kind: "DATASET_REMOVED", word: "Remove the dataset", column: false },
];

const VERDICTS = {
  PASS: ["good", "It may go in", "Nobody who was seen is affected."],
  WARN: ["warn", "Somebody should look first", "It may go in once they have."],
  FAIL: ["bad", "It should not go in", "It breaks what others use."],
  CANNOT_TELL: ["warn", "It cannot be told", "That is never a pass: see what is unknown below."],
} as const;

const CLASSES: Record<Finding["class"], [Tone, string]> = {
  BREAKING: ["bad", "breaks"],
  POSSIBLY_BREAKING: ["warn", "may break"],
  UNKNOWN: ["warn", "unknown"],
  VALUE_CHANGE: ["info", "other values"],
  SAFE: ["good", "safe"],
};

/** A planned change as the URL has it: kind|namespace|name|column|to. */
export function readChange(text: string): ChangeInput | undefined {
  const { kind, parts } = parseId(text);
  const known = KINDS.find((one) => one.kind === kind);
  const [namespace, name, column, to] = parts;
  if (!known || namespace === undefined || name === undefined) return undefined;
  return {
    kind: known.kind,
    dataset: { namespace, name },
    column: column || undefined,
    to: to || undefined,
  };
}

export function ImpactPage() {
  useTitle("Impact");
  const params = useParams();
  const set = useSetParams();
  const texts = all(params.change);
  const changes = texts.map(readChange).filter((change) => change !== undefined);
  const asked = useAsk(IMPACT, { changes }, { enabled: changes.length > 0, keep: true });
  const report = changes.length > 0 ? asked.data?.impact : undefined;
  return (
    <div className="page">
      <div className="head">
        <h1>Impact</h1>
        <p className="about">
          Plan a change and see who would notice: dashboards, marts and owners, how badly, and by
          which path. Read from what jobs really did, over all tools.
        </p>
      </div>
      <div className="plan">
        <Planner texts={texts} />
        <div className="stack">
          {changes.length > 0 && (
            <Card
              title="Planned"
              total={changes.length}
              end={
                <>
                  <Copy text={location.href} label="Copy a link to this question" />
                  <button
                    type="button"
                    className="btn small"
                    onClick={() => set({ change: undefined })}
                  >
                    Start over
                  </button>
                </>
              }
            >
              <ul className="planned">
                {changes.map((change, at) => (
                  <li key={texts[at]}>
                    <span>
                      <strong>{KINDS.find((one) => one.kind === change.kind)?.word}</strong>{" "}
                      {change.column && (
                        <span className="mono">
                          <Text>{change.column}</Text>
                        </span>
                      )}{" "}
                      {change.to && (
                        <>
                          → <Text>{change.to}</Text>
                        </>
                      )}
                      <span className="where">
                        <Name>{change.dataset?.name ?? ""}</Name>
                      </span>
                    </span>
                    <button
                      type="button"
                      className="btn plain icon"
                      aria-label={`Take out ${change.column ?? change.dataset?.name}`}
                      onClick={() => set({ change: texts.filter((_, place) => place !== at) })}
                    >
                      <Icon name="cross" size={13} />
                    </button>
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
          {changes.length > 0 && asked.isPending && <Bones lines={6} />}
          {changes.length === 0 && (
            <Empty icon="impact" title="No change is planned yet.">
              Choose a dataset, what you want to do to it, and its columns.
            </Empty>
          )}
          {report && <Shown report={report} />}
        </div>
      </div>
    </div>
  );
}

function Planner({ texts }: { texts: string[] }) {
  const params = useParams();
  const set = useSetParams();
  const [namespace, name] = [one(params.namespace), one(params.name)];
  const kind = KINDS.find((known) => known.kind === one(params.kind)) ?? KINDS[0];
  const [picked, setPicked] = useState<string[]>([]);
  const [to, setTo] = useState("");
  const asked = useAsk(
    COLUMNS,
    { namespace: namespace ?? "", name: name ?? "" },
    { enabled: namespace !== undefined && name !== undefined },
  );
  const dataset = asked.data?.dataset;
  if (!kind) return null;
  const single = kind.to !== undefined;
  const ready = !!dataset && (!kind.column || picked.length > 0) && (!kind.to || to.trim() !== "");
  const add = () => {
    if (!dataset) return;
    const columns = kind.column ? picked : [""];
    const added = columns.map((column) =>
      makeId(kind.kind, dataset.namespace, dataset.name, column, to.trim()),
    );
    set({ change: [...new Set([...texts, ...added])] });
    setPicked([]);
    setTo("");
  };
  return (
    <Card title="What changes" pad>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) add();
        }}
      >
        <DatasetPicker
          label="Dataset"
          value={name}
          pick={(hit) => {
            set({ namespace: hit.namespace, name: hit.name }, true);
            setPicked([]);
          }}
        />
        {namespace !== undefined && !asked.isPending && !dataset && !asked.error && (
          <Note tone="warn">No event has named this dataset.</Note>
        )}
        {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
        <label className="labelled">
          <span>Change</span>
          <select
            className="field"
            value={kind.kind}
            onChange={(event) => {
              set({ kind: event.target.value }, true);
              setPicked(picked.slice(0, 1));
            }}
          >
            {KINDS.map((known) => (
              <option key={known.kind} value={known.kind}>
                {known.word}
              </option>
            ))}
          </select>
        </label>
        {kind.column && dataset && (
          <fieldset className="columns-pick">
            <legend>{single ? "Column" : "Columns"}</legend>
            {dataset.columns.length === 0 && <p className="faint">No columns are known of it.</p>}
            {dataset.columns.map((column) => (
              <label key={column.name} className="row choice">
                <input
                  type={single ? "radio" : "checkbox"}
                  name="column"
                  checked={picked.includes(column.name)}
                  onChange={() =>
                    setPicked(
                      single
                        ? [column.name]
                        : picked.includes(column.name)
                          ? picked.filter((held) => held !== column.name)
                          : [...picked, column.name],
                    )
                  }
                />
                <span className="mono">
                  <Text>{column.name}</Text>
                </span>
                <span className="count">feeds {count(column.downstreamCount)}</span>
              </label>
            ))}
          </fieldset>
        )}
        {kind.to && (
          <label className="labelled">
            <span>{kind.to}</span>
            <input className="field" value={to} onChange={(event) => setTo(event.target.value)} />
          </label>
        )}
        <button type="submit" className="btn primary" disabled={!ready}>
          <Icon name="plus" size={14} /> Add to the plan
        </button>
      </form>
    </Card>
  );
}

function csv(report: Report): string {
  const rows = report.findings.flatMap((finding) =>
    finding.affected.map((hit) => [
      finding.change.kind,
      finding.change.name,
      finding.change.column ?? "",
      hit.class,
      hit.kind,
      hit.namespace,
      hit.name,
      hit.column ?? "",
      String(hit.depth),
      hit.layer ?? "",
      hit.owners.join(" "),
      hit.path.map((step) => (step.column ? `${step.name}.${step.column}` : step.name)).join(" > "),
    ]),
  );
  const head =
    "change,dataset,column,class,kind,namespace,name,affected column,hops,layer,owners,path";
  return `${[head, ...rows.map((row) => row.map(field).join(","))].join("\r\n")}\r\n`;
}

function Shown({ report }: { report: Report }) {
  const [tone, word, why] = VERDICTS[report.verdict];
  const { summary } = report;
  const hits = report.findings.flatMap((finding) => finding.affected);
  const owners = new Set(hits.flatMap((hit) => hit.owners));
  const marts = new Set(
    hits.filter((hit) => hit.layer === "mart").map((hit) => hit.namespace + hit.name),
  );
  return (
    <>
      <section className={`verdict is-${tone}`} aria-label="Verdict">
        <div>
          <h2>{word}</h2>
          <p>{why}</p>
        </div>
        <dl>
          <div>
            <dt>consumers</dt>
            <dd>{count(summary.consumers)}</dd>
          </div>
          <div>
            <dt>marts</dt>
            <dd>{count(marts.size)}</dd>
          </div>
          <div>
            <dt>datasets</dt>
            <dd>{count(summary.datasets)}</dd>
          </div>
          <div>
            <dt>jobs</dt>
            <dd>{count(summary.jobs)}</dd>
          </div>
          <div>
            <dt>owners</dt>
            <dd>{count(owners.size)}</dd>
          </div>
        </dl>
      </section>
      {owners.size > 0 && (
        <p className="row">
          <span className="faint">Talk to</span>
          {[...owners].map((owner) => (
            <span key={owner} className="badge tag">
              <span>
                <Text>{owner}</Text>
              </span>
            </span>
          ))}
          <button
            type="button"
            className="btn small"
            style={{ marginLeft: "auto" }}
            onClick={() => save("impact.csv", "text/csv", csv(report))}
          >
            <Icon name="download" size={14} /> CSV
          </button>
        </p>
      )}
      {report.notes.map((note) => (
        <Note key={note.code + note.message} tone={note.unknown ? "warn" : "info"}>
          <Text>{note.message}</Text>
        </Note>
      ))}
      {report.findings.map((finding) => (
        <FindingCard key={finding.id} finding={finding} />
      ))}
    </>
  );
}

function Path({ hit }: { hit: Affected }) {
  return (
    <ol className="steps">
      {hit.path.map((step, at) => (
        <li key={at}>
          <span className={step.indirect ? "faint" : undefined}>
            <Name>{step.name}</Name>
            {step.column && (
              <span className="mono">
                .<Text>{step.column}</Text>
              </span>
            )}
          </span>
          {step.by && (
            <span className="where">
              by <Text>{step.by}</Text>
              {step.knownBy && `, ${step.knownBy}`}
              {step.runs != null && `, ${many(step.runs, "run")}`}
              {step.indirect && ", only decides"}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function FindingCard({ finding }: { finding: Finding }) {
  const [tone, word] = CLASSES[finding.class];
  const { change } = finding;
  return (
    <Card
      title={<Name>{change.column ? `${change.name}.${change.column}` : change.name}</Name>}
      end={
        <Badge tone={tone} dot>
          {word}
        </Badge>
      }
    >
      <div className="body stack" style={{ gap: 6 }}>
        <p>
          <Text>{finding.reason}</Text>
        </p>
        {finding.fix && (
          <p className="soft">
            <strong>To mend it:</strong> <Text>{finding.fix}</Text>
          </p>
        )}
        {finding.truncated && (
          <Note tone="warn">
            {count(finding.affected.length)} of {many(finding.affectedTotal, "affected thing")} are
            listed, the worst and nearest.
          </Note>
        )}
      </div>
      {finding.affected.length > 0 && (
        <DataTable
          label={`Affected by ${change.column ?? change.name}`}
          rows={finding.affected}
          id={(hit) => `${hit.kind}${hit.namespace}${hit.name}${hit.column ?? ""}`}
          columns={[
            {
              id: "name",
              title: "Affected",
              sort: (hit) => hit.name,
              cell: (hit) => (
                <>
                  {hit.kind === "JOB" || hit.kind === "CONSUMER" ? (
                    <JobName namespace={hit.namespace} name={hit.name} short />
                  ) : (
                    <DatasetName namespace={hit.namespace} name={hit.name} short />
                  )}
                  {hit.column && (
                    <span className="where mono">
                      <Text>{hit.column}</Text>
                    </span>
                  )}
                </>
              ),
            },
            {
              id: "class",
              title: "How",
              sort: (hit) => Object.keys(CLASSES).indexOf(hit.class),
              cell: (hit) => <Badge tone={CLASSES[hit.class][0]}>{CLASSES[hit.class][1]}</Badge>,
            },
            {
              id: "kind",
              title: "What",
              sort: (hit) => hit.kind,
              cell: (hit) =>
                hit.kind === "CONSUMER" ? (
                  <Badge tone="info">{hit.consumer ?? "consumer"}</Badge>
                ) : hit.kind === "JOB" ? (
                  <Badge>job</Badge>
                ) : (
                  <Layer layer={hit.layer} />
                ),
            },
            {
              id: "depth",
              title: "Hops",
              num: true,
              sort: (hit) => hit.depth,
              cell: (hit) => count(hit.depth),
            },
            {
              id: "owner",
              title: "Owner",
              sort: (hit) => hit.owners[0],
              cell: (hit) => <Text>{hit.owners.join(", ") || "nobody"}</Text>,
            },
            {
              id: "path",
              title: "Path",
              cell: (hit) => (
                <details>
                  <summary>{many(Math.max(hit.path.length - 1, 0), "step")}</summary>
                  <Path hit={hit} />
                </details>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
