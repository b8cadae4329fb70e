// Whether a dataset breaks contracts, in its glance. Nothing where the server has no policy.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import { count } from "../../lib/format";
import { To, useAsOf } from "../../lib/nav";
import { Badge } from "../../parts/basic";
import { Fact } from "../../parts/Glance";
import { severityTone } from "../contracts/parts";

const BROKEN = graphql(`
  query DatasetViolations($namespace: String!, $name: String!, $asOf: DateTime) {
    violations(
      filter: { namespace: $namespace, name: $name, state: OPEN }
      first: 1
      asOf: $asOf
    ) {
      total
      nodes { severity }
    }
  }
`);

export function ContractsGlance({ namespace, name }: { namespace: string; name: string }) {
  const asked = useAsk(BROKEN, { namespace, name, asOf: useAsOf() });
  const found = asked.data?.violations;
  if (!found) return null;
  // The gravest comes first.
  const gravest = found.nodes[0]?.severity;
  return (
    <Fact word="Contracts">
      {gravest ? (
        <To to="/contracts" params={{ namespace, name }}>
          <Badge tone={severityTone(gravest)} dot>
            {count(found.total)} broken
          </Badge>
        </To>
      ) : (
        <span className="faint">none broken</span>
      )}
    </Fact>
  );
}
