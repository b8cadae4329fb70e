// How the server stands: emitters, events a minute as they come, warnings, what lags behind.
import { useEffect, useState } from "react";
import { hear } from "../api/client";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { NewEventsSubscription, StatusPageQuery } from "../gql/graphql";
import { bytes, count, time } from "../lib/format";
import {
  Badge,
  Bones,
  Card,
  Empty,
  Failed,
  JobName,
  Live,
  Note,
  State,
  Text,
  useTitle,
  When,
} from "../parts/basic";
import { DataTable } from "../parts/DataTable";

const STATUS = graphql(`
  query StatusPage {
    status {
      version appliedSeq headSeq searchSeq storeBytes logBytes unreadableEvents sqlWaiting
      broken searchBroken appendFailed logFailed emitterCount emittersComplete
      counts { events datasets columns jobs runs assertions }
    }
    emitters(limit: 500) { producer events duplicates first last warnings { code count } }
  }
`);

const NEWS = graphql(`
  subscription NewEvents {
    newEvents { seq kind state time producer namespace name missed }
  }
`);

type News = NewEventsSubscription["newEvents"];
type Emitter = StatusPageQuery["emitters"][number];
type Status = StatusPageQuery["status"];

const MINUTES = 30;
const SECONDS = 60_000;

/** Events by minute of the last half hour, from when this page was opened. */
function useNews() {
  const [news, setNews] = useState<(News & { heard: number })[]>([]);
  const [minutes, setMinutes] = useState<Map<number, number>>(new Map());
  const [missed, setMissed] = useState(0);
  const [connected, setConnected] = useState<boolean>();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 2000);
    const stop = hear(
      NEWS,
      ({ newEvents }) => {
        const heard = Date.now();
        const minute = Math.floor(heard / SECONDS);
        setMissed((before) => before + newEvents.missed);
        if (newEvents.seq == null) return;
        setNews((before) => [{ ...newEvents, heard }, ...before].slice(0, 40));
        setMinutes((before) => {
          const after = new Map(before);
          after.set(minute, (after.get(minute) ?? 0) + 1);
          for (const old of after.keys()) if (old <= minute - MINUTES) after.delete(old);
          return after;
        });
      },
      setConnected,
    );
    return () => {
      clearInterval(tick);
      stop();
    };
  }, []);
  const last = Math.floor(now / SECONDS);
  const bars = Array.from(
    { length: MINUTES },
    (_, at) => minutes.get(last - MINUTES + 1 + at) ?? 0,
  );
  return { news, bars, missed, connected };
}

