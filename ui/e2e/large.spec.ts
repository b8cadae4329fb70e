// Large graphs, measured in a Chromium without a graphics card. The limits are for such a machine while
// it does other things too; scripts/measure-ui.sh measures, and docs/BENCHMARKS.md has the figures.

import { accessible, expect, file, test } from "./base";
import { nameOf } from "./estate";

const LARGE = () => process.env.LARGE_URL ?? "";
const COLUMNS = () => process.env.COLUMNS_URL ?? "";

const p95 = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;
const said = (what: string, value: number) =>
  console.log(`measured: ${what} ${Math.round(value * 10) / 10}`);

test("5,000 datasets: groups first, all of them on a canvas, quick to pan", async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto(`${LARGE()}/lineage`);
  await expect(page.getByRole("heading", { name: "Lineage of the estate" })).toBeVisible();
  const arrived = page.waitForResponse(async (response) => {
    const asked = response.request().postData() ?? "";
    return response.url().endsWith("/graphql") && asked.includes("NeighbourhoodBones");
  });
  await page.getByRole("link", { name: /Draw all 5,000 datasets/ }).click();
  await (await arrived).finished();
  const start = Date.now();
  const canvas = page.locator(".overview > canvas").first();
  await expect(canvas).toHaveAttribute("data-painted", /\d/, { timeout: 20_000 });
  said("5,000 nodes, answer to paint, ms", Date.now() - start);
  await expect(page.getByText("5,000 nodes: an overview")).toBeVisible();
  await accessible(page);
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no canvas");
  for (const zoomed of [false, true]) {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    if (zoomed) {
      for (let at = 0; at < 12; at += 1) await page.mouse.wheel(0, -300);
    }
    const frames = page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const gaps: number[] = [];
          let last = performance.now();
          const tick = (now: number) => {
            gaps.push(now - last);
            last = now;
            if (gaps.length < 90) requestAnimationFrame(tick);
            else resolve(gaps.slice(5));
          };
          requestAnimationFrame(tick);
        }),
    );
    await page.mouse.down();
    for (let at = 0; at < 60; at += 1)
      await page.mouse.move(box.x + 400 + at * 4, box.y + 300 + (at % 7) * 6);
    await page.mouse.up();
    const gap = p95(await frames);
    said(`5,000 nodes, pan ${zoomed ? "near" : "far"}, p95 ms a frame`, gap);
    expect(gap).toBeLessThan(200);
  }
  await page.getByRole("searchbox", { name: "Find in the graph" }).fill("l10.table_0100");
  await expect(page.getByText("1 found")).toBeVisible();
});

test("500 datasets of 8 columns: pointing at a column lights its path at once", async ({
  page,
}) => {
  test.setTimeout(60_000);
  const focus = `dataset|estate|${nameOf(9, 25)}`;
  const url = new URL(`${COLUMNS()}/lineage`);
  for (const [key, value] of Object.entries({
    focus,
    level: "column",
    x: [`U:${focus}`, `D:${focus}`],
  }))
    for (const one of [value].flat()) url.searchParams.append(key, one);
  await page.goto(url.href);
  await expect(page.locator(".gnode.focus")).toBeVisible({ timeout: 20_000 });
  const columns = page.locator(".gnode.focus .gcolumns button");
  const times = await columns.evaluateAll(async (buttons) => {
    const found: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const button of buttons) {
        const start = performance.now();
        button.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
        button.dispatchEvent(new PointerEvent("pointerenter", { bubbles: true }));
        await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        found.push(performance.now() - start);
      }
    }
    return found;
  });
  await expect(page.locator(".litlayer")).toHaveAttribute("data-columns", /^[1-9]/);
  said(
    `${await page.locator(".graph-title .count").textContent()}, hover to paint, p95 ms`,
    p95(times),
  );
  const half = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  said("the same, median ms", half);
  // The middle, because a machine that builds beside it makes single frames late.
  expect(half).toBeLessThan(250);
});

test("the small map of the canvas leads there", async ({ page }) => {
  test.setTimeout(60_000);
  await page.goto(`${LARGE()}/lineage?whole=1`);
  const canvas = page.locator(".overview > canvas").first();
  await expect(canvas).toHaveAttribute("data-painted", /\d/, { timeout: 20_000 });
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no canvas");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let at = 0; at < 12; at += 1) await page.mouse.wheel(0, -300);
  const before = Number(await canvas.getAttribute("data-count"));
  await page.getByRole("img", { name: "Small map of the graph" }).click();
  await expect
    .poll(async () => Number(await canvas.getAttribute("data-count")))
    .toBeGreaterThan(before);
});

