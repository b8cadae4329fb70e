// Where links lead. All state of a page is in its URL; the time that is looked at (`asOf`) goes
// along from page to page.
import { useNavigate, useRouterState } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react";

export type Params = Record<string, string | string[] | undefined>;

export function readParams(text: string): Params {
  const params: Params = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const held = params[key];
    if (held === undefined) params[key] = value;
    else params[key] = Array.isArray(held) ? [...held, value] : [held, value];
  }
  return params;
}

export function writeParams(params: Params): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) out.append(key, one);
  }
  const text = out.toString();
  return text ? `?${text}` : "";
}

export function href(path: string, params: Params = {}): string {
  return path + writeParams(params);
}

export function useParams(): Params {
  return useRouterState({ select: (state) => state.location.search as Params });
}

export function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

export function all(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function useAsOf(): string | undefined {
  return one(useParams().asOf);
}

/** Changes some of the URL's values. With `replace` no step of the history is made. */
export function useSetParams(): (change: Params, replace?: boolean) => void {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (change, replace = false) => {
    const params = { ...readParams(location.search), ...change };
    navigate({ href: href(path, params), replace, resetScroll: false });
  };
}

export function useGo(): (to: string) => void {
  const navigate = useNavigate();
  return (to) => navigate({ href: to });
}

/** A link within the catalog that keeps the time that is looked at. */
export function To({
  to,
  params = {},
  children,
  ...rest
}: { to: string; params?: Params; children: ReactNode } & Omit<
  AnchorHTMLAttributes<HTMLAnchorElement>,
  "href"
>) {
  const go = useGo();
  const asOf = useAsOf();
  const target = href(to, { ...params, asOf: params.asOf ?? asOf });
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    rest.onClick?.(event);
    const own = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (event.defaultPrevented || !own) return;
    event.preventDefault();
    go(target);
  };
  return (
    <a {...rest} href={target} onClick={follow}>
      {children}
    </a>
  );
}

export const datasetAt = (namespace: string, name: string): [string, Params] => [
  "/dataset",
  { namespace, name },
];
export const jobAt = (namespace: string, name: string): [string, Params] => [
  "/job",
  { namespace, name },
];
