import { accessible, at, DEMO, EMPTY, expect, SNOWFLAKE, test } from "./base";

test("violations with owner, age and the lineage they rest on; filters are in the address", async ({
  page,
}) => {
  await page.goto(at("/contracts"));
  const list = page.locator(".violations > li");
  await expect(list.first()).toBeVisible();
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await accessible(page);
  const all = await list.count();
  const shown = list.filter({ has: page.locator("summary") }).first();
  await shown.locator("summary").click();
  await expect(shown.locator(".evidence").first()).toContainText(/run/);
  await accessible(page);
  await page.getByLabel("Severity").selectOption("error");
  await expect(page).toHaveURL(/severity=ERROR/);
  await expect.poll(() => list.count()).toBeLessThan(all);
  await page.getByLabel("Contract", { exact: true }).selectOption("no-way-back");
  // None of the others is left; only then are those that stay looked at.
  await expect(list.filter({ hasNotText: "no-way-back" })).toHaveCount(0);
  await expect(list).not.toHaveCount(0);
  await page.goBack();
  await page.goBack();
  await expect(page).not.toHaveURL(/severity=/);
  await expect.poll(() => list.count()).toBe(all);
  await page.getByLabel("State").selectOption("excused");
  await expect(list.first()).toContainText("Allowed by data council until");
});

test("a violation between two datasets leads to the way between them", async ({ page }) => {
  await page.goto(at("/contracts", { contract: "no-way-back" }));
  await page.locator(".violations").getByRole("link", { name: "Lineage" }).first().click();
  await expect(page).toHaveURL(/\/lineage\?focus=.*to=/);
  await expect(page.locator(".gnode").nth(1)).toBeVisible();
});

test("each tab of the contracts", async ({ page }) => {
  await page.goto(at("/contracts"));
  const told: [string, string][] = [
    ["Contracts", "dashboards-read-marts"],
    ["Layers", "unclassified"],
    ["Consumers", "dashboard"],
    ["Exceptions", "models-have-inputs"],
  ];
  for (const [tab, text] of told) {
    await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
    await expect(page.getByRole("table").first()).toContainText(text);
    await accessible(page);
  }
  await page.reload();
  await expect(page.getByRole("table")).toContainText("A calendar is generated");
  await expect(page.getByRole("table")).toContainText(/in \d days?|the last day/);
  await page.getByRole("link", { name: /violations?$/ }).click();
  await expect(page.locator(".violations > li").first()).toContainText("DIM_DATES");
});

test("what is in no layer is listed, and can be searched and drawn", async ({ page }) => {
  await page.goto(at("/contracts", { tab: "layers" }));
  const list = page.getByRole("region", { name: "Unclassified datasets" });
  await expect(list).toContainText("SANDBOX.TMP.EVERYTHING");
  await page.getByRole("link", { name: "Search them" }).click();
  await expect(page.getByRole("checkbox", { name: /unclassified/ })).toBeChecked();
  await expect(page.locator(".hits .hit").first()).toContainText("SANDBOX.TMP.EVERYTHING");
  await page.goBack();
  await page.getByRole("link", { name: "Draw those that have lineage" }).click();
  await expect(page.locator(".gnode", { hasText: "EVERYTHING" })).toHaveCount(1);
  await accessible(page);
});

test("a dataset says how many contracts it breaks, and leads there", async ({ page, request }) => {
  const asked = await request.post(`${DEMO()}/graphql`, {
    data: {
      query: `{ violations(filter: {contracts: ["no-way-back"]}, first: 1) { nodes { subject { name } } } }`,
    },
  });
  const { name } = (await asked.json()).data.violations.nodes[0].subject;
  await page.goto(at("/dataset", { namespace: SNOWFLAKE, name }));
  await page.getByRole("link", { name: /broken/ }).click();
  await expect(page).toHaveURL(/\/contracts\?/);
  await expect(page.locator(".violations > li", { hasText: "no-way-back" })).toBeVisible();
  await expect(page.getByText(`Only about ${name}`)).toBeVisible();
});

test("an earlier time goes along: no lineage was there then that could break a contract", async ({
  page,
}) => {
  await page.goto(at("/contracts", { asOf: "2020-01-01T00:00:00Z", contract: "no-way-back" }));
  await expect(page.getByText("Nothing that fits these filters.")).toBeVisible();
  await accessible(page);
});

test("a violation shows up as it comes", async ({ page, request }) => {
  const name = "ANALYTICS.MARTS.HEARD_AT_ONCE";
  await page.goto(at("/contracts", { name }));
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await expect(page.getByText("Nothing that fits these filters.")).toBeVisible();
  await request.post(`${DEMO()}/api/v1/lineage`, {
    data: {
      eventTime: new Date().toISOString(),
      producer: "https://example.com/e2e",
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      eventType: "COMPLETE",
      run: { runId: crypto.randomUUID() },
      job: { namespace: "e2e", name: "mart from raw" },
      inputs: [{ namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS" }],
      outputs: [{ namespace: SNOWFLAKE, name }],
    },
  });
  await expect(page.locator(".violations")).toContainText("no-skipped-layer");
});

test("without a policy it is said how to start with one", async ({ page }) => {
  await page.goto(`${EMPTY()}/contracts`);
  await expect(page.getByRole("heading", { name: "This server has no policy" })).toBeVisible();
  await expect(page.getByText("headwater serve --policy")).toBeVisible();
  await accessible(page);
});

test("contracts on a phone, dark", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  for (const tab of ["violations", "contracts", "layers", "consumers", "exceptions"]) {
    await page.goto(at("/contracts", { tab }));
    await expect(page.locator(".violations > li, tbody tr").first()).toBeVisible();
    // A pixel of each tab is below the line that they stand on.
    await expect(page.getByRole("tab", { selected: true })).toBeInViewport({ ratio: 0.95 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      390,
    );
    await accessible(page);
  }
});
