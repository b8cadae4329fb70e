// The form that adds changes to the plan.
import { useState } from "react";
import { useAsk } from "../../api/query";
import { graphql } from "../../gql";
import { makeId } from "../../graph/model";
import { count } from "../../lib/format";
import { one, useParams, useSetParams } from "../../lib/nav";
import { Card, Failed, Note, Text } from "../../parts/basic";
import { DatasetPicker } from "../../parts/DatasetPicker";
import { Icon } from "../../parts/Icon";
import { KINDS } from "./plan";

const COLUMNS = graphql(`
  query ImpactColumns($namespace: String!, $name: String!) {
    dataset(namespace: $namespace, name: $name) {
      namespace name layer
      columns(limit: 2000) { name type downstreamCount }
    }
  }
`);

export function Planner({ texts }: { texts: string[] }) {
  const params = useParams();
  const set = useSetParams();
  const [namespace, name] = [one(params.namespace), one(params.name)];
  const kind = KINDS.find((known) => known.kind === one(params.kind)) ?? KINDS[0];
  const [picked, setPicked] = useState<string[]>([]);
  const [to, setTo] = useState("");
  const asked = useAsk(
    COLUMNS,
    { namespace: namespace ?? "", name: name ?? "" },
    { enabled: namespace !== undefined && name !== undefined },
  );
  const dataset = asked.data?.dataset;
  if (!kind) return null;
  const single = kind.to !== undefined;
  const ready = !!dataset && (!kind.column || picked.length > 0) && (!kind.to || to.trim() !== "");
  const add = () => {
    if (!dataset) return;
    const columns = kind.column ? picked : [""];
    const added = columns.map((column) =>
      makeId(kind.kind, dataset.namespace, dataset.name, column, to.trim()),
    );
    set({ change: [...new Set([...texts, ...added])] });
    setPicked([]);
    setTo("");
  };
  return (
    <Card title="What changes" pad>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) add();
        }}
      >
        <DatasetPicker
          label="Dataset"
          value={name}
          pick={(hit) => {
            set({ namespace: hit.namespace, name: hit.name }, true);
            setPicked([]);
          }}
        />
        {namespace !== undefined && !asked.isPending && !dataset && !asked.error && (
          <Note tone="warn">No event has named this dataset.</Note>
        )}
        {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
        <label className="labelled">
          <span>Change</span>
          <select
            className="field"
            value={kind.kind}
            onChange={(event) => {
              set({ kind: event.target.value }, true);
              setPicked(picked.slice(0, 1));
            }}
          >
            {KINDS.map((known) => (
              <option key={known.kind} value={known.kind}>
                {known.word}
              </option>
            ))}
          </select>
        </label>
        {kind.column && dataset && (
          <fieldset className="columns-pick">
            <legend>{single ? "Column" : "Columns"}</legend>
            {dataset.columns.length === 0 && <p className="faint">No columns are known of it.</p>}
            {dataset.columns.map((column) => (
              <label key={column.name} className="row choice">
                <input
                  type={single ? "radio" : "checkbox"}
                  name="column"
                  checked={picked.includes(column.name)}
                  onChange={() =>
                    setPicked(
                      single
                        ? [column.name]
                        : picked.includes(column.name)
                          ? picked.filter((held) => held !== column.name)
                          : [...picked, column.name],
                    )
                  }
                />
                <span className="mono">
                  <Text>{column.name}</Text>
                </span>
                <span className="count">feeds {count(column.downstreamCount)}</span>
              </label>
            ))}
          </fieldset>
        )}
        {kind.to && (
          <label className="labelled">
            <span>{kind.to}</span>
            <input className="field" value={to} onChange={(event) => setTo(event.target.value)} />
          </label>
        )}
        <button type="submit" className="btn primary" disabled={!ready}>
          <Icon name="plus" size={14} /> Add to the plan
        </button>
      </form>
    </Card>
  );
}
