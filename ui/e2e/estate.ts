// A large estate for the tests, as static events: layers of equal size, each dataset made from two or
// three of the layer before. The same numbers give the same estate.

export interface Spec {
  namespace: string;
  datasets: number;
  layers: number;
  columns: number;
}

const LAYERS = ["raw", "staging", "intermediate", "mart"];

function random(seed: number) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

const said = (name: string) => ({
  _producer: "https://example.com/estate",
  _schemaURL: `https://openlineage.io/spec/facets/1-0-0/${name}.json`,
});

/** The name of a dataset: its layer and its place in it. */
export const nameOf = (layer: number, at: number) =>
  `estate.l${String(layer).padStart(2, "0")}.table_${String(at).padStart(4, "0")}`;

export function events(spec: Spec): object[] {
  const next = random(spec.datasets);
  const each = Math.ceil(spec.datasets / spec.layers);
  const columns = Array.from({ length: spec.columns }, (_, at) => `column_${at}`);
  const dataset = (layer: number, at: number, inputs: string[]) => ({
    namespace: spec.namespace,
    name: nameOf(layer, at),
    facets: {
      schema: {
        ...said("SchemaDatasetFacet"),
        fields: columns.map((name) => ({ name, type: "VARCHAR" })),
      },
      tags: {
        ...said("TagsDatasetFacet"),
        tags: [
          {
            key: "layer",
            value: LAYERS[Math.floor((layer / spec.layers) * LAYERS.length)],
            source: "test",
          },
        ],
      },
      ...(inputs.length > 0 && {
        columnLineage: {
          ...said("ColumnLineageDatasetFacet"),
          fields: Object.fromEntries(
            columns.map((name, place) => [
              name,
              {
                inputFields: inputs.map((input) => ({
                  namespace: spec.namespace,
                  name: input,
                  field: columns[(place + input.length) % columns.length] ?? name,
                })),
              },
            ]),
          ),
        },
      }),
    },
  });
  const list: object[] = [];
  for (let layer = 0; layer < spec.layers; layer += 1) {
    for (let at = 0; at < each && layer * each + at < spec.datasets; at += 1) {
      const reads = layer === 0 ? 0 : 2 + (at % 2);
      // Near ones, as in real estates, and now and then one from afar.
      const pick = () =>
        next() < 0.9 ? (at + Math.floor(next() * 8)) % each : Math.floor(next() * each);
      const inputs = [...new Set(Array.from({ length: reads }, () => nameOf(layer - 1, pick())))];
      list.push({
        eventTime: "2026-01-05T09:00:00Z",
        producer: "https://example.com/estate",
        schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        job: { namespace: spec.namespace, name: `make ${nameOf(layer, at)}` },
        inputs: inputs.map((name) => ({ namespace: spec.namespace, name })),
        outputs: [dataset(layer, at, inputs)],
      });
    }
  }
  return list;
}

/** Sends an estate and waits until the answers have all of it. */
export async function fill(url: string, spec: Spec) {
  const all = events(spec);
  for (let from = 0; from < all.length; from += 500) {
    const sent = await fetch(`${url}/api/v1/lineage/batch`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(all.slice(from, from + 500)),
    });
    if (!sent.ok) throw new Error(`the estate was refused: ${sent.status} ${await sent.text()}`);
  }
  const until = Date.now() + 60_000;
  for (;;) {
    const asked = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ status { headSeq appliedSeq searchSeq } }" }),
    });
    const { headSeq, appliedSeq, searchSeq } = (await asked.json()).data.status;
    if (headSeq === appliedSeq && headSeq === searchSeq) return;
    if (Date.now() > until) throw new Error("the estate was not applied in time");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
