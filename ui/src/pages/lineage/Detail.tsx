// What is known of the picked node, and what can be done with it.
import { type GNode, type Model, parseId } from "../../graph/model";
import { count, plain, shortName } from "../../lib/format";
import { datasetAt, jobAt, one, To, useParams, useSetParams } from "../../lib/nav";
import { Badge, Layer, Name, Text } from "../../parts/basic";
import { Icon } from "../../parts/Icon";

export function Detail({ node, focus, model }: { node: GNode; focus?: string; model: Model }) {
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
