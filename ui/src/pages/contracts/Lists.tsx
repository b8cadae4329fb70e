// The contracts, the layers, who consumes what, and what is excused until when, as tables.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { ConsumerSource, ContractsPageQuery, ViolationsQuery } from "../../gql/graphql";
import { count, many } from "../../lib/format";
import { one, To, useAsOf, useParams, useSetParams } from "../../lib/nav";
import { Badge, Bones, Card, Empty, Failed, Note, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { Placed, SeverityBadge, Subject, severityRank } from "./parts";
import { VIOLATIONS } from "./Violations";

const CONSUMERS = graphql(`
  query Consumers($first: Int!) {
    consumers(first: $first) {
      total
      nodes {
        kind source owners
        subject { kind namespace name layer }
        reads { kind namespace name layer }
      }
    }
  }
`);

const SOURCES: Record<ConsumerSource, string> = {
  DBT: "exposure of dbt",
  FACET: "its own facet",
  POLICY: "the policy",
};

/** That many of a list are shown in a cell of a table, until all are asked for. */
const FEW = 6;
const MOST = 500;

export function Contracts({ contracts }: { contracts: ContractsPageQuery["contracts"] }) {
  return (
    <Card title="Contracts" total={contracts.length}>
      <DataTable
        label="Contracts"
        rows={contracts}
        id={(it) => it.name}
        columns={[
          {
            id: "name",
            title: "Contract",
            sort: (it) => it.name,
            cell: (it) => (
              <>
                <To to="/contracts" params={{ contract: it.name }} className="name">
                  <Text>{it.name}</Text>
                </To>
                {it.doc && (
                  <span className="where">
                    <Text>{it.doc}</Text>
                  </span>
                )}
              </>
            ),
          },
          {
            id: "rule",
            title: "Rule",
            sort: (it) => it.rule,
            cell: (it) => <span className="mono">{it.rule}</span>,
          },
          {
            id: "severity",
            title: "Severity",
            sort: (it) => severityRank(it.severity),
            cell: (it) => <SeverityBadge of={it.severity} />,
          },
          {
            id: "owner",
            title: "Owner",
            sort: (it) => it.owner,
            cell: (it) =>
              it.owner ? <Text>{it.owner}</Text> : <span className="faint">nobody</span>,
          },
          {
            id: "open",
            title: "Open",
            num: true,
            sort: (it) => it.openCount,
            cell: (it) =>
              it.openCount > 0 ? (
                <To to="/contracts" params={{ contract: it.name }}>
                  {count(it.openCount)}
                  {it.truncated && " and more"}
                </To>
              ) : (
                count(0)
              ),
          },
          {
            id: "excused",
            title: "Excused",
            num: true,
            sort: (it) => it.exceptedCount,
            cell: (it) =>
              it.exceptedCount > 0 ? (
                <To to="/contracts" params={{ contract: it.name, state: "excused" }}>
                  {count(it.exceptedCount)}
                </To>
              ) : (
                count(0)
              ),
          },
        ]}
      />
    </Card>
  );
}

export function Consumers() {
  const asked = useAsk(CONSUMERS, { first: MOST }, { every: 15_000 });
  const open = one(useParams().reads);
  const set = useSetParams();
  const found = asked.data?.consumers;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!found) return <Bones lines={8} />;
  if (found.total === 0)
    return (
      <Empty title="Nobody only reads.">
        <p>
          Entries of <span className="mono">consumers</span> in the policy, the facet{" "}
          <span className="mono">headwater_consumer</span> of a job, and exposures of dbt say who
          does.
        </p>
      </Empty>
    );
  const idOf = (it: (typeof found.nodes)[number]) => `${it.subject.namespace}|${it.subject.name}`;
  return (
    <Card title="Consumers" total={found.total}>
      {found.nodes.length < found.total && (
        <Note>
          {count(found.nodes.length)} of {count(found.total)} are listed. GraphQL (
          <span className="mono">consumers</span>) has the others.
        </Note>
      )}
      <DataTable
        label="Consumers"
        rows={found.nodes}
        id={idOf}
        columns={[
          {
            id: "name",
            title: "Consumer",
            sort: (it) => it.subject.name,
            cell: (it) => <Subject of={it.subject} short={false} />,
          },
          {
            id: "reads",
            title: "Reads",
            sort: (it) => it.reads.length,
            cell: (it) => (
              <div className="reads">
                {it.reads.slice(0, open === idOf(it) ? undefined : FEW).map((read) => (
                  <Placed key={read.namespace + read.name} of={read} />
                ))}
                {it.reads.length === 0 && <span className="faint">nothing that is known</span>}
                {it.reads.length > FEW && open !== idOf(it) && (
                  <button
                    type="button"
                    className="btn small"
                    onClick={() => set({ reads: idOf(it) }, true)}
                  >
                    All {count(it.reads.length)}
                  </button>
                )}
              </div>
            ),
          },
          {
            id: "kind",
            title: "Kind",
            sort: (it) => it.kind,
            cell: (it) => (
              <Badge>
                <Text>{it.kind}</Text>
              </Badge>
            ),
          },
          {
            id: "owner",
            title: "Owner",
            sort: (it) => it.owners[0],
            cell: (it) =>
              it.owners.length > 0 ? (
                <Text>{it.owners.join(", ")}</Text>
              ) : (
                <span className="faint">nobody</span>
              ),
          },
          {
            id: "source",
            title: "Known by",
            sort: (it) => it.source,
            cell: (it) => <span className="nowrap">{SOURCES[it.source]}</span>,
          },
        ]}
      />
    </Card>
  );
}

