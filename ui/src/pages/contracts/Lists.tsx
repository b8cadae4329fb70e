// The contracts, and who consumes what, as tables.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { ConsumerSource, ContractsPageQuery } from "../../gql/graphql";
import { count } from "../../lib/format";
import { one, To, useParams, useSetParams } from "../../lib/nav";
import { Badge, Bones, Card, Empty, Failed, Note, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { Placed, SeverityBadge, Subject, severityRank } from "./parts";

const CONSUMERS = graphql(`
  query Consumers($first: Int!) {
    consumers(first: $first) {
      total
      nodes {
        kind source owners
        subject { kind namespace name layer }
        reads { kind namespace name layer }
        dependsOn { dataset { namespace name } columns }
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
            id: "about",
            title: "About",
            num: true,
            sort: (it) => it.selected,
            cell: (it) =>
              it.selected > 0 ? (
                count(it.selected)
              ) : (
                <Badge
                  tone="warn"
                  title="Its patterns match nothing that is known: look at them, unless the contract is for what comes."
                >
                  selects nothing at present
                </Badge>
              ),
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
            id: "depends",
            title: "Columns it depends on",
            cell: (it) =>
              it.dependsOn.length > 0 ? (
                <span className="mono change">
                  <Text>{it.dependsOn.flatMap((one) => one.columns).join(", ")}</Text>
                </span>
              ) : (
                <span className="faint">–</span>
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
