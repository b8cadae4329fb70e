// Events that contracts turned away at the door, the earliest first.
import { bytes, count, many } from "../lib/format";
import { one, To, useParams } from "../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Code,
  Empty,
  Failed,
  Name,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { DataTable } from "../parts/DataTable";
import { Icon } from "../parts/Icon";
import { toneOf, useTurned } from "./quarantine/quarantine";

const FIRST = 100;
const FEW = 2;

const REJECT = `contracts:
  - name: dashboards-read-marts
    rule: consumers_read_marts
    reject: {producer: "*/our-bi-exporter/*"}`;

/** How events come to be here. */
function Nothing() {
  return (
    <Empty icon="contract" title="No event is in quarantine.">
      <p>
        A contract only reports, unless the policy says whose events it turns away. With{" "}
        <span className="mono">reject</span> an event that would break it is answered with 422 and
        kept here.
      </p>
      <Code text={REJECT} label="A contract that turns events away" />
      <p className="soft">
        <span className="mono">docs/CONTRACTS.md</span> says which rules can do so. Start with{" "}
        <span className="mono">headwater policy test</span>, and turn away when nothing is found any
        more.
      </p>
    </Empty>
  );
}

export function QuarantinePage() {
  useTitle("Quarantine");
  const after = one(useParams().after);
  const asked = useTurned(FIRST, after);
  const found = asked.data;
  return (
    <div className="page">
      <div className="head">
        <p className="crumbs">
          <Icon name="contract" size={14} /> <To to="/contracts">Contracts</To>
        </p>
        <h1>Quarantine</h1>
        <p className="about">
          Events that contracts turned away at the door. Nothing of them is in the log or the graph
          until somebody releases them.
        </p>
      </div>
      {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
      {!found && !asked.error && <Bones lines={8} />}
      {found && found.total === 0 && <Nothing />}
      {found && found.total > 0 && (
        <Card
          title="Turned away"
          total={found.total}
          end={
            <span className="faint">
              {after ? <To to="/quarantine">From the earliest</To> : bytes(found.bytes)}
            </span>
          }
        >
          <DataTable
            label="Events in quarantine"
            rows={found.events}
            id={(it) => it.id}
            first={FIRST}
            columns={[
              {
                id: "what",
                title: "Event of",
                cell: (it) => (
                  <>
                    <To to={`/quarantine/${it.id}`} className="name">
                      <Name>{it.subject[1]}</Name>
                    </To>
                    <span className="where">
                      <Text>{it.subject[0]}</Text>
                    </span>
                  </>
                ),
              },
              {
                id: "why",
                title: "Why",
                cell: (it) => (
                  <ul className="reasons">
                    {it.reasons.slice(0, FEW).map((reason, at) => (
                      <li key={at}>
                        <Badge tone={toneOf(reason.severity)} dot>
                          {reason.contract}
                        </Badge>{" "}
                        <Text>{reason.message}</Text>
                      </li>
                    ))}
                    {it.reasons.length > FEW && (
                      <li className="faint">and {many(it.reasons.length - FEW, "reason")} more</li>
                    )}
                  </ul>
                ),
              },
              { id: "producer", title: "From", cell: (it) => <Name>{it.producer}</Name> },
              { id: "when", title: "Turned away", cell: (it) => <When at={it.receivedAt} /> },
            ]}
          />
          {found.events.length === 0 && (
            <p className="row body faint">Behind this place there is nothing any more.</p>
          )}
          {found.next && (
            <p className="row body">
              <To to="/quarantine" params={{ after: found.next }} className="btn small">
                Later ones <Icon name="right" size={14} />
              </To>
              <span className="faint">
                {count(found.events.length)} of {count(found.total)} are listed here
              </span>
            </p>
          )}
        </Card>
      )}
    </div>
  );
}
