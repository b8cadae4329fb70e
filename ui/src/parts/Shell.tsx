// The frame round every page: navigation, search from everywhere, the time that is looked at, theme.
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { To, useAsOf } from "../lib/nav";
import { setTheme, useTheme } from "../lib/theme";
import { AsOf, AsOfNote } from "./AsOf";
import { Icon, type IconName } from "./Icon";
import { Palette } from "./Palette";

const PAGES: { to: string; icon: IconName; word: string; also?: string[] }[] = [
  { to: "/", icon: "search", word: "Find", also: ["/dataset", "/job", "/run"] },
  { to: "/lineage", icon: "lineage", word: "Lineage" },
  { to: "/impact", icon: "impact", word: "Impact" },
  { to: "/checks", icon: "check", word: "Checks" },
  { to: "/contracts", icon: "contract", word: "Contracts", also: ["/quarantine"] },
  { to: "/status", icon: "status", word: "Status" },
  { to: "/send", icon: "send", word: "Send" },
];

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Shell() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [open, setOpen] = useState(false);
  const dark = useTheme() === "dark";
  const asOf = useAsOf();
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea");
      const palette = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey);
      if (palette || (event.key === "/" && !typing)) {
        event.preventDefault();
        setOpen(true);
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const links = PAGES.map(({ to, icon, word, also }) => {
    const within = (above: string) =>
      path === above || (above !== "/" && path.startsWith(`${above}/`));
    const active = within(to) || also?.some(within);
    return (
      <To
        key={to}
        to={to}
        className={active ? "active" : undefined}
        aria-current={path === to ? "page" : undefined}
      >
        <Icon name={icon} />
        <span>{word}</span>
      </To>
    );
  });
  return (
    <div className={path === "/lineage" ? "frame narrow" : "frame"}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <To to="/" className="logo" aria-label="Headwater, to the start">
          <img src="/icon.svg" alt="" />
          <span>Headwater</span>
        </To>
        <button type="button" className="jump" onClick={() => setOpen(true)}>
          <Icon name="search" size={16} />
          <span>Go to a dataset, column or job</span>
          <kbd>{MAC ? "⌘ K" : "Ctrl K"}</kbd>
        </button>
        <div className="bar-end">
          <AsOf />
          <button
            type="button"
            className="btn plain icon"
            onClick={() => setTheme(dark ? "light" : "dark")}
            aria-label={dark ? "Use the light theme" : "Use the dark theme"}
            title={dark ? "Light" : "Dark"}
          >
            <Icon name={dark ? "sun" : "moon"} />
          </button>
        </div>
      </header>
      <nav className="side" aria-label="Pages">
        {links}
        <p className="side-foot">
          Answers are also at <a href="/schema.graphql">GraphQL</a>
        </p>
      </nav>
      <main id="main" className={path === "/lineage" ? "main wide" : "main"} tabIndex={-1}>
        {asOf && path !== "/lineage" && <AsOfNote asOf={asOf} />}
        <Outlet />
      </main>
      <nav className="tabbar" aria-label="Pages, at the bottom">
        {links}
      </nav>
      {open && <Palette close={() => setOpen(false)} />}
    </div>
  );
}
