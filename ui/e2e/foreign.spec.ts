// What a page of another origin can make this browser send: nothing that changes anything.
import { DEMO, EMPTY, expect, test } from "./base";

// What is refused; and the picture that the browser asks for beside a plain text.
test.use({ allowed: /40[34]/ });

test("a page of another origin posts nothing and opens no socket", async ({ page, request }) => {
  const event = JSON.stringify({
    eventTime: "2026-01-05T09:00:00Z",
    producer: "https://example.com/e2e",
    schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
    job: { namespace: "foreign", name: "page" },
  });
  const lineage = `${EMPTY()}/api/v1/lineage`;
  // Another port is another origin. This path has no policy of content that would hold the page back.
  await page.goto(`${DEMO()}/healthz`);
  const answered = page.waitForResponse(lineage);
  await page.evaluate(
    async ([url, body]) => {
      await fetch(url ?? "", { method: "POST", mode: "no-cors", body });
    },
    [lineage, event],
  );
  expect((await answered).status()).toBe(403);

  const socket = `${EMPTY().replace("http", "ws")}/graphql`;
  const opened = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const tried = new WebSocket(url, "graphql-transport-ws");
        tried.onopen = () => resolve(true);
        tried.onerror = () => resolve(false);
      }),
    socket,
  );
  expect(opened).toBe(false);

  const status = await request.get(`${EMPTY()}/graphql?query={status{headSeq}}`);
  expect(await status.json()).toEqual({ data: { status: { headSeq: 0 } } });
});
