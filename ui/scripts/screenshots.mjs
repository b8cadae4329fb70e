// Pictures of the pages of a server with the demo estate.
//
//   node scripts/screenshots.mjs URL          those of docs/img, anew
//   node scripts/screenshots.mjs URL FOLDER   every page at 1280 and 390 px, light and dark, to look at
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";

const [, , url, folder] = process.argv;
if (!url)
  throw new Error("usage: node scripts/screenshots.mjs <address of a demo server> [folder]");
const out = folder ? `${folder}/` : new URL("../../docs/img/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });

const SNOWFLAKE = "snowflake://acme-prod";
const FCT = { namespace: SNOWFLAKE, name: "ANALYTICS.MARTS.FCT_ORDERS" };
const orders = `dataset|${SNOWFLAKE}|${FCT.name}`;
const net = `column|${SNOWFLAKE}|${FCT.name}|net_amount`;
const removed = `COLUMN_REMOVED|${SNOWFLAKE}|RAW.SHOP.ORDERS|total_cents|`;

async function ask(query) {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).data;
}

const JOB = { namespace: "dbt-prod", name: "ANALYTICS.MARTS.acme.fct_orders.build.run" };
const data = await ask(`{
  job(namespace: "${JOB.namespace}", name: "${JOB.name}") { runs(first: 1) { nodes { id } } }
  checks(first: 1) { nodes { id } }
}`);
const run = data?.job?.runs.nodes[0]?.id;
const check = data?.checks?.nodes[0]?.id;
const kept = await (await fetch(`${url}/api/v1/quarantine`)).json();
const turned = kept.events[0]?.id;

/** Name, path, parameters, and what must be there before the picture is taken. */
const PAGES = {
  find: ["/", { q: "revenue" }, ".hits mark"],
  start: ["/", {}, ".hits .hit"],
  dataset: ["/dataset", FCT, "tbody tr"],
  ...Object.fromEntries(
    ["upstream", "downstream", "making", "quality", "history", "facts"].map((tab) => [
      `dataset-${tab}`,
      ["/dataset", { ...FCT, tab }, "#panel > *"],
    ]),
  ),
  job: ["/job", JOB, "tbody tr"],
  "job-code": ["/job", { ...JOB, tab: "code" }, "#panel > *"],
  ...(run && { run: ["/run", { id: run }, "main .card"] }),
  "lineage-summary": ["/lineage", {}, ".summary"],
  lineage: ["/lineage", { focus: orders }, ".gnode"],
  "lineage-columns": [
    "/lineage",
    { focus: orders, column: net, level: "column" },
    ".litlayer[data-direct]:not([data-direct='0'])",
  ],
  "lineage-column": [
    "/lineage",
    { focus: orders, column: net, level: "column", only: "1" },
    ".litlayer[data-direct]:not([data-direct='0'])",
  ],
  "lineage-estate": ["/lineage", { whole: "1" }, ".gnode"],
  "lineage-table": ["/lineage", { focus: orders, view: "table" }, "tbody tr"],
  impact: [
    "/impact",
    { namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS", change: removed },
    ".verdict",
  ],
  checks: ["/checks", {}, "main .card, main .empty"],
  ...(check && { check: [`/checks/${check}`, {}, ".verdict"] }),
  contracts: ["/contracts", {}, ".violations > li"],
  ...Object.fromEntries(
    ["contracts", "layers", "consumers", "exceptions"].map((tab) => [
      `contracts-${tab}`,
      ["/contracts", { tab }, "#panel > *"],
    ]),
  ),
  quarantine: ["/quarantine", {}, "main .card, main .empty"],
  ...(turned && { turned: [`/quarantine/${turned}`, {}, "main .card"] }),
  status: ["/status", {}, ".bars"],
  send: ["/send", {}, "pre"],
  missing: ["/nothing", {}, "h1"],
};

/** What the documentation shows: page, width, theme, and the name of the file where it is another. */
const KEPT = [
  ["find", 1280, "light"],
  ["dataset", 1280, "light"],
  ["lineage-column", 1280, "light", "lineage-columns"],
  ["lineage-estate", 1280, "dark"],
  ["impact", 1280, "light"],
  ["contracts", 1280, "light"],
  ["status", 1280, "dark"],
  ["lineage", 390, "dark", "lineage-phone"],
];
if (check) KEPT.push(["check", 1280, "light"]);
if (turned) KEPT.push(["turned", 1280, "light", "quarantine"]);

const every = Object.keys(PAGES).flatMap((page) =>
  [1280, 390].flatMap((width) =>
    ["light", "dark"].map((theme) => [page, width, theme, `${page}-${width}-${theme}`]),
  ),
);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
for (const [name, width, theme, file = name] of folder ? every : KEPT) {
  const [path, params, there] = PAGES[name];
  const page = await browser.newPage({
    viewport: { width, height: width < 500 ? 844 : 800 },
    colorScheme: theme,
    timezoneId: "UTC",
  });
  await page.goto(`${url}${path}?${new URLSearchParams(params)}`);
  await page.locator(there).first().waitFor({ state: "attached" });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${out}${file}.jpg`, type: "jpeg", quality: 80 });
  await page.close();
}
await browser.close();
