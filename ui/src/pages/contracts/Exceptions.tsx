// What is excused, by whom, until when; also what excuses nothing and can be taken out.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { ExceptionsQuery } from "../../gql/graphql";
import { count, many } from "../../lib/format";
import { To } from "../../lib/nav";
import { Badge, Bones, Card, Empty, Failed, Note, Text } from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";

const EXCEPTIONS = graphql(`
  query Exceptions {
    exceptions {
      contracts reason owner approvedBy until ends ended excuses
      subject { namespace name }
      object { namespace name }
    }
  }
`);

type Exception = ExceptionsQuery["exceptions"][number];
type Patterns = Exception["subject"];

const DAY = 86_400_000;
/** Days before its end from which on it is said how many are left. */
const SOON = 14;

function Ends({ it }: { it: Exception }) {
  const days = it.ends
    ? Math.floor((Date.parse(it.ends) - Date.now()) / DAY)
    : Number.POSITIVE_INFINITY;
  const word = it.ended ? "ended" : days <= 0 ? "the last day" : `in ${many(days, "day")}`;
  return (
    <span className="stack-s">
      <span className="nowrap">{it.until}</span>
      {(it.ended || days <= SOON) && <Badge tone={it.ended ? "bad" : "warn"}>{word}</Badge>}
    </span>
  );
}

/** Patterns as the policy file has them. */
function Of({ patterns }: { patterns: Patterns }) {
  const words = [...patterns.namespace.map((one) => `${one} /`), ...patterns.name];
  return (
    <span className="mono">
      <Text>{words.join(" ") || "*"}</Text>
    </span>
  );
}

function Excuses({ it }: { it: Exception }) {
  if (it.excuses === 0)
    return (
      <span className="faint">
        {it.ended ? "nothing any more" : "nothing: it can be taken out of the file"}
      </span>
    );
  return (
    <To to="/contracts" params={{ contract: it.contracts[0], state: "excused" }}>
      {many(it.excuses, "violation")}
    </To>
  );
}

export function Exceptions() {
  const asked = useAsk(EXCEPTIONS, {}, { every: 15_000, keep: true });
  const found = asked.data?.exceptions;
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!found) return <Bones lines={8} />;
  const idle = found.filter((it) => it.excuses === 0).length;
  return (
    <>
      {idle > 0 && (
        <Note>
          {many(idle, "exception excuses", "exceptions excuse")} nothing at present, of{" "}
          {count(found.length)}.
        </Note>
      )}
      <Card title="Exceptions" total={found.length}>
        {found.length === 0 ? (
          <Empty icon="check" title="Nothing is excused." />
        ) : (
          <DataTable
            label="Exceptions"
            rows={found.toSorted((a, b) => a.until.localeCompare(b.until))}
            id={(it) => JSON.stringify(it)}
            columns={[
              {
                id: "contract",
                title: "Contract",
                sort: (it) => it.contracts[0],
                cell: (it) => (
                  <>
                    {it.contracts.map((name) => (
                      <To
                        key={name}
                        to="/contracts"
                        params={{ contract: name, state: "excused" }}
                        className="name"
                      >
                        <Text>{name}</Text>
                      </To>
                    ))}
                    <span className="where">
                      <Text>{it.reason}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "until",
                title: "Until",
                sort: (it) => it.until,
                cell: (it) => <Ends it={it} />,
              },
              {
                id: "subject",
                title: "Who may",
                cell: (it) => (
                  <>
                    <Of patterns={it.subject} />
                    {it.object && (
                      <span className="where">
                        with <Of patterns={it.object} />
                      </span>
                    )}
                  </>
                ),
              },
              {
                id: "excuses",
                title: "Excuses now",
                sort: (it) => it.excuses,
                cell: (it) => <Excuses it={it} />,
              },
              {
                id: "owner",
                title: "Sees to it",
                sort: (it) => it.owner,
                cell: (it) => <Text>{it.owner}</Text>,
              },
              {
                id: "by",
                title: "Approved by",
                sort: (it) => it.approvedBy,
                cell: (it) => <Text>{it.approvedBy}</Text>,
              },
            ]}
          />
        )}
      </Card>
    </>
  );
}
