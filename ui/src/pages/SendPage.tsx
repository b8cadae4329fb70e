// How to send the first event: settings to paste, with this server's address in them.
import { useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import { count } from "../lib/format";
import { To } from "../lib/nav";
import { Card, Code, Note, Tabs, useTitle } from "../parts/basic";

const ARRIVED = graphql(`
  query Arrived {
    status { counts { events datasets jobs } }
  }
`);

const origin = location.origin;

const WAYS: { id: string; label: string; steps: { say: string; code: string }[] }[] = [
  {
    id: "dbt",
    label: "dbt",
    steps: [
      { say: "Install the wrapper beside dbt, once.", code: "pip install openlineage-dbt" },
      {
        say: "Run dbt through it. Every dbt command works; this one builds.",
        code: `OPENLINEAGE_URL=${origin} dbt-ol build`,
      },
    ],
  },
  {
    id: "airflow",
    label: "Airflow",
    steps: [
      {
        say: "Install the provider on scheduler and workers.",
        code: "pip install apache-airflow-providers-openlineage",
      },
      {
        say: "Set this in their environment and restart them. Every DAG run then tells its lineage.",
        code: `AIRFLOW__OPENLINEAGE__TRANSPORT='{"type":"http","url":"${origin}","endpoint":"api/v1/lineage"}'`,
      },
    ],
  },
  {
    id: "spark",
    label: "Spark",
    steps: [
      {
        say: "Add the openlineage-spark jar for your Scala version, and these settings.",
        code: [
          "spark-submit \\",
          "  --conf spark.extraListeners=io.openlineage.spark.agent.OpenLineageSparkListener \\",
          "  --conf spark.openlineage.transport.type=http \\",
          `  --conf spark.openlineage.transport.url=${origin} \\`,
          "  --conf spark.openlineage.transport.endpoint=api/v1/lineage \\",
          "  ...",
        ].join("\n"),
      },
    ],
  },
  {
    id: "curl",
    label: "curl",
    steps: [
      {
        say: "One event by hand: a report that reads a table.",
        code: [
          `curl -i ${origin}/api/v1/lineage -H 'content-type: application/json' -d '{`,
          `  "eventTime": "${new Date().toISOString()}",`,
          `  "producer": "https://example.com/by-hand",`,
          `  "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",`,
          `  "job": {"namespace": "bi", "name": "weekly revenue"},`,
          `  "inputs": [{"namespace": "postgres://db.example:5432", "name": "shop.public.orders"}]`,
          `}'`,
        ].join("\n"),
      },
    ],
  },
  {
    id: "files",
    label: "Files",
    steps: [
      {
        say: "Events in files: one JSON object a line, arrays, packed (.gz, .zst) or whole folders. What is known already is left out.",
        code: `headwater import --server ${origin} events.ndjson`,
      },
      { say: "Or look at a made-up company first.", code: "headwater demo" },
    ],
  },
];

export function SendEvents() {
  const [way, setWay] = useState("dbt");
  const chosen = WAYS.find((one) => one.id === way);
  const arrived = useAsk(ARRIVED, {}, { every: 3000 });
  const counts = arrived.data?.status.counts;
  return (
    <>
      <Card title="Point a tool at this server" pad>
        <div className="stack">
          <Tabs
            label="Tools"
            tabs={WAYS.map(({ id, label }) => ({ id, label }))}
            at={way}
            onPick={setWay}
          />
          <div className="stack" role="tabpanel" id="panel" aria-labelledby={`tab-${way}`}>
            {chosen?.steps.map((step) => (
              <div key={step.code} className="stack" style={{ gap: 8 }}>
                <p>{step.say}</p>
                <Code text={step.code} wrap label={step.say} />
              </div>
            ))}
          </div>
        </div>
      </Card>
      {counts && counts.events > 0 ? (
        <Note tone="good">
          {count(counts.events)} events have come, about {count(counts.datasets)} datasets and{" "}
          {count(counts.jobs)} jobs. <To to="/">Look at them</To>
        </Note>
      ) : (
        <Note>Waiting for the first event. This page notices by itself.</Note>
      )}
    </>
  );
}

export function SendPage() {
  useTitle("Send events");
  return (
    <div className="page">
      <div className="head">
        <h1>Send events</h1>
        <p className="about">
          Headwater takes OpenLineage events. Each gets a receipt that says what was guessed or not
          understood.
        </p>
      </div>
      <SendEvents />
    </div>
  );
}
