import { describe, expect, test } from "vitest";
import { sourceAt } from "./report";

describe("where a change stands in its source", () => {
  const at = (url: string, commit = "abc") => sourceAt({ url, commit }, "models/a b.sql", 7);
  test("is told by the address of a pull request or a job", () => {
    const hub = "https://github.example.org/o/shop";
    const file = "models/a%20b.sql#L7";
    expect(at(`${hub}/pull/7`)).toBe(`${hub}/blob/abc/${file}`);
    expect(at(`${hub}/actions/runs/1`)).toBe(`${hub}/blob/abc/${file}`);
    const lab = "https://gitlab.example.org/g/sub/shop";
    expect(at(`${lab}/-/merge_requests/3`)).toBe(`${lab}/-/blob/abc/${file}`);
    expect(at(`${lab}/-/jobs/31`)).toBe(`${lab}/-/blob/abc/${file}`);
  });
  test("is not told by what leads nowhere safe, or without a commit", () => {
    expect(at("javascript:alert(1)//pull/7")).toBeUndefined();
    expect(at("https://example.org/")).toBeUndefined();
    expect(at("https://github.example.org/o/shop/pull/7", "")).toBeUndefined();
  });
});
