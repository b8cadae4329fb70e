// Everything upstream or downstream: how far, in which layer, whose, and on what evidence.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { Direction, NeighboursQuery } from "../../gql/graphql";
import { count, many } from "../../lib/format";
import { one, useParams, useSetParams } from "../../lib/nav";
import {
  Badge,
  Bones,
  Card,
  DatasetName,
  Empty,
  Failed,
  JobName,
  Layer,
  Text,
  When,
} from "../../parts/basic";
import { DataTable } from "../../parts/DataTable";
import { Cut } from "../DatasetPage";
import type { At } from "./Columns";

const NEIGHBOURS = graphql(`
  query Neighbours($node: NodeRef!, $direction: Direction!, $depth: Int, $hops: Int!, $asOf: DateTime) {
    lineage(node: $node, direction: $direction, maxDepth: $depth, limit: 2000, asOf: $asOf) {
      total truncated
      nodes { id kind namespace name depth layer dropped inCycle }
      edges { from to kind evidence { producer jobName runs runsSince lastSeen origin isStatic } }
    }
    neighbourhood(
      expand: [{ node: $node, direction: $direction, depth: $hops }]
      limit: 2000
      asOf: $asOf
    ) {
      nodes { id dataset { owners { name } } job { owners { name } } }
    }
  }
`);

type Node = NeighboursQuery["lineage"]["nodes"][number];
type Edge = NeighboursQuery["lineage"]["edges"][number];

/** What is known of the edges by which a node is reached. */
interface Reached {
  kinds: Set<string>;
  jobs: Set<string>;
  runs: number;
  last: string;
  silent: number;
}

function evidence(edges: Edge[], direction: Direction): Map<string, Reached> {
  const reached = new Map<string, Reached>();
  for (const edge of edges) {
    const id = direction === "DOWNSTREAM" ? edge.to : edge.from;
    const held = reached.get(id) ?? {
      kinds: new Set(),
      jobs: new Set(),
      runs: 0,
      last: "",
      silent: 0,
    };
    held.kinds.add(edge.kind);
    for (const said of edge.evidence) {
      if (said.jobName) held.jobs.add(said.jobName);
      held.runs = Math.max(held.runs, said.runs);
      // As long as one of them goes on saying it, it is said.
      held.silent = Math.min(held.silent, said.runsSince);
      if ((said.lastSeen ?? "") > held.last) held.last = said.lastSeen ?? "";
    }
    reached.set(id, held);
  }
  return reached;
}

function Evidence({ reached }: { reached: Reached | undefined }) {
  if (!reached) return <span className="faint">–</span>;
  const told = reached.kinds.has("DECLARED");
  return (
    <span className="row">
      <Badge
        tone={told ? "good" : "other"}
        title={told ? "Its producer says so" : "A job read the one and wrote the other"}
      >
        {told ? "declared" : "inferred"}
      </Badge>
      <span className="faint nowrap">
        {reached.runs > 0 ? many(reached.runs, "run") : "no run"}, last <When at={reached.last} />
      </span>
      {reached.silent > 0 && Number.isFinite(reached.silent) && (
        <Badge tone="warn" title="The job ran since and did not say it">
          not said by {count(reached.silent)} runs since
        </Badge>
      )}
    </span>
  );
}

export function NeighboursTab({ at, direction }: { at: At; direction: Direction }) {
  const params = useParams();
  const set = useSetParams();
  const depth = one(params.depth) ?? "all";
  const asked = useAsk(NEIGHBOURS, {
    node: { dataset: { namespace: at.namespace, name: at.name } },
    direction,
    depth: depth === "all" ? undefined : Number(depth),
    hops: depth === "all" ? 1000 : Number(depth),
    asOf: at.asOf,
  });
  const lineage = asked.data?.lineage;
  const up = direction === "UPSTREAM";
  if (asked.error) return <Failed error={asked.error} again={() => asked.refetch()} />;
  if (!lineage) return <Bones lines={8} />;
  const rows = lineage.nodes.filter((node) => node.depth > 0 && node.kind === "DATASET");
  const ends = lineage.nodes.filter(
    (node) =>
      node.kind === "JOB" && !lineage.edges.some((edge) => (up ? edge.to : edge.from) === node.id),
  );
  const consumers = up ? [] : ends;
  const said = evidence(lineage.edges, direction);
  const owners = new Map(
    asked.data?.neighbourhood.nodes.map((node) => [
      node.id,
      (node.dataset ?? node.job)?.owners.map((owner) => owner.name).join(", "),
    ]),
  );
  const list: Node[] = [...rows, ...consumers];
  const pick = (
    <label className="row count">
      Hops
      <select
        className="field small"
        value={depth}
        onChange={(event) =>
          set({ depth: event.target.value === "all" ? undefined : event.target.value }, true)
        }
      >
        {["1", "2", "3", "5", "all"].map((hops) => (
          <option key={hops} value={hops}>
            {hops}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Cut shown={lineage.nodes.length - 1} total={lineage.total} what="node" />
      <Card title={up ? "Made from" : "Feeds"} total={list.length} end={pick}>
        {list.length === 0 ? (
          <Empty icon="lineage" title={up ? "Nothing is known upstream." : "Nothing reads it."}>
            {up
              ? "It may be a source, or its producer does not tell its inputs."
              : "No job that was seen has it among its inputs."}
          </Empty>
        ) : (
          <DataTable
            label={up ? "Upstream" : "Downstream"}
            rows={list}
            id={(node) => node.id}
            columns={[
              {
                id: "name",
                title: "Name",
                sort: (node) => node.name,
                cell: (node) =>
                  node.kind === "JOB" ? (
                    <JobName namespace={node.namespace} name={node.name} />
                  ) : (
                    <DatasetName namespace={node.namespace} name={node.name} />
                  ),
              },
              {
                id: "depth",
                title: "Hops",
                num: true,
                sort: (node) => node.depth,
                cell: (node) => count(node.depth),
              },
              {
                id: "layer",
                title: "Layer",
                sort: (node) => (node.kind === "JOB" ? "consumer" : node.layer),
                cell: (node) => (
                  <span className="row">
                    {node.kind === "JOB" ? (
                      <Badge tone="info">job, writes nothing</Badge>
                    ) : (
                      <Layer layer={node.layer} />
                    )}
                    {node.dropped && <Badge tone="bad">dropped</Badge>}
                    {node.inCycle && <Badge tone="warn">in a cycle</Badge>}
                  </span>
                ),
              },
              {
                id: "owner",
                title: "Owner",
                sort: (node) => owners.get(node.id) || null,
                cell: (node) =>
                  owners.get(node.id) ? (
                    <Text>{owners.get(node.id)}</Text>
                  ) : (
                    <span className="faint">nobody</span>
                  ),
              },
              {
                id: "evidence",
                title: "Evidence",
                sort: (node) => said.get(node.id)?.last,
                cell: (node) => <Evidence reached={said.get(node.id)} />,
              },
            ]}
          />
        )}
      </Card>
    </>
  );
}