function Bars({ bars }: { bars: number[] }) {
  const top = Math.max(...bars, 1);
  const label = `Events in each of the last ${MINUTES} minutes; ${bars.at(-1) ?? 0} in this one`;
  return (
    <svg
      viewBox={`0 0 ${MINUTES * 10} 72`}
      className="bars"
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      {bars.map((value, at) => {
        const height = value === 0 ? 2 : Math.max(4, (value / top) * 68);
        return (
          <rect
            key={at}
            x={at * 10 + 1}
            y={72 - height}
            width="8"
            height={height}
            rx="2"
            className={value ? "on" : ""}
          >
            <title>{`${value} events, ${MINUTES - 1 - at} min ago`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function Problems({ status }: { status: Status }) {
  const said: [string, string | null | undefined][] = [
    ["Nothing is applied any more", status.broken],
    ["The log takes nothing until a restart", status.logFailed],
    ["The last event was not written", status.appendFailed],
    ["Search stands still", status.searchBroken],
  ];
  const wrong = said.filter((one) => one[1]);
  if (wrong.length === 0 && status.unreadableEvents === 0)
    return <Note tone="good">All is well: events are written, applied and found.</Note>;
  return (
    <>
      {wrong.map(([what, why]) => (
        <Note key={what} tone="bad" alert>
          <strong>{what}.</strong> {why}
        </Note>
      ))}
      {status.unreadableEvents > 0 && (
        <Note tone="warn">
          {count(status.unreadableEvents)} events of the log could not be read again; the server's
          log says which.
        </Note>
      )}
    </>
  );
}

function Lag({ what, behind }: { what: string; behind: number }) {
  return (
    <div className="stat card">
      <b>{count(behind)}</b>
      <span>{what}</span>
    </div>
  );
}

export function StatusPage() {
  useTitle("Status");
  const asked = useAsk(STATUS, {}, { every: 3000, keep: true });
  const { news, bars, missed, connected } = useNews();
  const status = asked.data?.status;
  return (
    <div className="page">
      <div className="head">
        <div className="head-row">
          <h1>Status</h1>
          <Live connected={connected} />
        </div>
      </div>
      {asked.error && <Failed error={asked.error} again={() => asked.refetch()} />}
      {asked.isPending && <Bones lines={6} />}
      {status && (
        <>
          <Problems status={status} />
          <div className="stats">
            <Lag what="events not applied yet" behind={status.headSeq - status.appliedSeq} />
            <Lag what="events not in search yet" behind={status.headSeq - status.searchSeq} />
            <Lag what="SQL statements to read" behind={status.sqlWaiting} />
            <div className="stat card">
              <b>{count(status.counts.events)}</b>
              <span>events, {bytes(status.logBytes)} of log</span>
            </div>
            <div className="stat card">
              <b>{count(status.counts.datasets)}</b>
              <span>datasets, {count(status.counts.columns)} columns</span>
            </div>
            <div className="stat card">
              <b>{count(status.counts.runs)}</b>
              <span>runs of {count(status.counts.jobs)} jobs</span>
            </div>
          </div>
          <div className="columns live">
            <Card
              title="Events a minute"
              pad
              end={
                <span className="count">since this page was opened, {MINUTES} minutes at most</span>
              }
            >
              <Bars bars={bars} />
              <p className="row faint bars-legend">
                <span>{MINUTES} min ago</span>
                <span>now</span>
              </p>
              {missed > 0 && (
                <Note tone="warn">
                  {count(missed)} events came too fast to be shown here. None is lost.
                </Note>
              )}
            </Card>
            <Card title="Just now">
              {news.length === 0 ? (
                <Empty icon="clock" title="Waiting for the next event." />
              ) : (
                <ul className="news" aria-live="off">
                  {news.slice(0, 12).map((one) => (
                    <li key={one.seq}>
                      {one.state && <State state={one.state} />}
                      <div>
                        {one.kind === "DATASET" || !one.namespace || !one.name ? (
                          <Text>{one.name}</Text>
                        ) : (
                          <JobName namespace={one.namespace} name={one.name} short />
                        )}
                      </div>
                      <span className="faint nowrap" title={time(one.time)}>
                        #{one.seq}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          </div>
          <Emitters emitters={asked.data?.emitters ?? []} status={status} />
        </>
      )}
    </div>
  );
}

function Emitters({ emitters, status }: { emitters: Emitter[]; status: Status }) {
  const warned = (one: Emitter) => one.warnings.reduce((sum, warning) => sum + warning.count, 0);
  return (
    <Card title="Emitters" total={status.emitterCount}>
      {!status.emittersComplete && <Note>Older events are still being counted.</Note>}
      <DataTable
        label="Emitters"
        rows={emitters}
        id={(one) => one.producer}
        columns={[
          {
            id: "producer",
            title: "Producer",
            cell: (one) => (
              <span className="name">
                <Text>{one.producer}</Text>
              </span>
            ),
            sort: (one) => one.producer,
          },
          {
            id: "events",
            title: "Events",
            num: true,
            cell: (one) => count(one.events),
            sort: (one) => one.events,
          },
          {
            id: "duplicates",
            title: "Sent again",
            num: true,
            cell: (one) => count(one.duplicates),
            sort: (one) => one.duplicates,
          },
          {
            id: "last",
            title: "Latest event",
            cell: (one) => <When at={one.last} />,
            sort: (one) => one.last,
          },
          {
            id: "warnings",
            title: "Warnings",
            cell: (one) =>
              one.warnings.length === 0 ? (
                <span className="faint">none</span>
              ) : (
                <span className="row">
                  {one.warnings.map((warning) => (
                    <Badge key={warning.code} tone="warn">
                      {warning.code} {count(warning.count)}
                    </Badge>
                  ))}
                </span>
              ),
            sort: warned,
          },
        ]}
      />
    </Card>
  );
}
