// One change and who is affected by it: how badly, whose it is, and by which path.
import type { ReactNode } from "react";
import { count, many, plain } from "../../lib/format";
import { Badge, Card, DatasetName, JobName, Layer, Name, Note, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { type Affected, CLASSES, changeWord, type Finding, sourceAt } from "./report";

/** What a check is of, as far as it says where its source is. */
export interface Source {
  url?: string | null;
  commit?: string | null;
}

function Place({
  change,
  source,
  file,
}: {
  change: Finding["change"];
  source?: Source;
  file: string;
}) {
  const text: ReactNode = (
    <span className="mono">{plain(change.line == null ? file : `${file}:${change.line}`)}</span>
  );
  const link = source && sourceAt(source, file, change.line);
  if (!link) return text;
  return (
    <a href={link} rel="noreferrer">
      {text}
    </a>
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

export function FindingCard({ finding, source }: { finding: Finding; source?: Source }) {
  const [tone, word] = CLASSES[finding.class];
  const { change, waiver } = finding;
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
        {(change.from || change.to || change.file) && (
          <p className="row">
            <span className="faint">{changeWord(change.kind)}</span>
            {(change.from || change.to) && (
              <span className="mono">
                <Text>{change.from}</Text>
                {change.to && (
                  <>
                    {" "}
                    → <Text>{change.to}</Text>
                  </>
                )}
              </span>
            )}
            {change.file && <Place change={change} source={source} file={change.file} />}
          </p>
        )}
        <p>
          <Text>{finding.reason}</Text>
        </p>
        {change.detail && (
          <p className="soft">
            <Text>{change.detail}</Text>
          </p>
        )}
        {waiver && (
          <Note tone="info">
            Accepted by <Text>{waiver.owner}</Text> until <strong>{waiver.until}</strong>:{" "}
            <Text>{waiver.reason}</Text>
          </Note>
        )}
        {finding.fix && (
          <p className="soft">
            <strong>To mend it:</strong> <Text>{finding.fix}</Text>
          </p>
        )}
        {finding.truncated && (
          <Note tone="warn">
            {count(finding.affected.length + finding.changedAlong.length)} of{" "}
            {many(finding.affectedTotal + finding.changedAlongTotal, "affected thing")} are listed,
            the worst and nearest.
          </Note>
        )}
      </div>
      <AffectedTable
        label={`Affected by ${change.column ?? change.name}`}
        rows={finding.affected}
      />
      {finding.changedAlong.length > 0 && (
        <details className="along">
          <summary>{many(finding.changedAlongTotal, "reader")} changed along with it</summary>
          <AffectedTable
            label={`Changed along with ${change.column ?? change.name}`}
            rows={finding.changedAlong}
          />
        </details>
      )}
    </Card>
  );
}

function AffectedTable({ label, rows }: { label: string; rows: Affected[] }) {
  if (rows.length === 0) return null;
  return (
    <DataTable
      label={label}
      rows={rows}
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
  );
}
