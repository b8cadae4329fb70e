// The small parts that all pages are made of.
import { Fragment, type ReactNode, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { ago, count, layerKind, plain, time } from "../lib/format";
import { datasetAt, jobAt, type Params, To } from "../lib/nav";
import { Icon, type IconName } from "./Icon";

/** Text that came with an event: shown as it is, whatever is in it. */
export function Text({ children }: { children: string | null | undefined }) {
  return <bdi>{plain(children ?? "")}</bdi>;
}

/** A name that may be broken after its separators rather than within its words. */
export function Name({ children }: { children: string }) {
  const parts = plain(children).split(/(?<=[._/:-])/);
  return (
    <bdi>
      {parts.map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  );
}

export function Layer({ layer }: { layer: string | null | undefined }) {
  const kind = layerKind(layer);
  const hint = layer ? `Layer ${layer}` : "No rule and no tag says which layer this is in";
  return (
    <span className={`badge is-${kind} ${kind}`} title={hint}>
      <span>{layer ? <Text>{layer}</Text> : "unclassified"}</span>
    </span>
  );
}

export type Tone = "good" | "warn" | "bad" | "info" | "other";

export function Badge({
  tone = "other",
  dot,
  title,
  children,
}: {
  tone?: Tone;
  dot?: boolean;
  title?: string;
  children: ReactNode;
}) {
  return (
    <span className={`badge is-${tone}`} title={title}>
      {dot && <i className="dot" />}
      <span>{children}</span>
    </span>
  );
}

export function TagBadge({ tag }: { tag: { key: string; value: string } }) {
  const text = tag.value ? `${tag.key}:${tag.value}` : tag.key;
  return (
    <span className="badge tag">
      <span>
        <Text>{text}</Text>
      </span>
    </span>
  );
}

/** Whether news come as they happen. */
export function Live({ connected }: { connected: boolean | undefined }) {
  const [tone, word]: [Tone, string] =
    connected === undefined
      ? ["other", "connecting"]
      : connected
        ? ["good", "live"]
        : ["warn", "not connected, trying again"];
  return (
    <Badge tone={tone} dot>
      {word}
    </Badge>
  );
}

const STATES: Record<string, [Tone, string]> = {
  COMPLETE: ["good", "complete"],
  FAIL: ["bad", "failed"],
  ABORT: ["warn", "aborted"],
  RUNNING: ["info", "running"],
  START: ["info", "started"],
  OTHER: ["other", "other"],
};

export function State({ state }: { state: string }) {
  const [tone, word] = STATES[state] ?? ["other", state];
  return (
    <Badge tone={tone} dot>
      {word}
    </Badge>
  );
}

export function When({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="faint">–</span>;
  return (
    <time dateTime={at} title={time(at)} className="nowrap">
      {ago(at)}
    </time>
  );
}

interface Named {
  namespace: string;
  name: string;
  /** Without the namespace. */
  short?: boolean;
}

function Linked({ to: [to, params], namespace, name, short }: Named & { to: [string, Params] }) {
  return (
    <>
      <To to={to} params={params} className="name">
        <Name>{name}</Name>
      </To>
      {!short && (
        <span className="where">
          <Text>{namespace}</Text>
        </span>
      )}
    </>
  );
}

export const DatasetName = (of: Named) => <Linked {...of} to={datasetAt(of.namespace, of.name)} />;
export const JobName = (of: Named) => <Linked {...of} to={jobAt(of.namespace, of.name)} />;

export function Owners({ owners }: { owners: { name: string; type?: string | null }[] }) {
  if (owners.length === 0) return <span className="faint">nobody</span>;
  return (
    <span className="row">
      {owners.map((owner) => (
        <span key={owner.name} title={owner.type ?? undefined}>
          <Text>{owner.name}</Text>
        </span>
      ))}
    </span>
  );
}

export function Card({
  title,
  total,
  end,
  children,
  pad,
}: {
  title: ReactNode;
  total?: number;
  end?: ReactNode;
  children: ReactNode;
  pad?: boolean;
}) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {total !== undefined && <span className="count">{count(total)}</span>}
        {end && <div className="end">{end}</div>}
      </header>
      {pad ? <div className="body">{children}</div> : children}
    </section>
  );
}

export function Note({
  tone = "info",
  children,
  alert,
}: {
  tone?: Exclude<Tone, "other">;
  children: ReactNode;
  alert?: boolean;
}) {
  const icon: IconName = tone === "info" ? "info" : tone === "good" ? "check" : "warn";
  return (
    <div className={`note is-${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={icon} size={16} />
      <div>{children}</div>
    </div>
  );
}

/** What failed, and a way on. What was typed is in the URL and stays. */
export function Failed({ error, again }: { error: Error; again?: () => void }) {
  const code = error instanceof ApiError ? error.code : "ERROR";
  return (
    <Note tone="bad" alert>
      <strong>This could not be answered.</strong> {error.message}{" "}
      <span className="mono">({code})</span>
      {again && (
        <div className="row">
          <button type="button" className="btn small" onClick={again}>
            Try again
          </button>
        </div>
      )}
    </Note>
  );
}

export function Bones({ lines = 4 }: { lines?: number }) {
  const widths = [62, 88, 74, 94, 55, 80];
  return (
    <div className="bones" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        <div key={at} className="bone" style={{ width: `${widths[at % widths.length]}%` }} />
      ))}
    </div>
  );
}

export function Empty({
  icon = "info",
  title,
  children,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon name={icon} size={26} />
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}

export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" className="btn small" onClick={copy} aria-label={label} title={label}>
      <Icon name={done ? "check" : "copy"} size={14} />
      {done && "copied"}
    </button>
  );
}

export function Code({ text, wrap, label }: { text: string; wrap?: boolean; label?: string }) {
  return (
    <div className="coded">
      <pre
        className={`code ${wrap ? "wrap" : ""}`}
        tabIndex={0}
        role="region"
        aria-label={label ?? "Code"}
      >
        {plain(text)}
      </pre>
      <Copy text={text} />
    </div>
  );
}

export interface TabOf {
  id: string;
  label: string;
  total?: number;
}

export function Tabs({
  tabs,
  at,
  onPick,
  label,
}: {
  tabs: TabOf[];
  at: string;
  onPick: (id: string) => void;
  label: string;
}) {
  const list = useRef<HTMLDivElement>(null);
  // On a narrow screen the list scrolls: what is picked is to be seen. The page itself stays.
  useEffect(() => {
    const row = list.current;
    const tab = row?.querySelector<HTMLElement>(`[data-tab="${at}"]`);
    if (!row || !tab) return;
    const [box, own] = [row.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (own.right > box.right) row.scrollLeft += own.right - box.right;
    else if (own.left < box.left) row.scrollLeft -= box.left - own.left;
  }, [at]);
  const step = (by: number) => {
    const next = tabs[(tabs.findIndex((tab) => tab.id === at) + by + tabs.length) % tabs.length];
    if (!next) return;
    onPick(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={label}
      ref={list}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") step(1);
        if (event.key === "ArrowLeft") step(-1);
      }}
    >
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`tab-${tab.id}`}
          data-tab={tab.id}
          aria-selected={tab.id === at}
          aria-controls="panel"
          tabIndex={tab.id === at ? 0 : -1}
          onClick={() => onPick(tab.id)}
        >
          {tab.label}
          {tab.total !== undefined && <span className="count"> {count(tab.total)}</span>}
        </button>
      ))}
    </div>
  );
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Headwater` : "Headwater";
  }, [title]);
}
