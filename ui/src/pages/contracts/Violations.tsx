// What breaks contracts: filters that are in the URL, and for each violation whose it is, since when,
// and the lineage that it rests on.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type {
  ContractsPageQuery,
  Severity,
  ViolationState,
  ViolationsQuery,
} from "../../gql/graphql";
import { count, many } from "../../lib/format";
import { one, To, useAsOf, useParams, useSetParams } from "../../lib/nav";
import { Badge, Bones, Card, Empty, Failed, JobName, Note, Text, When } from "../../parts/basic";
import { Icon } from "../../parts/Icon";
import { lineageOf, Placed, SeverityBadge } from "./parts";

export const VIOLATIONS = graphql(`
  query Violations($filter: ViolationFilter, $first: Int!, $asOf: DateTime) {
    violations(filter: $filter, first: $first, asOf: $asOf) {
      total truncatedContracts
      nodes {
        id contract rule severity message owners since state
        exception { owner approvedBy reason until ends }
        subject { kind namespace name layer }
        object { kind namespace name layer }
        steps {
          from { kind namespace name layer }
          to { kind namespace name layer }
          evidenceCount
          evidence { producer declared runs lastSeen lastRun job { namespace name } }
        }
      }
    }
  }
`);

type Violation = ViolationsQuery["violations"]["nodes"][number];
type Step = Violation["steps"][number];

const MOST = 500;
const STEP = 50;
const EVIDENCE = 3;
const KEYS = ["contract", "severity", "state", "owner", "layer", "namespace", "name", "first"];
const STATES: Record<string, ViolationState | undefined> = {
  open: "OPEN",
  excused: "EXCEPTED",
  all: undefined,
};

/** Null filters nothing, and so does what is not in the URL. */
function useFilter() {
  const params = useParams();
  const pick = (key: string) => one(params[key]) || undefined;
  const list = <T extends string>(key: string) => {
    const value = pick(key);
    return value ? [value as T] : undefined;
  };
  const state = pick("state") ?? "open";
  return {
    state: state in STATES ? STATES[state] : "OPEN",
    contracts: list<string>("contract"),
    severities: list<Severity>("severity"),
    owners: list<string>("owner"),
    layer: pick("layer"),
    namespace: pick("namespace"),
    name: pick("name"),
  };
}

