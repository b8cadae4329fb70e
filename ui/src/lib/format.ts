// Numbers, times and names as people read them.

const NUMBER = new Intl.NumberFormat("en-GB");
const SHORT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number | null | undefined): string {
  return value == null ? "–" : NUMBER.format(value);
}

export function compact(value: number | null | undefined): string {
  return value == null ? "–" : SHORT.format(value);
}

/** "1 dataset", "2 datasets". */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

export function bytes(value: number | null | undefined): string {
  if (value == null) return "–";
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let at = 0;
  let left = value;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${left >= 100 || at === 0 ? Math.round(left) : left.toFixed(1)} ${units[at]}`;
}

export function duration(ms: number | null | undefined): string {
  if (ms == null) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min ${Math.round(s % 60)} s`;
  const h = Math.floor(m / 60);
  return h < 48 ? `${h} h ${m % 60} min` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

const TIME = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

export function time(iso: string | null | undefined): string {
  if (!iso) return "–";
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : TIME.format(at);
}

/** How long ago, roughly; a far past gets its date. */
export function ago(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return "never";
  const at = new Date(iso).getTime();
  if (Number.isNaN(at)) return iso;
  const s = Math.round((now - at) / 1000);
  if (s < 0) return time(iso);
  if (s < 60) return "just now";
  const m = Math.round(s / 60);
  if (m < 60) return `${m} min ago`;
  const h = Math.round(m / 60);
  if (h < 36) return `${h} h ago`;
  const d = Math.round(h / 24);
  return d < 60 ? `${d} days ago` : time(iso);
}

/** The last part of a name, for where there is little room. */
export function shortName(name: string): string {
  const parts = name.split(/[./]/).filter(Boolean);
  return parts.at(-1) ?? name;
}

/** Only http and https lead anywhere: what an event tells is not to be trusted. */
export function safeUrl(url: string | null | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url);
    return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/** Characters that turn the direction of text or cannot be seen are shown as what they are. */
export function plain(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (mark) => `\u27e8U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );
}

/** "In no layer", where a layer is named in a URL. */
export const NO_LAYER = "(none)";

const KNOWN = ["raw", "staging", "intermediate", "mart"];

/** The layers in the order of the flow; what is not known comes before marts, none comes last. */
export function layerRank(layer: string | null | undefined): number {
  if (!layer) return 9;
  const at = KNOWN.indexOf(layer.toLowerCase().replace(/s$/, ""));
  return at < 0 ? 2.5 : at;
}

/** The style of a layer. */
export function layerKind(layer: string | null | undefined): string {
  if (!layer) return "none";
  const known = layer.toLowerCase().replace(/s$/, "");
  return KNOWN.includes(known) ? known : "other";
}

/**
 * JSON over several lines. Only spaces change: nothing is parsed and written again, so that numbers
 * keep their digits, and a text that was cut is shown as far as it goes.
 */
export function prettyJson(text: string): string {
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  tokens.forEach((token, at) => {
    const opens = token === "{" || token === "[";
    const closes = token === "}" || token === "]";
    const empty = closes && /^[{[]$/.test(tokens[at - 1] ?? "");
    if (closes) {
      depth = Math.max(0, depth - 1);
      if (!empty) out += line();
    }
    out += token;
    if (opens) {
      depth += 1;
      if (!/^[}\]]$/.test(tokens[at + 1] ?? "")) out += line();
    }
    if (token === ",") out += line();
    if (token === ":") out += " ";
  });
  return out;
}
