// The time that is looked at: now, or an earlier one that goes along from page to page.
import { useEffect, useRef, useState } from "react";
import { time } from "../lib/format";
import { useAsOf, useSetParams } from "../lib/nav";
import { Note } from "./basic";
import { Icon } from "./Icon";

/** A time as the field for it wants it, in the reader's zone. */
export function localTime(iso: string | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function isoTime(local: string): string | undefined {
  const at = new Date(local);
  return local && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

const DAY = 86_400_000;
const STEPS: [string, number][] = [
  ["A day ago", 1],
  ["A week ago", 7],
  ["A month ago", 30],
];

export function AsOf() {
  const asOf = useAsOf();
  const set = useSetParams();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      const outside = !box.current?.contains(event.target as Node);
      if (outside || (event instanceof KeyboardEvent && event.key === "Escape")) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("keydown", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("keydown", away);
    };
  }, [open]);
  const pick = (iso: string | undefined) => {
    set({ asOf: iso });
    setOpen(false);
  };
  return (
    <div className="asof" ref={box}>
      <button
        type="button"
        className="btn"
        aria-label={asOf ? `As of ${time(asOf)}` : "Now"}
        aria-expanded={open}
        aria-pressed={!!asOf}
        onClick={() => setOpen(!open)}
        title="Show the catalog as of another time"
      >
        <Icon name="clock" size={16} />
        <span>{asOf ? time(asOf) : "Now"}</span>
      </button>
      {open && (
        <div className="pop" role="dialog" aria-label="Time to look at">
          <label htmlFor="as-of">Show the catalog as of</label>
          <input
            id="as-of"
            className="field"
            type="datetime-local"
            defaultValue={localTime(asOf ?? new Date().toISOString())}
            onKeyDown={(event) => {
              if (event.key === "Enter") pick(isoTime(event.currentTarget.value));
            }}
            onBlur={(event) => {
              const picked = isoTime(event.currentTarget.value);
              if (
                picked &&
                localTime(picked) !== localTime(new Date().toISOString()) &&
                picked !== asOf
              )
                set({ asOf: picked });
            }}
          />
          <div className="row">
            {STEPS.map(([word, days]) => (
              <button
                key={word}
                type="button"
                className="btn small"
                onClick={() => pick(new Date(Date.now() - days * DAY).toISOString())}
              >
                {word}
              </button>
            ))}
            <button type="button" className="btn small" onClick={() => pick(undefined)}>
              Now
            </button>
          </div>
        </div>
      )}
    </div>
  );
}

export function AsOfNote({ asOf }: { asOf: string }) {
  const set = useSetParams();
  return (
    <div className="asof-note">
      <Note>
        You see columns, neighbours and lineage as of <strong>{time(asOf)}</strong>.{" "}
        <button type="button" className="btn small" onClick={() => set({ asOf: undefined })}>
          Back to now
        </button>
      </Note>
    </div>
  );
}