function Pick({
  of,
  word,
  values,
  any = "all",
}: {
  of: string;
  word: string;
  values: [string, string][];
  any?: string;
}) {
  const held = one(useParams()[of]) ?? "";
  const set = useSetParams();
  const known = values.some(([value]) => value === held) || held === "";
  return (
    <label>
      <span>{word}</span>
      <select
        className="field small"
        aria-label={word}
        value={held}
        onChange={(event) => set({ [of]: event.target.value || undefined, first: undefined })}
      >
        <option value="">{any}</option>
        {!known && <option value={held}>{held}</option>}
        {values.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function FilterRow({ page, owners }: { page: ContractsPageQuery; owners: string[] }) {
  const params = useParams();
  const set = useSetParams();
  const same = (values: string[]) => values.map((value): [string, string] => [value, value]);
  const layers = page.layers.flatMap((layer) => (layer.name ? [layer.name] : []));
  const about = one(params.name);
  const narrowed = KEYS.some((key) => params[key] !== undefined);
  return (
    <div className="picks-row">
      <Pick of="contract" word="Contract" values={same(page.contracts.map((each) => each.name))} />
      <Pick
        of="severity"
        word="Severity"
        values={[
          ["ERROR", "error"],
          ["WARNING", "warning"],
          ["INFO", "info"],
        ]}
      />
      <Pick
        of="state"
        word="State"
        any="open"
        values={[
          ["excused", "excused"],
          ["all", "both"],
        ]}
      />
      <Pick of="layer" word="Layer" values={same(layers)} />
      <Pick of="owner" word="Owner" values={same(owners)} />
      {about && (
        <span className="about-one">
          Only about <Text>{about}</Text>
        </span>
      )}
      {narrowed && (
        <button
          type="button"
          className="btn small"
          onClick={() => set(Object.fromEntries(KEYS.map((key) => [key, undefined])))}
        >
          <Icon name="cross" size={14} /> Clear
        </button>
      )}
    </div>
  );
}

function StepOf({ step }: { step: Step }) {
  const shown = step.evidence.slice(0, EVIDENCE);
  return (
    <li>
      <div className="row">
        <Placed of={step.from} />
        <Icon name="right" size={14} />
        <Placed of={step.to} />
      </div>
      {shown.map((said, at) => (
        <p key={at} className="evidence">
          {said.declared ? "declared" : "inferred"} by{" "}
          {said.job ? (
            <JobName namespace={said.job.namespace} name={said.job.name} short />
          ) : (
            <Text>{said.producer}</Text>
          )}
          {said.runs > 0 && `, ${many(said.runs, "run")}`}
          {said.lastRun && (
            <>
              , the{" "}
              <To to="/run" params={{ id: said.lastRun }}>
                last one
              </To>
            </>
          )}
          {said.runs > 0 ? " " : ", without a run, "}
          <When at={said.lastSeen} />
        </p>
      ))}
      {step.evidenceCount > shown.length && (
        <p className="evidence">and {count(step.evidenceCount - shown.length)} more</p>
      )}
    </li>
  );
}

function ViolationOf({ it }: { it: Violation }) {
  const lineage = lineageOf(it.subject, it.object);
  return (
    <li>
      <div className="violation-head">
        <SeverityBadge of={it.severity} />
        <strong>
          <Text>{it.contract}</Text>
        </strong>
        {it.state === "EXCEPTED" && <Badge>excused</Badge>}
        <span className="faint">
          {it.since ? (
            <>
              since <When at={it.since} />
            </>
          ) : (
            "since when is not known"
          )}
        </span>
        <span className="end">
          <Icon name="user" size={14} />
          {it.owners.length > 0 ? (
            <Text>{it.owners.join(", ")}</Text>
          ) : (
            <span className="faint">nobody</span>
          )}
        </span>
      </div>
      <p>
        <Text>{it.message}</Text>
      </p>
      <div className="row">
        <Placed of={it.subject} />
        {it.object && (
          <>
            <span className="faint">with</span>
            <Placed of={it.object} />
          </>
        )}
      </div>
      {it.exception && (
        <Note>
          Allowed by <Text>{it.exception.approvedBy}</Text> until{" "}
          <strong>{it.exception.until}</strong>: <Text>{it.exception.reason}</Text>{" "}
          <Text>{it.exception.owner}</Text> sees to it that it ends.
        </Note>
      )}
      <div className="violation-foot">
        {it.steps.length > 0 && (
          <details>
            <summary>
              Rests on {many(it.steps.length, "step")} of lineage
              <span className="hidden-visually">: {it.message}</span>
            </summary>
            <ol className="steps">
              {it.steps.map((step, at) => (
                <StepOf key={at} step={step} />
              ))}
            </ol>
          </details>
        )}
        {lineage && (
          <To to="/lineage" params={lineage} className="btn small">
            <Icon name="lineage" size={14} /> Lineage
          </To>
        )}
      </div>
    </li>
  );
}

function Nothing({ narrowed, excused }: { narrowed: boolean; excused: boolean }) {
  const title = excused ? "Nothing is excused." : "Nothing is broken.";
  return (
    <Empty icon="check" title={narrowed ? "Nothing that fits these filters." : title}>
      {narrowed && <p>Clear a filter to see what else there is.</p>}
    </Empty>
  );
}

export function Violations({ page }: { page: ContractsPageQuery }) {
  const params = useParams();
  const set = useSetParams();
  const asOf = useAsOf();
  const filter = useFilter();
  const first = Math.min(Number(params.first) || STEP, MOST);
  const asked = useAsk(VIOLATIONS, { filter, first, asOf }, { keep: true });
  const found = asked.data?.violations;
  const owners = [
    ...new Set([
      ...page.contracts.flatMap((each) => (each.owner ? [each.owner] : [])),
      ...(found?.nodes.flatMap((each) => each.owners) ?? []),
    ]),
  ].sort();
  const narrowed = KEYS.some((key) => key !== "state" && params[key] !== undefined);
  return (
    <>
      <FilterRow page={page} owners={owners} />
      {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
      {asked.isPending && <Bones lines={8} />}
      {found && !asked.error && (
        <Card title="Violations" total={found.total}>
          {found.truncatedContracts.length > 0 && (
            <Note tone="warn">
              More is broken than is listed, of <Text>{found.truncatedContracts.join(", ")}</Text>
            </Note>
          )}
          {found.nodes.length === 0 ? (
            <Nothing narrowed={narrowed} excused={filter.state === "EXCEPTED"} />
          ) : (
            <ul className="violations">
              {found.nodes.map((it) => (
                <ViolationOf key={it.id} it={it} />
              ))}
            </ul>
          )}
          {found.total > found.nodes.length && (
            <div className="more">
              {first < MOST ? (
                <button
                  type="button"
                  className="btn small"
                  onClick={() => set({ first: String(Math.min(first + 100, MOST)) }, true)}
                >
                  Show more: {count(found.nodes.length)} of {count(found.total)} are listed
                </button>
              ) : (
                <span className="faint">
                  {count(found.nodes.length)} of {count(found.total)} are listed. Filters narrow
                  them.
                </span>
              )}
            </div>
          )}
        </Card>
      )}
    </>
  );
}
