import { accessible, at, DEMO, expect, file, SNOWFLAKE, test } from "./base";

const REVENUE = { namespace: SNOWFLAKE, name: "ANALYTICS.MARTS.FCT_REVENUE_DAILY" };
const ORDERS = { namespace: SNOWFLAKE, name: "ANALYTICS.MARTS.FCT_ORDERS" };

test("a dataset says what it is, whose, and how its last runs went", async ({ page }) => {
  await page.goto(at("/dataset", REVENUE));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(REVENUE.name);
  await expect(page.locator(".head .badge.mart")).toBeVisible();
  await expect(page.getByText("team:finance-analytics")).toBeVisible();
  await expect(page.getByRole("link", { name: "net_revenue" })).toBeVisible();
  await accessible(page);
});

test("each tab of a dataset has its own address and no violation", async ({ page }) => {
  await page.goto(at("/dataset", ORDERS));
  const tabs: [string, string][] = [
    ["Upstream", "STG_ORDERS"],
    ["Downstream", "FCT_REVENUE_DAILY"],
    ["Jobs and SQL", "fct_orders"],
    ["Quality", "Over the last runs"],
    ["Schema history", "The first schema that was told."],
    ["Names and facets", "schema"],
  ];
  for (const [tab, word] of tabs) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByRole("tabpanel")).toContainText(word);
    await accessible(page);
  }
  await page.reload();
  await expect(page.getByRole("tab", { name: "Names and facets" })).toHaveAttribute(
    "aria-selected",
    "true",
  );
});

test("a dataset shows its contracts, its other names, and its checks over time", async ({
  page,
}) => {
  await page.goto(at("/dataset", { ...ORDERS, tab: "quality" }));
  await expect(page.locator(".glance")).toContainText("Contracts");
  const check = page.locator("tr", { hasText: "unique_fct_orders_order_id" });
  await expect(check).toContainText("held");
  await expect(check).toContainText("uniqueness");
  expect(await check.locator(".tick").count()).toBeGreaterThan(3);
  await page.goto(
    at("/dataset", { namespace: SNOWFLAKE, name: "ANALYTICS.MARTS.PROMO_SPEND", tab: "facts" }),
  );
  await expect(page.locator(".glance").getByText(/\d+ broken/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Names", exact: true })).toContainText(
    "used by events",
  );
});

test("upstream can be sorted and cut at some hops", async ({ page }) => {
  await page.goto(at("/dataset", { ...REVENUE, tab: "upstream" }));
  const names = page.locator("tbody .name");
  await expect(names.first()).toBeVisible();
  const all = await names.count();
  await page.getByLabel("Hops").selectOption("1");
  await expect.poll(() => names.count()).toBeLessThan(all);
  await page.getByLabel("Hops").selectOption("all");
  await expect.poll(() => names.count()).toBe(all);
  await page.getByRole("button", { name: "Name" }).click();
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute(
    "aria-sort",
    "ascending",
  );
});

test("from a dataset to its job, a failed run and its error", async ({ page }) => {
  await page.goto(at("/dataset", { ...ORDERS, tab: "making" }));
  await page
    .getByRole("link", { name: /fct_orders/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/job\?/);
  await accessible(page);
  await page.locator("tr", { hasText: "failed" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/run\?/);
  await expect(page.getByRole("heading", { name: "What went wrong" })).toBeVisible();
  await accessible(page);
  await page.goBack();
  await expect(page).toHaveURL(/\/job\?/);
});

test("tabs go by arrow keys", async ({ page }) => {
  await page.goto(at("/dataset", ORDERS));
  await page.getByRole("tab", { name: "Columns" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Upstream" })).toBeFocused();
  await expect(page.getByRole("tab", { name: "Upstream" })).toHaveAttribute(
    "aria-selected",
    "true",
  );
});

test("as of an earlier time, along from page to page", async ({ page }) => {
  await page.goto(at("/dataset", ORDERS));
  await page.getByRole("button", { name: "Now" }).click();
  await page.getByRole("button", { name: "A day ago" }).click();
  await expect(page).toHaveURL(/asOf=/);
  await expect(page.getByText("You see columns, neighbours and lineage as of")).toBeVisible();
  await page.getByRole("tab", { name: "Upstream" }).click();
  await page.getByRole("link", { name: /STG_ORDERS/ }).click();
  await expect(page).toHaveURL(/asOf=/);
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page).not.toHaveURL(/asOf=/);
});

test("what is not there is said, with a way on", async ({ page }) => {
  await page.goto(at("/dataset", { namespace: "nowhere", name: "orders_that_never_were" }));
  await expect(page.getByText("No event has named this dataset.")).toBeVisible();
  await page.goto(at("/job", { namespace: "nowhere", name: "x" }));
  await expect(page.getByText("No event has named this job.")).toBeVisible();
  await page.goto(at("/run", { id: "00000000-0000-0000-0000-000000000000" }));
  await expect(page.getByText("No event has named this run.")).toBeVisible();
});

test("text from events is text: HTML, scripts and marks of direction", async ({
  page,
  request,
}) => {
  const name = "evil.<img src=x onerror=alert(1)>.\u202etxt";
  const event = {
    eventTime: new Date().toISOString(),
    producer: "https://example.com/e2e",
    schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
    job: {
      namespace: "e2e",
      name: "<script>alert(2)</script>",
      facets: {
        sql: {
          _producer: "https://example.com",
          _schemaURL: "https://openlineage.io/spec/facets/1-1-0/SQLJobFacet.json",
          query: "SELECT '</pre><script>alert(3)</script>'",
        },
        sourceCodeLocation: {
          _producer: "https://example.com",
          _schemaURL: "https://openlineage.io/spec/facets/1-0-1/SourceCodeLocationJobFacet.json",
          type: "git",
          url: "javascript:alert(4)",
        },
      },
    },
    outputs: [
      {
        namespace: "e2e",
        name,
        facets: {
          documentation: {
            _producer: "https://example.com",
            _schemaURL: "https://openlineage.io/spec/facets/1-0-1/DocumentationDatasetFacet.json",
            description: "<b onmouseover=alert(5)>bold</b>",
          },
          schema: {
            _producer: "https://example.com",
            _schemaURL: "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json",
            fields: [{ name: "<i>column</i>", type: "\u202eTXET", description: "<u>u</u>" }],
          },
        },
      },
    ],
  };
  const sent = await request.post(`${DEMO()}/api/v1/lineage`, { data: event });
  expect(sent.status()).toBe(201);
  page.on("dialog", () => {
    throw new Error("a script of an event was run");
  });
  await expect
    .poll(async () => {
      const query = 'query($n: String!) { dataset(namespace: "e2e", name: $n) { name } }';
      const answer = await request.post(`${DEMO()}/graphql`, {
        data: { query, variables: { n: name } },
      });
      return (await answer.json()).data.dataset?.name;
    })
    .toBe(name);
  await page.goto(at("/dataset", { namespace: "e2e", name }));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "evil.<img src=x onerror=alert(1)>.⟨U+202E⟩txt",
  );
  await expect(page.locator(".about")).toHaveText("<b onmouseover=alert(5)>bold</b>");
  await page.goto(at("/job", { namespace: "e2e", name: "<script>alert(2)</script>", tab: "code" }));
  await expect(page.locator("pre.code").first()).toContainText("</pre><script>alert(3)</script>");
  await expect(page.getByText("javascript:alert(4)")).toBeVisible();
  expect(await page.locator('a[href^="javascript"]').count()).toBe(0);

  // In search, in the graph, in its table and in the files that it exports.
  await page.goto(at("/", { q: "onerror" }));
  await expect(page.locator(".hits .hit").first()).toContainText("<img src=x onerror=alert(1)>");
  await page.goto(at("/lineage", { focus: `dataset|e2e|${name}`, level: "column" }));
  const node = page.locator(".gnode.focus");
  await expect(node).toContainText("⟨U+202E⟩txt");
  await expect(node.getByRole("button", { name: /<i>column<\/i>/ })).toBeVisible();
  await expect(page.locator(".gnode", { hasText: "<script>alert(2)</script>" })).toBeVisible();
  await page.getByRole("button", { name: "Export" }).click();
  const got = await file(page, "SVG");
  const svg = got.toString();
  expect(svg).toContain("&lt;i&gt;column&lt;/i&gt;");
  expect(svg).not.toContain("<script");
  expect(svg).not.toContain("\u202e");
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("region", { name: "Nodes", exact: true })).toContainText(
    "<script>alert(2)</script>",
  );
  await accessible(page);
});

for (const [page_, params] of [
  ["/dataset", ORDERS],
  ["/job", { namespace: "dbt-prod", name: "ANALYTICS.MARTS.acme.fct_orders.build.run" }],
  ["/status", {}],
  ["/send", {}],
] as [string, Record<string, string>][]) {
  test(`${page_} on a phone, dark: nothing is wider than the screen, no violation`, async ({
    page,
  }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(at(page_, params));
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator(".bone")).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      390,
    );
    await accessible(page);
  });
}

