// Takes the pictures of docs/img from a server with the demo estate: node scripts/screenshots.mjs URL
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";

const url = process.argv[2];
if (!url) throw new Error("usage: node scripts/screenshots.mjs <address of a demo server>");
const out = new URL("../../docs/img/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });

const SNOWFLAKE = "snowflake://acme-prod";
const orders = `dataset|${SNOWFLAKE}|ANALYTICS.MARTS.FCT_ORDERS`;
const net = `column|${SNOWFLAKE}|ANALYTICS.MARTS.FCT_ORDERS|net_amount`;
const removed = `COLUMN_REMOVED|${SNOWFLAKE}|RAW.SHOP.ORDERS|total_cents|`;
const at = (path, params = {}) => `${url}${path}?${new URLSearchParams(params)}`;

/** name, address, width, theme, what must be there before the picture is taken */
const SHOTS = [
  ["find", at("/", { q: "revenue" }), 1280, "light", ".hits mark"],
  [
    "dataset",
    at("/dataset", { namespace: SNOWFLAKE, name: "ANALYTICS.MARTS.FCT_ORDERS" }),
    1280,
    "light",
    "tbody tr",
  ],
  [
    "lineage-columns",
    at("/lineage", { focus: orders, column: net, level: "column" }),
    1280,
    "light",
    ".litlayer[data-direct]:not([data-direct='0'])",
  ],
  ["lineage-estate", at("/lineage", { whole: "1" }), 1280, "dark", ".gnode"],
  [
    "impact",
    at("/impact", { namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS", change: removed }),
    1280,
    "light",
    ".verdict",
  ],
  ["contracts", at("/contracts"), 1280, "light", ".violations > li"],
  ["status", at("/status"), 1280, "dark", ".bars"],
  ["lineage-phone", at("/lineage", { focus: orders }), 390, "dark", ".gnode"],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
for (const [name, address, width, theme, there] of SHOTS) {
  const page = await browser.newPage({
    viewport: { width, height: width < 500 ? 844 : 800 },
    colorScheme: theme,
    timezoneId: "UTC",
  });
  await page.goto(address);
  await page.locator(there).first().waitFor({ state: "attached" });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${out}${name}.jpg`, type: "jpeg", quality: 80 });
  await page.close();
}
await browser.close();
