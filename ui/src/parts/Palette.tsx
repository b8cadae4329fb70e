// Go to anything by typing a part of its name: Ctrl K (⌘ K) or /.
import { useEffect, useRef, useState } from "react";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { PaletteQuery } from "../gql/graphql";
import { href, useAsOf, useGo } from "../lib/nav";
import { setTheme, theme } from "../lib/theme";
import { Layer, Text } from "./basic";
import { Icon, type IconName } from "./Icon";

const PALETTE = graphql(`
  query Palette($text: String!) {
    search(query: $text, first: 12) {
      total
      nodes { id kind namespace name column layer }
    }
  }
`);

type Hit = PaletteQuery["search"]["nodes"][number];

export interface Choice {
  id: string;
  icon: IconName;
  title: string;
  where?: string;
  layer?: string | null;
  to?: string;
  run?: () => void;
}

const PAGES: Choice[] = [
  { id: "p-find", icon: "search", title: "Find datasets, columns and jobs", to: "/" },
  { id: "p-lineage", icon: "lineage", title: "Lineage of the whole estate", to: "/lineage" },
  { id: "p-impact", icon: "impact", title: "Impact of a planned change", to: "/impact" },
  {
    id: "p-contracts",
    icon: "contract",
    title: "Contracts: violations, layers, consumers",
    to: "/contracts",
  },
  {
    id: "p-quarantine",
    icon: "contract",
    title: "Quarantine: events that contracts turned away",
    to: "/quarantine",
  },
  { id: "p-status", icon: "status", title: "Status: emitters, lag, warnings", to: "/status" },
  { id: "p-send", icon: "send", title: "How to send events", to: "/send" },
  {
    id: "p-theme",
    icon: "moon",
    title: "Switch between light and dark",
    run: () => setTheme(theme() === "dark" ? "light" : "dark"),
  },
];

export const ICON_OF = { DATASET: "dataset", COLUMN: "column", JOB: "job" } as const;

/** Where a hit leads: a column to the lineage of that column on its dataset's page. */
export function hitLink(hit: Pick<Hit, "kind" | "namespace" | "name" | "column">, asOf?: string) {
  const { namespace, name } = hit;
  if (hit.kind === "JOB") return href("/job", { namespace, name, asOf });
  return href("/dataset", { namespace, name, column: hit.column ?? undefined, asOf });
}

function choices(text: string, hits: Hit[], asOf?: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  const pages = PAGES.filter((page) => page.title.toLowerCase().includes(wanted));
  const found = hits.map((hit) => ({
    id: hit.id,
    icon: ICON_OF[hit.kind],
    title: hit.column ?? hit.name,
    where: hit.column ? `${hit.name} · ${hit.namespace}` : hit.namespace,
    layer: hit.kind === "JOB" ? undefined : hit.layer,
    to: hitLink(hit, asOf),
  }));
  // A page is meant when its title begins so; else names come first.
  const meant = pages.filter((page) => page.title.toLowerCase().startsWith(wanted));
  const rest = pages.filter((page) => !meant.includes(page));
  return wanted ? [...meant, ...found, ...rest] : pages;
}

export function Palette({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const go = useGo();
  const asOf = useAsOf();
  const input = useRef<HTMLInputElement>(null);
  const found = useAsk(PALETTE, { text }, { enabled: text.trim() !== "", keep: true });
  const list = choices(text, text.trim() ? (found.data?.search.nodes ?? []) : [], asOf);
  const picked = Math.min(at, Math.max(list.length - 1, 0));
  useEffect(() => {
    const before = document.activeElement;
    input.current?.focus();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, []);
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.run?.();
    if (choice.to) go(choice.to);
  };
  const move = (to: number) => {
    setAt(to);
    document.getElementById(`choice-${to}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div
      className="veil"
      role="presentation"
      onPointerDown={(event) => event.target === event.currentTarget && close()}
    >
      <div className="palette" role="dialog" aria-modal="true" aria-label="Go to">
        <input
          ref={input}
          role="combobox"
          aria-expanded="true"
          aria-controls="choices"
          aria-activedescendant={list.length ? `choice-${picked}` : undefined}
          aria-label="Name or part of a name"
          placeholder="Name or part of a name"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
            if (event.key === "Tab") event.preventDefault();
            if (event.key === "ArrowDown") move(Math.min(picked + 1, list.length - 1));
            if (event.key === "ArrowUp") move(Math.max(picked - 1, 0));
            if (event.key === "Enter") choose(list[picked]);
            if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) event.preventDefault();
          }}
        />
        <div id="choices" role="listbox" aria-label="Choices">
          {list.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the input above
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input
            <div
              key={choice.id}
              id={`choice-${index}`}
              role="option"
              aria-selected={index === picked}
              onClick={() => choose(choice)}
              onPointerMove={() => setAt(index)}
            >
              <Icon name={choice.icon} />
              <div>
                <span className="name">
                  <Text>{choice.title}</Text>
                </span>
                {choice.where && (
                  <span className="where">
                    <Text>{choice.where}</Text>
                  </span>
                )}
              </div>
              {choice.layer !== undefined && <Layer layer={choice.layer} />}
            </div>
          ))}
        </div>
        {text.trim() && found.data && !found.isPlaceholderData && list.length === 0 && (
          <p className="empty">Nothing has a name like this.</p>
        )}
        {found.error && <p className="empty">{found.error.message}</p>}
        <footer>
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> choose
          </span>
          <span>
            <kbd>Enter</kbd> open
          </span>
          <span>
            <kbd>Esc</kbd> close
          </span>
        </footer>
      </div>
    </div>
  );
}
