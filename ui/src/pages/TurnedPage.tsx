// One event in quarantine: why it was turned away, the event itself, and what to do with it.
import { useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { queries } from "../api/query";
import { bytes, count, plain, prettyJson, time } from "../lib/format";
import { To } from "../lib/nav";
import { Ask } from "../parts/Ask";
import {
  Badge,
  Bones,
  Card,
  Code,
  Copy,
  DatasetName,
  Empty,
  Failed,
  Name,
  Note,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { Icon } from "../parts/Icon";
import {
  discard,
  forget,
  type Reason,
  type Receipt,
  release,
  toneOf,
  useWhole,
  type Whole,
} from "./quarantine/quarantine";

/** Characters of an event that are shown. */
const MOST = 200_000;

type Done = { how: "released"; receipt: Receipt } | { how: "discarded" };

export function TurnedPage() {
  const id = useRouterState({ select: ({ location }) => location.pathname.split("/")[2] ?? "" });
  const asked = useWhole(id);
  const [done, setDone] = useState<Done>();
  const event = asked.data;
  useTitle(event ? `${plain(event.subject[1])} – Quarantine` : "Quarantine");
  const gone = asked.error && "code" in asked.error && asked.error.code === "not_found";
  return (
    <div className="page">
      {!event && <h1>Quarantine</h1>}
      {asked.error && !gone && <Failed error={asked.error} again={() => asked.refetch()} />}
      {asked.isPending && <Bones lines={8} />}
      {gone && (
        <Empty icon="contract" title="This event is not in quarantine.">
          <p>It was released or discarded, or it was turned away by another server.</p>
          <To to="/quarantine" className="btn">
            What is in quarantine
          </To>
        </Empty>
      )}
      {event && <Shown event={event} done={done} onDone={setDone} />}
    </div>
  );
}

function Shown({
  event,
  done,
  onDone,
}: {
  event: Whole;
  done?: Done;
  onDone: (done: Done) => void;
}) {
  return (
    <>
      <div className="head">
        <p className="crumbs">
          <Icon name="contract" size={14} /> <To to="/contracts">Contracts</To> ›{" "}
          <To to="/quarantine">Quarantine</To>
        </p>
        <div className="head-row">
          <h1>
            <Text>{event.subject[1]}</Text>
          </h1>
          {!done && <Doing event={event} onDone={onDone} />}
        </div>
        <p className="about">
          An event of <Text>{event.subject[0]}</Text>, turned away <When at={event.receivedAt} />.
        </p>
      </div>
      {done && <Outcome event={event} done={done} />}
      <div className="stack">
        <Card title="Why" total={event.reasons.length}>
          <ul className="violations">
            {event.reasons.map((reason, at) => (
              <ReasonOf key={at} reason={reason} />
            ))}
          </ul>
        </Card>
        <Card title="The event" end={<span className="faint">{bytes(event.bytes)}</span>} pad>
          <div className="stack">
            <dl className="facts">
              <dt>Its time</dt>
              <dd>{time(event.eventTime)}</dd>
              <dt>Sent by</dt>
              <dd>
                <Name>{event.producer}</Name>
              </dd>
              <dt>Id</dt>
              <dd className="row">
                <span className="mono">{event.id}</span>{" "}
                <Copy text={event.id} label="Copy the id" />
              </dd>
            </dl>
            <EventText event={event} />
          </div>
        </Card>
      </div>
    </>
  );
}

function EventText({ event }: { event: Whole }) {
  if (event.text === null)
    return <Note tone="warn">The event cannot be shown as text: it is no JSON any more.</Note>;
  const text = prettyJson(event.text.slice(0, MOST));
  return (
    <div className="stack">
      {event.masked && (
        <Note>
          What are secrets by their names is shown as <span className="mono">***</span>.
        </Note>
      )}
      {event.text.length > MOST && (
        <Note tone="warn">
          The first {count(MOST)} of {count(event.text.length)} characters are shown.{" "}
          <a href={`/api/v1/quarantine/${event.id}`}>All of it, as it was sent</a>
        </Note>
      )}
      <Code text={text} label="The event" />
    </div>
  );
}

function ReasonOf({ reason }: { reason: Reason }) {
  return (
    <li>
      <div className="violation-head">
        <Badge tone={toneOf(reason.severity)} dot>
          {reason.severity}
        </Badge>
        <To to="/contracts" params={{ contract: reason.contract }}>
          <Text>{reason.contract}</Text>
        </To>
        <span className="faint mono">{reason.rule}</span>
      </div>
      <p>
        <Text>{reason.message}</Text>
      </p>
      <p className="row">
        <Name>{reason.subject[1]}</Name>
        {reason.object && (
          <>
            <span className="faint">with</span>
            <DatasetName namespace={reason.object[0]} name={reason.object[1]} short />
          </>
        )}
      </p>
    </li>
  );
}

function Doing({ event, onDone }: { event: Whole; onDone: (done: Done) => void }) {
  const [asking, setAsking] = useState<"release" | "discard">();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const act = async () => {
    setBusy(true);
    setError(undefined);
    try {
      if (asking === "release") onDone({ how: "released", receipt: await release(event.id) });
      else {
        await discard(event.id);
        onDone({ how: "discarded" });
      }
      forget(queries);
    } catch (failed) {
      setError(failed instanceof Error ? failed : new Error(String(failed)));
      setBusy(false);
    }
  };
  const close = () => {
    setAsking(undefined);
    setError(undefined);
  };
  return (
    <div className="row">
      <button type="button" className="btn" onClick={() => setAsking("discard")}>
        <Icon name="cross" size={16} /> Discard
      </button>
      <button type="button" className="btn primary" onClick={() => setAsking("release")}>
        <Icon name="check" size={16} /> Release
      </button>
      {asking && (
        <Ask
          title={asking === "release" ? "Release this event?" : "Discard this event?"}
          yes={asking === "release" ? "Release" : "Discard"}
          busy={busy}
          onYes={act}
          onNo={close}
        >
          <p>
            {asking === "release"
              ? "It goes into the log and the graph, whatever contracts say; from there it cannot be taken out. What it breaks shows among the violations."
              : "It is deleted from this server. If its sender sends it again, it is looked at anew."}
          </p>
          {error && (
            <Note tone="bad" alert>
              <strong>That did not work.</strong> {error.message}
            </Note>
          )}
        </Ask>
      )}
    </div>
  );
}

function Outcome({ event, done }: { event: Whole; done: Done }) {
  return (
    <div role="status">
      <Note tone="good">
        {done.how === "released" ? (
          <>
            Released: it is event {count(done.receipt.seq)} of the log
            {done.receipt.status === "duplicate" && ", where it was already"}.{" "}
            <To to="/contracts" params={{ name: event.reasons[0]?.subject[1] }}>
              What it breaks
            </To>
          </>
        ) : (
          "Discarded: it is no more on this server."
        )}{" "}
        <To to="/quarantine">Back to the quarantine</To>
      </Note>
    </div>
  );
}
