// Reports of checks before a merge that were stored, the newest first.
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import { count } from "../lib/format";
import { one, To, useParams } from "../lib/nav";
import { Badge, Bones, Card, Code, Empty, Failed, Text, useTitle, When } from "../parts/basic";
import { DataTable } from "../parts/DataTable";
import { Icon } from "../parts/Icon";
import { VERDICTS } from "./impact/report";

const CHECKS = graphql(`
  query ChecksPage($first: Int!, $after: String) {
    checks(first: $first, after: $after) {
      total keep
      pageInfo { hasNextPage endCursor }
      nodes {
        id title repository branch commit source verdict checkedAt
        summary { changes breaking consumers }
      }
    }
  }
`);

const FIRST = 50;

/** How to store the first one. */
function NoChecks() {
  const server = location.origin;
  return (
    <Empty icon="check" title="No check is stored yet.">
      <p>
        A check before a merge says what a change breaks. With <span className="mono">--store</span>{" "}
        its report is kept here, and its link goes into the pull request.
      </p>
      <Code
        text={`headwater check dbt --base target-main --head target --server ${server} --store`}
        wrap
        label="How to store a check of a dbt project"
      />
    </Empty>
  );
}

export function ChecksPage() {
  useTitle("Checks");
  const after = one(useParams().after);
  const asked = useAsk(CHECKS, { first: FIRST, after }, { keep: true, every: 15_000 });
  const found = asked.data?.checks;
  return (
    <div className="page">
      <div className="head">
        <h1>Checks</h1>
        <p className="about">
          What <span className="mono">headwater check</span> said of changes before they were
          merged. A report is kept as it was then; the lineage may have changed since.
        </p>
      </div>
      {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
      {!found && !asked.error && <Bones lines={8} />}
      {found && found.total === 0 && <NoChecks />}
      {found && found.total > 0 && (
        <Card
          title="Stored reports"
          total={found.total}
          end={
            <span className="faint">
              {after ? (
                <To to="/checks">The newest</To>
              ) : (
                `The newest ${count(found.keep)} are kept`
              )}
            </span>
          }
        >
          <DataTable
            label="Stored reports"
            rows={found.nodes}
            id={(it) => it.id}
            columns={[
              {
                id: "title",
                title: "What",
                cell: (it) => (
                  <>
                    <To to={`/checks/${encodeURIComponent(it.id)}`} className="name">
                      <Text>{it.title || it.branch || it.id}</Text>
                    </To>
                    <span className="where">
                      <Text>
                        {[it.repository, it.title && it.branch].filter(Boolean).join(" · ") ||
                          it.id}
                      </Text>
                    </span>
                  </>
                ),
              },
              {
                id: "verdict",
                title: "Verdict",
                cell: (it) => (
                  <Badge tone={VERDICTS[it.verdict][0]} dot>
                    {VERDICTS[it.verdict][1]}
                  </Badge>
                ),
              },
              {
                id: "changes",
                title: "Changes",
                num: true,
                cell: (it) => count(it.summary.changes),
              },
              {
                id: "breaking",
                title: "Break",
                num: true,
                cell: (it) => count(it.summary.breaking),
              },
              {
                id: "consumers",
                title: "Consumers",
                num: true,
                cell: (it) => count(it.summary.consumers),
              },
              { id: "source", title: "From", cell: (it) => <Text>{it.source}</Text> },
              { id: "when", title: "Checked", cell: (it) => <When at={it.checkedAt} /> },
            ]}
          />
          {found.pageInfo.hasNextPage && (
            <p className="row body">
              <To
                to="/checks"
                params={{ after: found.pageInfo.endCursor ?? undefined }}
                className="btn small"
              >
                Older <Icon name="right" size={14} />
              </To>
            </p>
          )}
        </Card>
      )}
    </div>
  );
}
