// What breaks contracts, which layers there are, who consumes what, and what is excused until when.
import { useEffect, useState } from "react";
import { ApiError, hear } from "../api/client";
import { queries, useAsk } from "../api/query";
import { graphql } from "../gql";
import type { ContractsPolicyQuery } from "../gql/graphql";
import { count } from "../lib/format";
import { one, To, useAsOf, useParams, useSetParams } from "../lib/nav";
import {
  Badge,
  Bones,
  Card,
  Code,
  Failed,
  Live,
  Note,
  Tabs,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { Exceptions } from "./contracts/Exceptions";
import { Layers } from "./contracts/Layers";
import { Consumers, Contracts } from "./contracts/Lists";
import { VIOLATIONS, Violations } from "./contracts/Violations";
import { useTurned } from "./quarantine/quarantine";

const POLICY = graphql(`
  query ContractsPolicy {
    status { policy { file loadedAt problems broken evaluatedSeq } }
  }
`);

const PAGE = graphql(`
  query ContractsPage {
    contracts { name doc rule owner severity selected openCount exceptedCount truncated }
    layers { name kind doc datasetCount reads }
  }
`);

const NEWS = graphql(`
  subscription ViolationNews {
    violationChanged { id event missed }
  }
`);

type Policy = NonNullable<ContractsPolicyQuery["status"]["policy"]>;

/** News that come together are one new question. */
const TOGETHER = 400;

/** Asks anew when a violation opens, closes or is excused. True while it listens. */
function useNews(listen: boolean): boolean | undefined {
  const [connected, setConnected] = useState<boolean>();
  useEffect(() => {
    if (!listen) return;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = hear(
      NEWS,
      () => {
        waiting ??= setTimeout(() => {
          waiting = undefined;
          for (const document of [PAGE, VIOLATIONS])
            queries.invalidateQueries({ queryKey: [document.toString()] });
        }, TOGETHER);
      },
      setConnected,
    );
    return () => {
      clearTimeout(waiting);
      stop();
    };
  }, [listen]);
  return connected;
}

export function ContractsPage() {
  useTitle("Contracts");
  const told = useAsk(POLICY, {}, { every: 15_000, keep: true });
  const policy = told.data?.status.policy;
  const connected = useNews(!!policy);
  // Whoever waits for a decision is to be seen without looking for it.
  const turned = useTurned(1).data?.total ?? 0;
  return (
    <div className="page">
      <div className="head">
        <div className="head-row">
          <h1>Contracts</h1>
          <div className="row">
            {policy && <Live connected={connected} />}
            <To to="/quarantine" className="btn">
              Quarantine {turned > 0 && <Badge tone="warn">{count(turned)}</Badge>}
            </To>
          </div>
        </div>
        <p className="about">
          What the policy asks, held against what jobs did. A violation closes by itself when its
          lineage is gone.
        </p>
      </div>
      {told.error && <Failed error={told.error} again={() => told.refetch()} />}
      {told.isPending && <Bones lines={8} />}
      {told.data && !policy && <NoPolicy />}
      {policy && <ByPolicy policy={policy} />}
    </div>
  );
}

function ByPolicy({ policy }: { policy: Policy }) {
  const params = useParams();
  const set = useSetParams();
  const asOf = useAsOf();
  const asked = useAsk(PAGE, {}, { every: 15_000, keep: true });
  const page = asked.data;
  const tab = one(params.tab) ?? "violations";
  const contracts = page?.contracts ?? [];
  const sum = (of: (each: (typeof contracts)[number]) => number) =>
    contracts.reduce((total, each) => total + of(each), 0);
  // Counts are of now: with an earlier time the list alone says how many there were.
  const tabs = [
    { id: "violations", label: "Violations", total: asOf ? undefined : sum((it) => it.openCount) },
    { id: "contracts", label: "Contracts", total: contracts.length },
    { id: "layers", label: "Layers" },
    { id: "consumers", label: "Consumers" },
    { id: "exceptions", label: "Exceptions" },
  ];
  const early = asked.error instanceof ApiError && asked.error.code === "NO_POLICY";
  return (
    <>
      {policy.broken && (
        <Note tone="bad" alert>
          Contracts could not be looked at the last time: <Text>{policy.broken}</Text>
        </Note>
      )}
      {policy.problems.map((problem) => (
        <Note key={problem} tone="warn">
          The policy file is wrong as it stands now, so the policy before holds:{" "}
          <Text>{problem}</Text>
        </Note>
      ))}
      {early && <Note>Contracts were not looked at yet. This page asks again by itself.</Note>}
      {asked.error && !early && <Failed error={asked.error} again={() => asked.refetch()} />}
      {asked.isPending && <Bones lines={8} />}
      {page && (
        <>
          <Tabs
            label="About contracts"
            tabs={tabs}
            at={tab}
            onPick={(id) => set({ tab: id === "violations" ? undefined : id })}
          />
          <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} className="stack">
            {asOf && tab !== "violations" && (
              <Note>This table is of now. Violations are as of the time above.</Note>
            )}
            {tab === "violations" && <Violations page={page} />}
            {tab === "contracts" && <Contracts contracts={page.contracts} />}
            {tab === "layers" && <Layers layers={page.layers} />}
            {tab === "consumers" && <Consumers />}
            {tab === "exceptions" && <Exceptions />}
          </div>
        </>
      )}
      <p className="faint told">
        By <span className="mono">{policy.file}</span>, read <When at={policy.loadedAt} />
      </p>
    </>
  );
}

const START = `headwater policy check headwater.policy.yaml
headwater serve --policy headwater.policy.yaml`;

const SMALL = `version: 1
layers:
  - name: raw
  - name: staging
  - name: mart
classify:
  - {layer: raw, name: "RAW.*"}
  - {layer: staging, name: "*.STAGING.*"}
  - {layer: mart, name: "*.MARTS.*"}
consumers:
  - {kind: dashboard, jobs: {namespace: "looker*"}}
contracts:
  - {name: dashboards-read-marts, rule: consumers_read_marts}
  - {name: no-skipped-layer, rule: no_skipped_layer}`;

function NoPolicy() {
  return (
    <Card title="This server has no policy" pad>
      <div className="stack">
        <p>
          Layers, consumers and contracts are written in one YAML file, kept in git. Without one,
          the layer of a dataset is what its tag <span className="mono">layer</span> says, and
          nothing is held against a contract.
        </p>
        <p>A policy to begin with, to be changed to your names:</p>
        <Code text={SMALL} label="A small policy file" />
        <p>Check it, and start the server with it:</p>
        <Code text={START} label="Commands that check a policy and start with it" />
        <p className="soft">
          <span className="mono">headwater policy test</span> says what a policy would find on this
          server without switching it on. <span className="mono">docs/CONTRACTS.md</span> explains
          each rule.
        </p>
      </div>
    </Card>
  );
}
