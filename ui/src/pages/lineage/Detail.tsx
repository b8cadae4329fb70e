// What is known of the picked node, and what can be done with it.
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import type { LitStore } from "../../graph/lit";
import { type GNode, type Model, parseId } from "../../graph/model";
import { count, plain, shortName } from "../../lib/format";
import { datasetAt, jobAt, one, To, useAsOf, useParams, useSetParams } from "../../lib/nav";
import { Badge, Layer, Name, Text } from "../../parts/basic";
import { Icon } from "../../parts/Icon";

/** Columns of a node of a graph that is too large to come with all of them. */
const COLUMNS = graphql(`
  query DetailColumns($namespace: String!, $name: String!, $asOf: DateTime) {
    dataset(namespace: $namespace, name: $name, asOf: $asOf) { columns(limit: 400) { name type } }
  }
`);

/** The columns of the picked node: pointing at one lights its path, a click holds it. */
function Columns({
  node,
  store,
  hold,
}: {
  node: GNode;
  store: LitStore;
  hold: (node: string, column: string) => void;
}) {
  const held = parseId(one(useParams().column) ?? "").parts;
  const asOf = useAsOf();
  const { namespace, name } = node;
  const asked = useAsk(
    COLUMNS,
    { namespace, name, asOf },
    { enabled: node.kind === "DATASET" && node.columns.length === 0 },
  );
  const columns = node.columns.length > 0 ? node.columns : (asked.data?.dataset?.columns ?? []);
  if (columns.length === 0) return null;
  const light = (column: string) => store.point(store.index.column(node.id, column));
  const isHeld = (column: string) =>
    held[0] === namespace && held[1] === name && held[2] === column;
  return (
    <div>
      <h3>Columns</h3>
      <ul className="detail-columns" onPointerLeave={() => store.point(undefined)}>
        {columns.map((column) => (
          <li key={column.name}>
            <button
              type="button"
              aria-pressed={isHeld(column.name)}
              onPointerEnter={() => light(column.name)}
              onFocus={() => light(column.name)}
              onBlur={() => store.point(undefined)}
              onClick={() => hold(node.id, column.name)}
            >
              <Text>{column.name}</Text>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Detail({
  node,
  focus,
  model,
  store,
  hold,
}: {
  node: GNode;
  focus?: string;
  model: Model;
  store: LitStore;
  hold: (node: string, column: string) => void;
}) {
  const set = useSetParams();
  const params = useParams();
  const near = one(params.near) === "1";
  const [to, at] =
    node.kind === "JOB" ? jobAt(node.namespace, node.name) : datasetAt(node.namespace, node.name);
  const edges = model.edges.filter((edge) => edge.from === node.id || edge.to === node.id);
  return (
    <aside className="detail" aria-label="The picked node">
      <div className="head-row">
        <h2>
          <Text>{shortName(node.name)}</Text>
        </h2>
        <button
          type="button"
          className="btn plain icon"
          aria-label="Close"
          onClick={() => set({ at: undefined, near: undefined }, true)}
        >
          <Icon name="cross" size={14} />
        </button>
      </div>
      <p className="where">
        <Name>{node.name}</Name>
      </p>
      <p className="where">
        <Text>{node.namespace}</Text>
      </p>
      <p className="row">
        {node.kind === "JOB" ? <Badge tone="info">job</Badge> : <Layer layer={node.layer} />}
        {node.dropped && <Badge tone="bad">dropped</Badge>}
        {node.ambiguous && <Badge tone="warn">names in doubt</Badge>}
      </p>
      <dl className="facts">
        <dt>Owners</dt>
        <dd>
          {node.owners.length ? (
            <Text>{node.owners.join(", ")}</Text>
          ) : (
            <span className="faint">nobody</span>
          )}
        </dd>
        <dt>Upstream</dt>
        <dd>{count(node.up)}</dd>
        <dt>Downstream</dt>
        <dd>{count(node.down)}</dd>
      </dl>
      <div className="stack" style={{ gap: 6 }}>
        <To to={to} params={at} className="btn primary">
          Open its page
        </To>
        {node.id !== focus && (
          <button
            type="button"
            className="btn"
            onClick={() =>
              set({
                focus: node.id,
                x: undefined,
                at: undefined,
                to: undefined,
                near: undefined,
                pl: undefined,
                pn: undefined,
                whole: undefined,
                column: undefined,
              })
            }
          >
            Put it in the middle
          </button>
        )}
        {focus && node.id !== focus && (
          <button type="button" className="btn" onClick={() => set({ to: node.id, at: undefined })}>
            <Icon name="path" size={14} /> Path from{" "}
            {plain(shortName(parseId(focus).parts[1] ?? ""))}
          </button>
        )}
        <button
          type="button"
          className="btn"
          aria-pressed={near}
          onClick={() => set({ near: near ? undefined : "1" })}
        >
          Only what is before and after it
        </button>
      </div>
      <Columns node={node} store={store} hold={hold} />
      {edges.some((edge) => edge.jobs.length > 0) && (
        <div>
          <h3>Made and read by</h3>
          <ul className="jobs">
            {[
              ...new Map(
                edges.flatMap((edge) => edge.jobs.map((job) => [job.namespace + job.name, job])),
              ).values(),
            ]
              .slice(0, 12)
              .map((job) => {
                const [path, params] = jobAt(job.namespace, job.name);
                return (
                  <li key={job.namespace + job.name}>
                    <To to={path} params={params}>
                      <Name>{job.name}</Name>
                    </To>
                  </li>
                );
              })}
          </ul>
        </div>
      )}
    </aside>
  );
}