test("an exposure of dbt stands behind the mart, with its kind and its link", async ({
  page,
  request,
}) => {
  const mart = "ANALYTICS.MARTS.SHOWN_ABROAD";
  const name = "exposure.shop.sales_abroad";
  const sent = await request.post(`${DEMO()}/api/v1/lineage`, {
    data: {
      eventTime: new Date().toISOString(),
      producer: "https://example.com/e2e",
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      eventType: "COMPLETE",
      run: { runId: crypto.randomUUID() },
      job: { namespace: "e2e", name: "model.shop.shown_abroad" },
      inputs: [{ namespace: SNOWFLAKE, name: "ANALYTICS.STAGING.STG_ORDERS" }],
      outputs: [
        {
          namespace: SNOWFLAKE,
          name: mart,
          facets: {
            dbt_exposures: {
              _producer: "https://example.com/e2e",
              _schemaURL: "https://example.com/e2e/exposures.json",
              exposures: [
                {
                  unique_id: name,
                  name: "sales_abroad",
                  type: "dashboard",
                  url: "https://bi.example.com/dashboards/7",
                },
              ],
            },
          },
        },
      ],
    },
  });
  expect(sent.status()).toBe(201);
  await page.goto(at("/job", { namespace: "dbt", name }));
  await expect(page.getByText("dbt · dashboard")).toBeVisible();
  await expect(page.getByRole("link", { name: /bi\.example\.com/ })).toHaveAttribute(
    "href",
    "https://bi.example.com/dashboards/7",
  );
  await accessible(page);
  await page.getByRole("link", { name: mart }).click();
  await page.getByRole("tab", { name: /^Jobs/ }).click();
  await page.getByRole("link", { name }).click();
  await page.getByRole("link", { name: "Lineage" }).last().click();
  await expect(page.locator(".gnode", { hasText: "sales_abroad" })).toBeVisible();
});
