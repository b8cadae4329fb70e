import { accessible, at, expect, file, SNOWFLAKE, test } from "./base";

const RAW = { namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS" };

test("plan a change from a dataset's page, see the verdict and the path, send the link", async ({
  page,
  context,
}) => {
  await page.goto(at("/dataset", RAW));
  await page.getByRole("link", { name: "Plan a change" }).click();
  await page.getByRole("checkbox", { name: /total_cents/ }).check();
  await page.getByRole("button", { name: "Add to the plan" }).click();
  const verdict = page.getByRole("region", { name: "Verdict" });
  await expect(verdict).toContainText("It should not go in");
  await expect(page).toHaveURL(/change=/);
  const row = page.locator("tr", { hasText: "net_revenue" }).first();
  await expect(row).toBeVisible();
  await row.locator("summary").click();
  await expect(row.locator(".steps")).toContainText("RAW.SHOP.ORDERS");
  await accessible(page);
  const got = await file(page, "CSV");
  expect(got.toString()).toContain("RAW.SHOP.ORDERS.total_cents");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("region", { name: "Verdict" })).toContainText("It should not go in");
  await other.close();
});

test("find the dataset by keyboard, rename a column, take it out again", async ({ page }) => {
  await page.goto(at("/impact"));
  await expect(page.getByText("No change is planned yet.")).toBeVisible();
  await accessible(page);
  const picker = page.getByRole("combobox", { name: "Dataset" });
  await picker.pressSequentially("stg_orders");
  await expect(page.getByRole("option").first()).toContainText("STG_ORDERS");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Change" }).selectOption("Rename a column");
  await page.getByRole("radio", { name: /order_id/ }).check();
  await page.getByLabel("New name").fill("order_key");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
  await page.getByRole("button", { name: "Take out order_id" }).click();
  await expect(page.getByText("No change is planned yet.")).toBeVisible();
});

test.describe("when the server fails", () => {
  test.use({ allowed: /Failed to load resource/ });
  test("the plan stays, with what was typed, and is asked again", async ({ page }) => {
    await page.goto(at("/impact", RAW));
    await page.getByRole("combobox", { name: "Change" }).selectOption("Rename a column");
    await page.getByRole("radio", { name: /total_cents/ }).check();
    await page.getByLabel("New name").fill("total_minor");
    await page.route("**/graphql", (route) => route.fulfill({ status: 502, body: "bad gateway" }));
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toContainText("502");
    await expect(page.locator(".planned")).toContainText("total_minor");
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).last().click();
    await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
    await expect(page.locator(".planned")).toContainText("total_minor");
  });
});
