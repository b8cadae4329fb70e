// What would happen: plan changes to a dataset or its columns and see who is hit, how badly, and by
// which path. The plan is in the URL, so a link shows the same question to somebody else.
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import { all, useParams, useSetParams } from "../lib/nav";
import { Bones, Card, Copy, Empty, Failed, Name, Text, useTitle } from "../parts/basic";
import { Icon } from "../parts/Icon";
import { Planner } from "./impact/Planner";
import { KINDS, readChange } from "./impact/plan";
import { ShownReport } from "./impact/Report";

const IMPACT = graphql(`
  query ImpactPage($changes: [ChangeInput!]!) {
    impact(changes: $changes, limit: 500) { ...ReportParts }
  }
`);

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
          {report && <ShownReport report={report} file="impact.csv" />}
        </div>
      </div>
    </div>
  );
}
