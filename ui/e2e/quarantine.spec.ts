import type { APIRequestContext } from "@playwright/test";
import { accessible, at, EMPTY, expect, test } from "./base";

const DOOR = () => process.env.DOOR_URL ?? "";
const MART = { namespace: "warehouse", name: "MARTS.SALES" };
const STAGING = { namespace: "warehouse", name: "STAGING.SALES" };

/** Sends a dashboard that reads staging, which the policy turns away; gives its id in quarantine. */
async function turnedAway(request: APIRequestContext, name: string): Promise<string> {
  const sent = await request.post(`${DOOR()}/api/v1/lineage`, {
    data: {
      eventTime: new Date().toISOString(),
      producer: "https://example.com/e2e",
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      eventType: "COMPLETE",
      run: {
        runId: crypto.randomUUID(),
        facets: { e2e: { _producer: "p", _schemaURL: "s", big: 1, password: "hush" } },
      },
      job: { namespace: "boards", name },
      inputs: [MART, STAGING],
      outputs: [],
    },
  });
  expect(sent.status()).toBe(422);
  return (await sent.json()).error.quarantine;
}

test("an event that was turned away is looked at and released", async ({ page, request }) => {
  const id = await turnedAway(request, "board to release");
  await page.goto(`${DOOR()}/contracts`);
  await page.getByRole("link", { name: "Quarantine" }).click();
  const row = page.getByRole("row", { name: /board to release/ });
  await expect(row).toContainText("which is no mart");
  await accessible(page);
  await row.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/quarantine/${id}`));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("board to release");
  await expect(page.getByRole("region", { name: "The event" })).toContainText("STAGING.SALES");
  await expect(page.getByRole("region", { name: "The event" })).toContainText("***");
  await expect(page.getByText("hush")).toHaveCount(0);
  await accessible(page);
  // By the keys alone: Escape says no, the button has the focus again, Enter says yes.
  await page.getByRole("button", { name: "Release" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Release this event?" });
  await expect(dialog).toBeVisible();
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Release" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toContainText("of the log");
  await expect(page.getByRole("button", { name: "Discard" })).toHaveCount(0);
  await accessible(page);
  await page.getByRole("link", { name: "What it breaks" }).click();
  await expect(page.locator(".violations > li").first()).toContainText("board to release");
});

test("an event is discarded, and its page says so afterwards", async ({ page, request }) => {
  const id = await turnedAway(request, "board to discard");
  await page.goto(`${DOOR()}/quarantine/${id}`);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("status")).toContainText("Discarded");
  await page.getByRole("link", { name: "Back to the quarantine" }).click();
  await expect(page.getByRole("heading", { name: "Quarantine" })).toBeVisible();
  await expect(page.getByRole("row", { name: /board to discard/ })).toHaveCount(0);
});

test.describe("what is gone", () => {
  test.use({ allowed: /404/ });
  test("is said, with a way on", async ({ page }) => {
    await page.goto(`${DOOR()}/quarantine/0123456789abcdef0123456789abcdef`);
    await expect(page.getByText("This event is not in quarantine.")).toBeVisible();
    await accessible(page);
  });

  test("an event that another has released meanwhile is said to be gone", async ({
    page,
    request,
  }) => {
    const id = await turnedAway(request, "board of two");
    await page.goto(`${DOOR()}/quarantine/${id}`);
    await page.getByRole("button", { name: "Discard" }).click();
    expect((await request.delete(`${DOOR()}/api/v1/quarantine/${id}`)).status()).toBe(204);
    await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
    await expect(page.getByRole("alert")).toContainText("there is no event");
  });
});

test("the demo has an event that waits, and exposures among the consumers", async ({ page }) => {
  await page.goto(at("/contracts"));
  await page.getByRole("link", { name: "Quarantine 1", exact: true }).click();
  const row = page.getByRole("row", { name: /Refund watch/ });
  await expect(row).toContainText("ANALYTICS.STAGING.STG_REFUNDS (staging), which is no mart");
  await row.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Refund watch");
  await page.goto(at("/contracts", { tab: "consumers" }));
  await expect(page.getByRole("row", { name: /weekly_business_review/ })).toContainText(
    "team:finance-analytics",
  );
  const notebook = page.getByRole("row", { name: /basket_analysis/ });
  await expect(notebook).toContainText("notebook");
  await notebook.getByRole("link", { name: "exposure.acme.basket_analysis" }).click();
  await expect(page.getByText("only reads", { exact: true })).toBeVisible();
});

test("an empty quarantine says how events come into it", async ({ page }) => {
  await page.goto(`${EMPTY()}/quarantine`);
  await expect(page.getByText("No event is in quarantine.")).toBeVisible();
  await expect(page.getByText("reject:")).toBeVisible();
  await accessible(page);
});

test("the quarantine on a phone, dark", async ({ page, request }) => {
  const id = await turnedAway(request, "board of a phone");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  for (const path of ["/quarantine", `/quarantine/${id}`]) {
    await page.goto(DOOR() + path);
    await expect(page.getByText("which is no mart").first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      390,
    );
    await accessible(page);
  }
  await page.getByRole("button", { name: "Release" }).click();
  await expect(page.getByRole("dialog")).toBeInViewport({ ratio: 1 });
  await accessible(page);
});
