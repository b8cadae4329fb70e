import { accessible, at, DEMO, EMPTY, expect, test } from "./base";

test("search as you type shows highlighted hits and keeps what was typed in the URL", async ({
  page,
}) => {
  await page.goto(DEMO());
  const box = page.getByRole("searchbox");
  await box.pressSequentially("net_rev");
  await expect(page.locator(".hits mark").first()).toBeVisible();
  await expect(page.locator(".hits .hit").first()).toContainText(/net_revenue/i);
  await expect(page).toHaveURL(/q=net_rev/);
  await page.reload();
  await expect(box).toHaveValue("net_rev");
  await expect(page.locator(".hits mark").first()).toBeVisible();
  await accessible(page);
});

test("filters with counts narrow the hits, and back takes them off", async ({ page }) => {
  await page.goto(at("/", { q: "orders" }));
  const mart = page.getByRole("checkbox", { name: /^mart/ });
  await mart.check();
  await expect(page).toHaveURL(/layer=mart/);
  await expect(page.locator(".hits .badge.raw")).toHaveCount(0);
  await page.getByRole("checkbox", { name: /Datasets/ }).check();
  await expect(page).toHaveURL(/kind=DATASET/);
  await page.goBack();
  await expect(page).not.toHaveURL(/kind=/);
  await page.goBack();
  await expect(mart).not.toBeChecked();
  await page.goForward();
  await expect(mart).toBeChecked();
});

test("the palette opens by key, finds and goes by keyboard alone", async ({ page }) => {
  await page.goto(DEMO());
  await expect(page.locator(".hits .hit").first()).toBeVisible();
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox");
  await expect(box).toBeFocused();
  await box.pressSequentially("status: em");
  await expect(page.getByRole("option", { name: /Status/ })).toBeVisible();
  await accessible(page);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/status/);
  await page.keyboard.press("/");
  await expect(box).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(box).toBeHidden();
});

test("an empty server says how to send the first event, with its own address", async ({ page }) => {
  await page.goto(EMPTY());
  await expect(page.getByRole("heading", { name: "No event has come yet" })).toBeVisible();
  await expect(page.getByText(`OPENLINEAGE_URL=${EMPTY()} dbt-ol build`)).toBeVisible();
  await page.getByRole("tab", { name: "Airflow" }).click();
  const transport = `{"type":"http","url":"${EMPTY()}","endpoint":"api/v1/lineage"}`;
  await expect(
    page.getByText(`AIRFLOW__OPENLINEAGE__TRANSPORT='${transport}'`, { exact: true }),
  ).toBeVisible();
  await accessible(page);
});

test("deep links are pages; what is for programs stays an error", async ({ page, request }) => {
  await page.goto(at("/status"));
  await expect(page.getByRole("heading", { name: "Status", exact: true })).toBeVisible();
  await page.goto(at("/no-such-page"));
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  const api = await request.get(`${DEMO()}/api/v1/nothing`, { headers: { accept: "text/html" } });
  expect(api.status()).toBe(404);
  expect((await api.json()).error.code).toBe("not_found");
  const asset = await request.get(`${DEMO()}/assets/gone.js`, { headers: { accept: "text/html" } });
  expect(asset.status()).toBe(404);
});

test("the files are packed, tagged and kept, and nothing else may be loaded", async ({
  page,
  request,
}) => {
  await page.goto(DEMO());
  const script = await page.locator("script[type=module]").getAttribute("src");
  const asset = await request.get(DEMO() + script);
  expect(asset.headers()["cache-control"]).toContain("immutable");
  expect(asset.headers()["content-encoding"]).toBe("br");
  const front = await request.get(DEMO());
  expect(front.headers()["content-security-policy"]).toContain("default-src 'none'");
  expect(front.headers()["content-security-policy"]).not.toContain("unsafe");
  const again = await request.get(DEMO(), {
    headers: { "if-none-match": front.headers().etag ?? "" },
  });
  expect(again.status()).toBe(304);
});

test.describe("when the server fails", () => {
  test.use({ allowed: /Failed to load resource|net::ERR/ });
  test("the page says what failed, keeps what was typed and tries again", async ({ page }) => {
    await page.goto(DEMO());
    await expect(page.locator(".hits .hit").first()).toBeVisible();
    await page.route("**/graphql", (route) => route.fulfill({ status: 502, body: "bad gateway" }));
    await page.getByRole("searchbox").fill("customers");
    await expect(page.getByRole("alert")).toContainText("502");
    await expect(page.getByRole("searchbox")).toHaveValue("customers");
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator(".hits mark").first()).toBeVisible();
  });
});

test("dark and light, by choice and by system", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(DEMO());
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator(".hits .hit").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Use the light theme" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("on a phone nothing is wider than the screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(at("/", { q: "orders" }));
  await expect(page.locator(".hits .hit").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("button", { name: "Filters" }).click();
  await expect(page.getByRole("checkbox", { name: /Datasets/ })).toBeVisible();
  await accessible(page);
});
