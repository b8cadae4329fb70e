// A field that finds a dataset by a part of its name.
import { useId, useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import { Layer, Name, Text } from "./basic";

const PICK = graphql(`
  query PickDataset($text: String!) {
    search(query: $text, filter: { kinds: [DATASET] }, first: 8) {
      nodes { id namespace name layer }
    }
  }
`);

export function DatasetPicker({
  label,
  value,
  pick,
}: {
  label: string;
  value?: string;
  pick: (hit: { id: string; namespace: string; name: string }) => void;
}) {
  const [text, setText] = useState<string>();
  const [at, setAt] = useState(0);
  const id = useId();
  const open = text !== undefined;
  const found = useAsk(PICK, { text: text ?? "" }, { enabled: open, keep: true });
  const hits = open ? (found.data?.search.nodes ?? []) : [];
  const choose = (hit: (typeof hits)[number] | undefined) => {
    if (!hit) return;
    setText(undefined);
    pick(hit);
  };
  return (
    <div className="labelled picker">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={hits.length > 0 ? `${id}-${at}` : undefined}
        placeholder="A part of its name"
        autoComplete="off"
        value={text ?? value ?? ""}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onFocus={(event) => event.target.select()}
        onBlur={() => setText(undefined)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText(undefined);
          if (!open || hits.length === 0) return;
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, hits.length - 1));
          if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          if (event.key === "Enter") choose(hits[at]);
          if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) event.preventDefault();
        }}
      />
      {hits.length > 0 && (
        <div className="picks" role="listbox" id={`${id}-list`} aria-label={label}>
          {hits.map((hit, place) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
            <div
              key={hit.id}
              id={`${id}-${place}`}
              role="option"
              aria-selected={place === at}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(hit);
              }}
            >
              <div>
                <span className="name">
                  <Name>{hit.name}</Name>
                </span>
                <span className="where">
                  <Text>{hit.namespace}</Text>
                </span>
              </div>
              <Layer layer={hit.layer} />
            </div>
          ))}
        </div>
      )}
      {open && text.trim() && found.data && !found.isPlaceholderData && hits.length === 0 && (
        <p className="faint">No dataset has a name like this.</p>
      )}
    </div>
  );
}