test("the flows of a small estate on a large one: find, open, plan, draw, table", async ({
  page,
}) => {
  test.setTimeout(90_000);
  const name = nameOf(10, 42);
  await page.goto(`${LARGE()}/?q=${name}`);
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await page.getByRole("tab", { name: /^Upstream/ }).click();
  await expect(page.getByRole("tabpanel")).toContainText("estate.l09.");
  await accessible(page);
  await page.getByRole("link", { name: "Plan a change" }).click();
  await page.getByRole("checkbox", { name: /column_1/ }).check();
  await page.getByRole("button", { name: "Add to the plan" }).click();
  await expect(page.getByRole("region", { name: "Verdict" })).toContainText("It should not go in");
  await expect(page.getByText(/affected things are listed, the worst and nearest/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
  await page.goto(`${LARGE()}/lineage?focus=${encodeURIComponent(`dataset|estate|${name}`)}`);
  await expect(page.locator(".gnode.focus")).toBeVisible();
  await page.getByRole("button", { name: "Reach" }).click();
  await page.getByRole("button", { name: "Everything both ways" }).click();
  await expect(page.getByText(/nodes: an overview/)).toBeVisible({ timeout: 20_000 });
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("button", { name: /Show more: \d+ of/ }).first()).toBeVisible();
  await page.goBack();
  await expect(page.locator(".overview")).toBeVisible();
});

test("search in a large estate answers while one types", async ({ page }) => {
  await page.goto(LARGE());
  await page.getByRole("searchbox").pressSequentially("table_0123");
  await expect(page.locator(".hits mark").first()).toBeVisible();
  await expect(page.locator(".hits .hit").first()).toContainText("table_0123");
});

test("the first paint, and how much script it takes", async ({ page }) => {
  const bytes: number[] = [];
  page.on("response", async (response) => {
    if (!/\.js$/.test(new URL(response.url()).pathname)) return;
    const sizes = await response.request().sizes();
    bytes.push(sizes.responseBodySize);
  });
  await page.goto(LARGE());
  await expect(page.locator(".hits .hit").first()).toBeVisible();
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  said("first contentful paint, ms", paint);
  const total = bytes.reduce((sum, one) => sum + one, 0);
  said("script at the start, KB as sent", total / 1000);
  expect(total).toBeLessThan(300_000);
  expect(paint).toBeLessThan(3000);
});

test("on the canvas a column's path is lit, and held by the address", async ({ page }) => {
  test.setTimeout(60_000);
  const name = nameOf(12, 100);
  const query = new URLSearchParams({ whole: "1", at: `dataset|estate|${name}` });
  await page.goto(`${LARGE()}/lineage?${query}`);
  const lit = page.locator(".litlayer");
  const panel = page.getByRole("complementary", { name: "The picked node" });
  await expect(panel).toBeVisible({ timeout: 20_000 });
  await panel.getByRole("button", { name: "column_1" }).click();
  await expect(page.getByText("The path of column column_1 is held.")).toBeVisible();
  await expect(lit).toHaveAttribute("data-direct", /^[1-9]/);
  const nodes = Number(await lit.getAttribute("data-nodes"));
  expect(nodes).toBeGreaterThan(12);
  await expect(panel.getByRole("button", { name: "column_1" })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await page.reload();
  await expect(lit).toHaveAttribute("data-nodes", String(nodes), { timeout: 20_000 });
  await accessible(page);
  await page.getByRole("button", { name: "Let go" }).click();
  await expect(lit).toHaveAttribute("data-nodes", "0");
});

test("exports of 5,000 datasets hold all of them", async ({ page }) => {
  test.setTimeout(90_000);
  await page.goto(`${LARGE()}/lineage?whole=1`);
  await expect(page.locator(".overview > canvas").first()).toHaveAttribute("data-painted", /\d/, {
    timeout: 20_000,
  });
  await page.getByRole("button", { name: "Export" }).click();
  const svg = (await file(page, "SVG")).toString();
  expect(svg.match(/font-weight="600"/g)).toHaveLength(5000);
  const csv = (await file(page, "CSV of nodes and edges")).toString();
  const edges = csv.split("\r\n").filter((line) => line.startsWith("edge,"));
  expect(svg.match(/<path/g)).toHaveLength(edges.length);
  const png = await file(page, "PNG");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(Math.max(width, height)).toBeLessThanOrEqual(12_000);
  expect(width * height).toBeLessThanOrEqual(48_000_000);
});
