import { accessible, at, DEMO, expect, test } from "./base";

test("events show up as they come", async ({ page, request }) => {
  await page.goto(at("/status"));
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await request.post(`${DEMO()}/api/v1/lineage`, {
    data: {
      eventTime: new Date().toISOString(),
      producer: "https://example.com/e2e",
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      eventType: "COMPLETE",
      run: { runId: crypto.randomUUID() },
      job: { namespace: "e2e", name: "heard at once" },
    },
  });
  await expect(page.locator(".news")).toContainText("heard at once");
  await expect(page.getByRole("cell", { name: "https://example.com/e2e" })).toBeVisible();
  await accessible(page);
});
