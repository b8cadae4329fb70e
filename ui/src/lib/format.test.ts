import { expect, test } from "vitest";
import { prettyJson } from "./format";

test("JSON over several lines keeps every digit and every text", () => {
  const text = '{"a":9007199254740993,"b":[{},[],"x, {y}: \\"z\\""],"c":null}';
  expect(prettyJson(text)).toBe(
    '{\n  "a": 9007199254740993,\n  "b": [\n    {},\n    [],\n    "x, {y}: \\"z\\""\n  ],\n  "c": null\n}',
  );
  expect(JSON.parse(prettyJson('{"a":[1,{"b":"c d"}]}'))).toEqual({ a: [1, { b: "c d" }] });
});

test("what was cut, and what is no JSON, is shown as far as it goes", () => {
  expect(prettyJson('{"a":"b c')).toBe('{\n  "a": "b c');
  expect(prettyJson("}]")).toBe("\n}\n]");
  expect(prettyJson("")).toBe("");
});
