// Stored checks: made by the real command, looked at by their links.
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessible, at, DEMO, EMPTY, expect, file, SNOWFLAKE, test } from "./base";

const program = process.env.HEADWATER_BIN ?? "../target/debug/headwater";
const TITLE = "Drop total_cents <img src=x onerror=alert(1)> \u202egnp.exe";

const orders = { namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS" };
const CHANGES = {
  version: 1,
  changes: [
    {
      kind: "column_removed",
      dataset: orders,
      column: "total_cents",
      file: "migrations/7.sql",
      line: 3,
    },
    { kind: "column_added", dataset: orders, column: "total_minor" },
    {
      kind: "column_removed",
      dataset: { namespace: SNOWFLAKE, name: "RAW.SHOP.ORDERS" },
      column: "coupon_code",
    },
  ],
};
const POLICY = `version: 1
check:
  waivers:
    - {of: "RAW.SHOP.ORDERS", column: coupon_code, owner: "team:growth", reason: "nobody uses coupons", until: 2099-12-31}
`;

/** Stores a check in the demo server and tells the path of its page. */
function store(title: string, more: string[] = []): string {
  const dir = mkdtempSync(join(tmpdir(), "headwater-check-"));
  const [changes, policy] = [join(dir, "changes.json"), join(dir, "policy.yaml")];
  writeFileSync(changes, JSON.stringify(CHANGES));
  writeFileSync(policy, POLICY);
  const made = spawnSync(
    program,
    [
      ...["check", "changes", changes, "--server", DEMO(), "--policy", policy],
      ...["--store", "--title", title, "--repository", "shop/warehouse", "--branch", "no-cents"],
      ...["--ref", "0123456789abcdef", "--format", "text", ...more],
    ],
    { encoding: "utf8", env: { PATH: process.env.PATH } },
  );
  const path = made.stdout.match(/stored: \S+(\/checks\/\w+)/)?.[1];
  if (!path) throw new Error(`the check was not stored:\n${made.stdout}\n${made.stderr}`);
  return path;
}

let path = "";
test.beforeAll(() => {
  path = store(TITLE, ["--url", "https://github.example.org/shop/warehouse/pull/7"]);
});

test("a stored check by its link: verdict, path, owners, waiver, source, CSV, copy", async ({
  page,
}) => {
  await page.goto(at(path));
  const verdict = page.getByRole("region", { name: "Verdict" });
  await expect(verdict).toContainText("It should not go in");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("<img src=x onerror");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("⟨U+202E⟩gnp.exe");
  await expect(page.getByText("shop/warehouse")).toBeVisible();
  await expect(page.getByRole("link", { name: "To the pull request or job" })).toHaveAttribute(
    "href",
    "https://github.example.org/shop/warehouse/pull/7",
  );
  await expect(page.getByRole("link", { name: "migrations/7.sql:3" })).toHaveAttribute(
    "href",
    "https://github.example.org/shop/warehouse/blob/0123456789abcdef/migrations/7.sql#L3",
  );
  await expect(page.getByText(/Accepted by team:growth until 2099-12-31/)).toBeVisible();
  await expect(page.getByText(/To mend it:/).first()).toBeVisible();
  await expect(page.getByText("Talk to")).toBeVisible();
  const row = page.locator("tr", { hasText: "net_revenue" }).first();
  await row.locator("summary").click();
  await expect(row.locator(".steps")).toContainText("RAW.SHOP.ORDERS");
  await accessible(page);

  await page.getByRole("button", { name: /^safe/ }).click();
  await expect(page).toHaveURL(/class=SAFE/);
  await expect(page.locator("main .card")).toHaveCount(1);
  await page.getByRole("button", { name: /^All/ }).click();
  await expect(page.locator("main .card")).toHaveCount(3);

  const got = await file(page, "CSV");
  const csv = got.toString();
  expect(csv).toContain("RAW.SHOP.ORDERS.total_cents");
  expect(csv).toContain("team:growth,2099-12-31");
  expect(csv).toContain("migrations/7.sql,3");
  await page.getByRole("button", { name: "Copy the link to this check" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(new RegExp(`${path}$`));
});

test("the list of checks leads to each, by keyboard too, and back", async ({ page }) => {
  await page.goto(at("/checks"));
  await expect(page.getByRole("heading", { name: "Checks" })).toBeVisible();
  const link = page.getByRole("link", { name: /Drop total_cents/ }).first();
  await expect(link).toBeVisible();
  await accessible(page);
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
  await page.goBack();
  await expect(link).toBeVisible();
});

test("a check that is not here says why, and what to do", async ({ page }) => {
  await page.goto(at("/checks/000000000000000000000000"));
  await expect(page.getByText("This check is not here.")).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "The checks that are here" }).click();
  await expect(page.getByRole("heading", { name: "Checks" })).toBeVisible();
});

test("without a check the page says how to store one", async ({ page }) => {
  await page.goto(`${EMPTY()}/checks`);
  await expect(page.getByText("No check is stored yet.")).toBeVisible();
  await expect(page.getByText(/headwater check dbt .*--store/)).toBeVisible();
  await accessible(page);
});

for (const [name, width, scheme] of [
  ["dark", 1280, "dark"],
  ["on a phone", 390, "light"],
  ["on a phone, dark", 390, "dark"],
] as const) {
  test(`checks ${name}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 844 });
    for (const one of ["/checks", path]) {
      await page.goto(at(one));
      await expect(page.locator("main .card").first()).toBeVisible();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
      await accessible(page);
    }
  });
}
