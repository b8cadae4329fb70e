// Search as you type, narrowed by counts. Everything typed and chosen is in the URL.
import { useDeferredValue, useEffect, useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { FindQuery, NodeKind, SearchFilter } from "../gql/graphql";
import { count, many, NO_LAYER } from "../lib/format";
import { all, one, To, useAsOf, useParams, useSetParams } from "../lib/nav";
import { Bones, Card, Empty, Failed, Layer, Name, Note, Text, useTitle } from "../parts/basic";
import { Icon } from "../parts/Icon";
import { hitLink, ICON_OF } from "../parts/Palette";
import { SendEvents } from "./SendPage";

const FIND = graphql(`
  query Find($text: String!, $filter: SearchFilter, $first: Int!) {
    search(query: $text, filter: $filter, first: $first) {
      total
      relaxed
      ignoredTerms
      nodes {
        id kind namespace name column description layer tags owners alike
        snippets { field parts { text matched } }
      }
    }
  }
`);

const COUNTS = graphql(`
  query FindCounts($text: String!, $filter: SearchFilter) {
    searchCounts(query: $text, filter: $filter) {
      total
      kinds { kind count }
      layers { value count }
      namespaces { value count }
      owners { value count }
      tags { value count }
    }
    status { headSeq searchSeq counts { datasets columns jobs runs events } }
  }
`);

type Hit = FindQuery["search"]["nodes"][number];
type Field = Hit["snippets"][number]["field"];

const KIND_WORDS: Record<NodeKind, string> = {
  DATASET: "Datasets",
  COLUMN: "Columns",
  JOB: "Jobs",
};

function Parts({ hit, field, text }: { hit: Hit; field: Field; text: string }) {
  const snippet = hit.snippets.find((one) => one.field === field);
  if (!snippet) return <Text>{text}</Text>;
  return (
    <bdi>
      {snippet.parts.map((part, at) =>
        part.matched ? (
          <mark key={at}>
            <Text>{part.text}</Text>
          </mark>
        ) : (
          <Name key={at}>{part.text}</Name>
        ),
      )}
    </bdi>
  );
}

function HitRow({ hit }: { hit: Hit }) {
  const asOf = useAsOf();
  const link = new URL(hitLink(hit, asOf), location.origin);
  const params = Object.fromEntries(link.searchParams);
  const alias = hit.snippets.find((one) => one.field === "ALIAS");
  return (
    <li>
      <To to={link.pathname} params={params} className="hit">
        <Icon name={ICON_OF[hit.kind]} />
        <div>
          <span className="name">
            {hit.column ? (
              <Parts hit={hit} field="COLUMN" text={hit.column} />
            ) : (
              <Parts hit={hit} field="NAME" text={hit.name} />
            )}
          </span>
          <span className="where">
            {hit.column && (
              <>
                in <Parts hit={hit} field="NAME" text={hit.name} /> ·{" "}
              </>
            )}
            <Text>{hit.namespace}</Text>
            {hit.alike != null && hit.alike > 1 && ` · ${count(hit.alike)} jobs alike`}
          </span>
          {alias && (
            <span className="where">
              also named <Parts hit={hit} field="ALIAS" text="" />
            </span>
          )}
        </div>
        <div className="marks">
          {hit.kind !== "JOB" && <Layer layer={hit.layer} />}
          {hit.owners.slice(0, 2).map((owner) => (
            <span key={owner} className="badge tag">
              <span>
                <Text>{owner}</Text>
              </span>
            </span>
          ))}
        </div>
        {hit.description && (
          <p>
            <Parts hit={hit} field="DESCRIPTION" text={hit.description} />
          </p>
        )}
      </To>
    </li>
  );
}

interface FacetOf {
  key: string;
  title: string;
  values: { value: string; word: string; count: number }[];
}

const SHOWN = 8;

function Facet({
  facet,
  chosen,
  toggle,
}: {
  facet: FacetOf;
  chosen: string[];
  toggle: (value: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const gone = chosen.filter((value) => !facet.values.some((known) => known.value === value));
  const values = [...gone.map((value) => ({ value, word: value, count: 0 })), ...facet.values];
  if (values.length === 0) return null;
  const shown = values.filter((value, at) => open || at < SHOWN || chosen.includes(value.value));
  return (
    <fieldset className="facet">
      <legend>{facet.title}</legend>
      {shown.map(({ value, word, count: hits }) => (
        <label key={value} title={word}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <span>
            <Text>{word}</Text>
          </span>
          <span className="count">{count(hits)}</span>
        </label>
      ))}
      {values.length > SHOWN && (
        <button type="button" className="btn plain small" onClick={() => setOpen(!open)}>
          {open ? "Fewer" : `${count(values.length - SHOWN)} more`}
        </button>
      )}
    </fieldset>
  );
}

const KEYS = ["kind", "layer", "namespace", "owner", "tag"];
const PAGE = 30;

export function FindPage() {
  const params = useParams();
  const set = useSetParams();
  const text = one(params.q) ?? "";
  const [typed, setTyped] = useState(text);
  const [closed, setClosed] = useState(true);
  const deferred = useDeferredValue(typed);
  useTitle(text ? `${text} – Find` : "");
  // Back and forward change the URL; what is typed follows.
  useEffect(() => setTyped(text), [text]);
  const first = Math.min(Number(one(params.first)) || PAGE, 500);
  const filter: SearchFilter = {
    kinds: all(params.kind) as NodeKind[],
    layers: all(params.layer).map((layer) => (layer === NO_LAYER ? "" : layer)),
    namespaces: all(params.namespace),
    owners: all(params.owner),
    tags: all(params.tag),
  };
  const narrowed = KEYS.some((key) => all(params[key]).length > 0);
  // With nothing typed and nothing chosen, ten times as many columns would hide the datasets.
  const atRest = deferred.trim() === "" && !narrowed;
  const shown: SearchFilter = atRest ? { ...filter, kinds: ["DATASET"] } : filter;
  const found = useAsk(FIND, { text: deferred, filter: shown, first }, { keep: true });
  const counts = useAsk(COUNTS, { text: deferred, filter }, { keep: true });
  const type = (value: string) => {
    setTyped(value);
    // The first letter makes a step of the history, those after it change that step.
    set({ q: value || undefined, first: undefined }, text !== "");
  };
  const toggle = (key: string) => (value: string) => {
    const held = all(params[key]);
    const next = held.includes(value) ? held.filter((one) => one !== value) : [...held, value];
    set({ [key]: next, first: undefined });
  };
  const clear = Object.fromEntries(KEYS.map((key) => [key, undefined]));
  const status = counts.data?.status;
  if (status && status.counts.events === 0) return <Nothing />;
  const split = counts.data?.searchCounts;
  const plainOf = (values: { value: string; count: number }[] = []) =>
    values.map(({ value, count: hits }) => ({ value, word: value, count: hits }));
  const layersOf = (values?: { value: string; count: number }[]) =>
    plainOf(values).map((one) =>
      one.value === "" ? { ...one, value: NO_LAYER, word: "unclassified" } : one,
    );
  const facets: FacetOf[] = [
    {
      key: "kind",
      title: "Kind",
      values: (split?.kinds ?? []).map(({ kind, count: hits }) => ({
        value: kind,
        word: KIND_WORDS[kind],
        count: hits,
      })),
    },
    { key: "layer", title: "Layer", values: layersOf(split?.layers) },
    { key: "owner", title: "Owner", values: plainOf(split?.owners) },
    { key: "namespace", title: "Namespace", values: plainOf(split?.namespaces) },
    { key: "tag", title: "Tag", values: plainOf(split?.tags) },
  ];
  const result = found.data?.search;
  return (
    <div className="page">
      <div className="stack">
        <h1 className="hidden-visually">Find datasets, columns and jobs</h1>
        <search className="find-box">
          <Icon name="search" />
          <input
            className="field"
            type="search"
            aria-label="Find datasets, columns and jobs"
            placeholder="Find datasets, columns and jobs by any part of their names or descriptions"
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => type(event.target.value)}
          />
        </search>
        {status && (
          <p className="faint estate">
            {many(status.counts.datasets, "dataset")} · {many(status.counts.columns, "column")} ·{" "}
            {many(status.counts.jobs, "job")} · {many(status.counts.runs, "run")} from{" "}
            {many(status.counts.events, "event")}
          </p>
        )}
      </div>
      <div className={closed ? "find facets-closed" : "find"}>
        <button
          type="button"
          className="btn facets-toggle"
          aria-expanded={!closed}
          onClick={() => setClosed(!closed)}
        >
          <Icon name="filter" size={16} /> Filters
        </button>
        <section className="facets" aria-label="Filters">
          {narrowed && (
            <button
              type="button"
              className="btn small"
              onClick={() => set({ ...clear, first: undefined })}
            >
              <Icon name="cross" size={13} /> Clear filters
            </button>
          )}
          {facets.map((facet) => (
            <Facet
              key={facet.key}
              facet={facet}
              chosen={all(params[facet.key])}
              toggle={toggle(facet.key)}
            />
          ))}
        </section>
        <div className="stack">
          {found.error && <Failed error={found.error} again={() => found.refetch()} />}
          {result?.relaxed && result.total > 0 && (
            <Note>Nothing matches all the words, so these match some of them.</Note>
          )}
          {!!result?.ignoredTerms && (
            <Note tone="warn">
              {many(result.ignoredTerms, "word was", "words were")} too many and not used.
            </Note>
          )}
          {(result || found.isPending) && (
            <Card title={atRest ? "Datasets" : "Hits"} total={result?.total}>
              {found.isPending && <Bones lines={8} />}
              {result?.total === 0 && (
                <Empty icon="search" title="Nothing matches.">
                  {narrowed ? (
                    <button type="button" className="btn" onClick={() => set(clear)}>
                      Search without the filters
                    </button>
                  ) : (
                    "Fewer or shorter words find more; parts of names are enough."
                  )}
                </Empty>
              )}
              <ul className="hits" aria-live="polite" aria-busy={found.isFetching}>
                {result?.nodes.map((hit) => (
                  <HitRow key={hit.id} hit={hit} />
                ))}
              </ul>
              {result && result.total > result.nodes.length && (
                <div className="more">
                  {first < 500 ? (
                    <button
                      type="button"
                      className="btn"
                      onClick={() => set({ first: String(Math.min(first + 70, 500)) }, true)}
                    >
                      Show more: {count(result.nodes.length)} of {count(result.total)} are listed
                    </button>
                  ) : (
                    <span className="faint">
                      The best {count(result.nodes.length)} of {count(result.total)} are listed;
                      another word or a filter shows the others.
                    </span>
                  )}
                </div>
              )}
            </Card>
          )}
        </div>
      </div>
    </div>
  );
}

function Nothing() {
  return (
    <div className="page">
      <div className="head">
        <h1>No event has come yet</h1>
        <p className="about">
          The catalog fills by itself from what your tools tell. This page shows the first event as
          soon as it is there.
        </p>
      </div>
      <SendEvents />
    </div>
  );
}
