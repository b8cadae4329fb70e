import type { Page } from "@playwright/test";
import { accessible, at, expect, file, SNOWFLAKE, test } from "./base";

const ORDERS = `dataset|${SNOWFLAKE}|ANALYTICS.MARTS.FCT_ORDERS`;
const NET = `column|${SNOWFLAKE}|ANALYTICS.MARTS.FCT_ORDERS|net_amount`;
/** How many nodes there are once the graph is drawn. The demo estate grows; what counts is the difference. */
async function drawn(page: Page): Promise<number> {
  await expect(page.locator(".gnode.focus")).toBeVisible();
  return page.locator(".gnode").count();
}
const around = (more: Record<string, string | string[]> = {}) =>
  at("/lineage", { focus: ORDERS, ...more });

test("starts one hop each way; counts open more, and back takes it back", async ({ page }) => {
  await page.goto(around());
  const nodes = page.locator(".gnode");
  const before = await drawn(page);
  await expect(page.locator(".react-flow__edge")).not.toHaveCount(0);
  const more = page.getByRole("button", { name: /Show more upstream of STG_ORDERS/ });
  await expect(more).toContainText("0 of 1");
  await more.click();
  await expect(nodes).toHaveCount(before + 1);
  await expect(page).toHaveURL(/x=/);
  await page.reload();
  await expect(nodes).toHaveCount(before + 1);
  await page.getByRole("button", { name: /Hide what is upstream of STG_ORDERS/ }).click();
  await expect(nodes).toHaveCount(before);
  await page.goBack();
  await expect(nodes).toHaveCount(before + 1);
  await accessible(page);
});

test("pointing at a column lights its whole path; a click holds it", async ({ page }) => {
  await page.goto(around({ level: "column" }));
  const column = page.locator(".gnode.focus").getByRole("button", { name: /^net_amount/ });
  const lit = page.locator(".litlayer");
  await column.hover();
  await expect(lit).toHaveAttribute("data-columns", /^[2-9]|\d\d/);
  await expect(lit).toHaveAttribute("data-direct", /^[1-9]/);
  await expect(lit).toHaveAttribute("data-indirect", /^[1-9]/);
  await page.mouse.move(5, 5);
  await expect(lit).toHaveAttribute("data-columns", "0");
  await column.click();
  await page.mouse.move(5, 5);
  await expect(page).toHaveURL(/column=/);
  await expect(page.getByText("The path of column net_amount is held.")).toBeVisible();
  await expect(lit).toHaveAttribute("data-columns", /^[2-9]|\d\d/);
  await page.getByRole("button", { name: "Direct uses only" }).click();
  await expect(lit).toHaveAttribute("data-indirect", "0");
  await expect(lit).toHaveAttribute("data-direct", /^[1-9]/);
  await accessible(page);
});

test("only this column's path goes all the way to the source", async ({ page }) => {
  await page.goto(around({ column: NET, only: "1" }));
  await expect(page.locator(".gnode")).not.toHaveCount(0);
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("region", { name: "Nodes", exact: true })).toContainText(
    "RAW.SHOP.ORDERS",
  );
  await accessible(page);
});

test("a path between two", async ({ page }) => {
  await page.goto(around({ to: `dataset|${SNOWFLAKE}|RAW.SHOP.ORDERS` }));
  await expect(page.getByText("A shortest path between the two.")).toBeVisible();
  const short = await drawn(page);
  expect(short).toBeLessThan(6);
  await page.getByRole("button", { name: "Show all around it" }).click();
  await expect.poll(() => page.locator(".gnode").count()).toBeGreaterThan(short);
});

test("filters, find, lanes and the detail of a node are in the address", async ({ page }) => {
  await page.goto(around());
  const before = await drawn(page);
  await expect(page.locator(".glane")).not.toHaveCount(0);
  await page.getByRole("button", { name: "Lanes" }).click();
  await expect(page.locator(".glane")).toHaveCount(0);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("checkbox", { name: /intermediate/ }).uncheck();
  await expect(page.locator(".gnode")).toHaveCount(before - 2);
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", { name: "Find in the graph" }).fill("revenue");
  await expect(page.getByText("1 found")).toBeVisible();
  await expect(page.locator(".gnode.found")).toHaveCount(1);
  await page.locator(".gnode.found .ghead").click();
  await expect(page.getByRole("complementary", { name: "The picked node" })).toContainText(
    "FCT_REVENUE_DAILY",
  );
  await page.reload();
  await expect(page.getByRole("complementary", { name: "The picked node" })).toBeVisible();
  await expect(page.locator(".graph-title")).toContainText(`${before - 2} nodes`);
  await accessible(page);
});

test("everything both ways, and a smaller map of it", async ({ page }) => {
  await page.goto(around());
  await page.getByRole("button", { name: "Reach" }).click();
  await page.getByRole("button", { name: "Everything both ways" }).click();
  await expect(page.locator(".react-flow__minimap")).toBeVisible();
  await expect
    .poll(() => page.locator(".graph-title .count").textContent())
    .toMatch(/[1-9]\d nodes/);
});

test("exports hold what the model holds", async ({ page }) => {
  await page.goto(around());
  await drawn(page);
  const edges = await page.locator(".react-flow__edge").count();
  await page.getByRole("button", { name: "Export" }).click();
  const svg = (await file(page, "SVG")).toString();
  expect(svg).toContain("INT_ORDER_REFUNDS");
  expect(svg.match(/<path/g)).toHaveLength(edges);
  const csv = (await file(page, "CSV of nodes and edges")).toString();
  expect(csv.split("\r\n").filter((line) => line.startsWith("edge,"))).toHaveLength(edges);
  expect(csv).toContain("column edge");
  const png = await file(page, "PNG");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
});

test("the difference of two times is marked", async ({ page }) => {
  await page.goto(around({ since: new Date(Date.now() - 6.5 * 86_400_000).toISOString() }));
  await expect(page.getByText(/Compared with/)).toBeVisible();
  await expect(page.locator(".gnode")).not.toHaveCount(0);
  await accessible(page);
});

test("the estate in groups first, and a group or all of it by choice", async ({ page }) => {
  await page.goto(at("/lineage"));
  await expect(page.getByRole("heading", { name: "Lineage of the estate" })).toBeVisible();
  await accessible(page);
  await page.getByRole("region", { name: "Groups", exact: true }).getByRole("link").first().click();
  await expect(page).toHaveURL(/pn=/);
  await expect(page.locator(".gnode").first()).toBeVisible();
  await page.goBack();
  await page.getByRole("link", { name: /Draw all/ }).click();
  await expect(page.locator(".gnode").first()).toBeVisible();
});

test("by keyboard alone: to the table, sort it, open a dataset", async ({ page }) => {
  await page.goto(around());
  await drawn(page);
  await page.getByRole("button", { name: "Table" }).focus();
  await page.keyboard.press("Enter");
  const nodes = page.getByRole("region", { name: "Nodes", exact: true });
  await nodes.getByRole("button", { name: "Name" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const link = nodes.getByRole("link", { name: /INT_ORDER_REFUNDS/ });
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/dataset\?/);
});

test("on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(around());
  await expect(page.locator(".gnode").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await accessible(page);
});
