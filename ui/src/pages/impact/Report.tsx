// The answer to what would happen: the verdict, whom to talk to, and a card for each change.
import { save } from "../../graph/export";
import { count } from "../../lib/format";
import { one, useParams, useSetParams } from "../../lib/nav";
import { Note, Text } from "../../parts/basic";
import { Icon } from "../../parts/Icon";
import { FindingCard, type Source } from "./Finding";
import { byClass, CLASSES, type Report, toCsv, VERDICTS } from "./report";

export function ShownReport({
  report,
  source,
  file,
}: {
  report: Report;
  source?: Source;
  file: string;
}) {
  const [tone, word, why] = VERDICTS[report.verdict];
  const { summary } = report;
  const hits = report.findings.flatMap((finding) => finding.affected);
  const owners = new Set(hits.flatMap((hit) => hit.owners));
  const marts = new Set(
    hits.filter((hit) => hit.layer === "mart").map((hit) => hit.namespace + hit.name),
  );
  const figures: [string, number][] = [
    ["consumers", summary.consumers],
    ["marts", marts.size],
    ["datasets", summary.datasets],
    ["jobs", summary.jobs],
    ["owners", owners.size],
  ];
  const only = one(useParams().class);
  const shown = report.findings.filter((finding) => !only || finding.class === only);
  return (
    <>
      <section className={`verdict is-${tone}`} aria-label="Verdict">
        <div>
          <h2>{word}</h2>
          <p>{why}</p>
        </div>
        <dl>
          {figures.map(([what, number]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{count(number)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <div className="row">
        {owners.size > 0 && <span className="faint">Talk to</span>}
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
          onClick={() => save(file, "text/csv", toCsv(report))}
        >
          <Icon name="download" size={14} /> CSV
        </button>
      </div>
      {report.notes.map((note) => (
        <Note key={note.code + note.message} tone={note.unknown ? "warn" : "info"}>
          <Text>{note.message}</Text>
        </Note>
      ))}
      {report.findings.length > 1 && <ByClass report={report} only={only} />}
      {shown.map((finding) => (
        <FindingCard key={finding.id} finding={finding} source={source} />
      ))}
    </>
  );
}

/** Narrows the findings to one class. */
function ByClass({ report, only }: { report: Report; only?: string }) {
  const set = useSetParams();
  const { waived } = report.summary;
  return (
    <fieldset className="row by-class">
      <legend className="hidden-visually">Changes by what they do</legend>
      <button
        type="button"
        className="btn small"
        aria-pressed={!only}
        onClick={() => set({ class: undefined }, true)}
      >
        All {count(report.findings.length)}
      </button>
      {byClass(report).map(([of, number]) => (
        <button
          key={of}
          type="button"
          className="btn small"
          aria-pressed={only === of}
          onClick={() => set({ class: only === of ? undefined : of }, true)}
        >
          {CLASSES[of][1]} {count(number)}
        </button>
      ))}
      {waived > 0 && <span className="faint">{count(waived)} of them waived</span>}
    </fieldset>
  );
}
