// What every test holds: no error on the console, no request to another machine.
import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

export const DEMO = () => process.env.DEMO_URL ?? "";
export const EMPTY = () => process.env.EMPTY_URL ?? "";

export const SNOWFLAKE = "snowflake://acme-prod";

/** A path of the catalog with its parameters. */
export function at(path: string, params: Record<string, string | string[]> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    for (const one of [value].flat()) search.append(key, one);
  return `${DEMO()}${path}?${search}`;
}

/** Nothing on the console is allowed unless a test says what. */
export const test = base.extend<{ allowed: RegExp }>({
  allowed: [/(?!)/, { option: true }],
  page: async ({ page, allowed }, use) => {
    const wrong: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") wrong.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`thrown: ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      const local = ["127.0.0.1", ""].includes(url.hostname) || url.protocol === "blob:";
      if (!local) wrong.push(`request to ${url.host}`);
    });
    await use(page);
    expect(wrong.filter((one) => !allowed.test(one))).toEqual([]);
  },
});

/** No violation of what axe knows, on the page as it is now. */
export async function accessible(page: Page) {
  const found = await new AxeBuilder({ page }).analyze();
  const told = found.violations.map(
    (one) =>
      `${one.id}: ${one.help}\n  ${one.nodes
        .map((node) => `${node.target} ${node.failureSummary}`)
        .slice(0, 4)
        .join("\n  ")}`,
  );
  expect(told).toEqual([]);
}

/** The file that a button gives. */
export async function file(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return readFileSync(await download.path());
}

export { expect };
