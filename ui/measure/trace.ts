// CPU time of all threads of the browser, from a trace. Unlike times on the clock it stays about the same
// when other programs keep the machine busy.
import type { Browser, Page } from "@playwright/test";

interface Event {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  tdur?: number;
  args: { name?: string };
}

/** Milliseconds of CPU by thread while something is done. */
export async function cpu(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
): Promise<Map<string, number>> {
  const categories = ["toplevel", "__metadata"];
  await browser.startTracing(page, { categories });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: Event[];
  };
  const names = new Map<string, string>();
  for (const event of traceEvents)
    if (event.name === "thread_name")
      names.set(`${event.pid}/${event.tid}`, (event.args.name ?? "").replace(/\/?\d+$/, ""));
  const found = new Map<string, number>();
  for (const event of traceEvents) {
    if (event.ph !== "X" || !/RunTask$/.test(event.name)) continue;
    const thread = names.get(`${event.pid}/${event.tid}`) ?? "other";
    found.set(thread, (found.get(thread) ?? 0) + (event.tdur ?? 0) / 1000);
  }
  return found;
}