type Violation = ViolationsQuery["violations"]["nodes"][number];
type Exception = NonNullable<Violation["exception"]>;

/** The exceptions that excuse something, each with what it excuses; those that end first come first. */
function byException(nodes: Violation[]) {
  const found = new Map<string, { id: string; it: Exception; excuses: Violation[] }>();
  for (const node of nodes) {
    if (!node.exception) continue;
    const it = node.exception;
    const id = JSON.stringify([node.contract, it.until, it.owner, it.approvedBy, it.reason]);
    const held = found.get(id) ?? { id, it, excuses: [] };
    held.excuses.push(node);
    found.set(id, held);
  }
  return [...found.values()].sort((a, b) => a.it.until.localeCompare(b.it.until));
}

const DAY = 86_400_000;
/** Days before its end from which on it is said how many are left. */
const SOON = 14;

function Ends({ it, now }: { it: Exception; now: number }) {
  const days = it.ends ? Math.floor((Date.parse(it.ends) - now) / DAY) : Number.POSITIVE_INFINITY;
  const word = days < 0 ? "ended" : days === 0 ? "the last day" : `in ${many(days, "day")}`;
  return (
    <span className="stack-s">
      <span className="nowrap">{it.until}</span>
      {days <= SOON && <Badge tone="warn">{word}</Badge>}
    </span>
  );
}

export function Exceptions() {
  const asOf = useAsOf();
  const filter = { state: "EXCEPTED" as const };
  const asked = useAsk(VIOLATIONS, { filter, first: MOST, asOf }, { keep: true });
  const found = asked.data?.violations;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!found) return <Bones lines={8} />;
  const rows = byException(found.nodes);
  return (
    <>
      <Note>
        These are the exceptions that excuse something at present. One that excuses nothing is in
        the policy file alone.
        {found.total > found.nodes.length &&
          ` Only the first ${count(found.nodes.length)} of ${count(found.total)} excused violations were looked at.`}
      </Note>
      <Card title="Exceptions" total={rows.length}>
        {rows.length === 0 ? (
          <Empty icon="check" title="Nothing is excused." />
        ) : (
          <DataTable
            label="Exceptions"
            rows={rows}
            id={(row) => row.id}
            columns={[
              {
                id: "contract",
                title: "Contract",
                sort: (row) => row.excuses[0]?.contract,
                cell: (row) => (
                  <>
                    <To
                      to="/contracts"
                      params={{ contract: row.excuses[0]?.contract, state: "excused" }}
                      className="name"
                    >
                      <Text>{row.excuses[0]?.contract}</Text>
                    </To>
                    <span className="where">
                      <Text>{row.it.reason}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "until",
                title: "Until",
                sort: (row) => row.it.until,
                cell: (row) => <Ends it={row.it} now={asOf ? Date.parse(asOf) : Date.now()} />,
              },
              {
                id: "excuses",
                title: "Excuses",
                sort: (row) => row.excuses.length,
                cell: (row) => (
                  <div className="reads">
                    {row.excuses.slice(0, FEW).map((each) => (
                      <Placed key={each.id} of={each.subject} />
                    ))}
                    {row.excuses.length > FEW && (
                      <span className="faint">and {count(row.excuses.length - FEW)} more</span>
                    )}
                  </div>
                ),
              },
              {
                id: "owner",
                title: "Sees to it",
                sort: (row) => row.it.owner,
                cell: (row) => <Text>{row.it.owner}</Text>,
              },
              {
                id: "by",
                title: "Approved by",
                sort: (row) => row.it.approvedBy,
                cell: (row) => <Text>{row.it.approvedBy}</Text>,
              },
            ]}
          />
        )}
      </Card>
    </>
  );
}
