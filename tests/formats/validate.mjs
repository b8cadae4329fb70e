// Holds the reports of one check against validators that are not ours:
//
//     node validate.mjs DIR
//
// DIR has check.sarif, check.xml, check.md and check.json. SARIF is held against the JSON Schema of
// SARIF 2.1.0, the diagrams of the Markdown against Mermaid's own parser, JUnit XML is read by an XML
// parser and by a reader of JUnit and its figures are counted again, the JSON is held against
// docs/check-report.schema.json.
//
// A validator that takes everything proves nothing: each is also given broken reports, made from the
// whole ones, and has to refuse them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import Ajv04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { JSDOM } from "jsdom";
import { parse as readJunit } from "junit2json";

const dir = process.argv[2];
const read = (name) => readFileSync(join(dir, name), "utf8");
let [passed, failed] = [0, 0];

function report(what, problem) {
  if (problem) {
    failed += 1;
    console.error(`FAILED ${what}: ${problem}`);
  } else {
    passed += 1;
    console.log(`ok     ${what}`);
  }
}

/** The whole report is taken, each broken one refused. `check` answers what is wrong, or nothing. */
async function hold(what, check, whole, broken) {
  report(what, await check(whole));
  for (const [how, text] of Object.entries(broken)) {
    if (text === whole) throw new Error(`${what}, ${how}: it is not broken`);
    const problem = await check(text);
    report(`${what}, ${how}: refused${problem ? ` (${problem.slice(0, 90)})` : ""}`, problem ? "" : "it was taken");
  }
}

const bySchema = (ajv, schema) => {
  const validate = addFormats(ajv).compile(schema);
  return (text) => {
    let value;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return `no JSON: ${error.message}`;
    }
    return validate(value) ? "" : JSON.stringify(validate.errors[0]);
  };
};
const changed = (text, change) => {
  const value = JSON.parse(text);
  change(value);
  return JSON.stringify(value);
};

// SARIF
const require = createRequire(import.meta.url);
const carrier = require.resolve("@microsoft/jest-sarif/package.json");
const sarifSchema = JSON.parse(readFileSync(join(carrier, "../lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8"));
const sarif = read("check.sarif");
await hold("SARIF", bySchema(new Ajv04({ strict: false, unicodeRegExp: false }), sarifSchema), sarif, {
  "no tool": changed(sarif, (log) => delete log.runs[0].tool),
  "a level that there is not": changed(sarif, (log) => {
    log.runs[0].invocations[0].toolExecutionNotifications.push({ level: "fatal", message: { text: "x" } });
  }),
  "a rule without an id": changed(sarif, (log) => delete log.runs[0].tool.driver.rules[0].id),
  "cut short": sarif.slice(0, -20),
});

// JSON
const jsonSchema = JSON.parse(readFileSync(new URL("../../docs/check-report.schema.json", import.meta.url), "utf8"));
const json = read("check.json");
const Draft = String(jsonSchema.$schema ?? "").includes("2020") ? Ajv2020 : Ajv;
await hold("JSON", bySchema(new Draft({ strict: false }), jsonSchema), json, {
  "a verdict that there is not": changed(json, (value) => (value.verdict = "perhaps")),
  "a member that there is not": changed(json, (value) => (value.extra = 1)),
});

// JUnit
const { window } = new JSDOM("");
const junit = read("check.xml");
async function junitProblem(text) {
  const parsed = new window.DOMParser().parseFromString(text, "application/xml");
  const error = parsed.querySelector("parsererror");
  if (error) return `no XML: ${error.textContent}`;
  const suites = await readJunit(text);
  const cases = suites.testsuite?.flatMap((suite) => suite.testcase ?? []) ?? [];
  const counted = {
    tests: cases.length,
    failures: cases.filter((one) => one.failure).length,
    errors: cases.filter((one) => one.error).length,
  };
  for (const [name, count] of Object.entries(counted)) {
    for (const told of [suites, suites.testsuite?.[0]]) {
      if (told?.[name] !== count) return `${name} says ${told?.[name]}, there are ${count}`;
    }
  }
  return cases.every((one) => one.name && one.classname) ? "" : "a case without a name";
}
await hold("JUnit", junitProblem, junit, {
  "a wrong count": junit.replace(/tests="(\d+)"/, (_, n) => `tests="${Number(n) + 1}"`),
  "a bare ampersand": junit.replace("<testcase ", '<testcase note="a & b" '),
  "cut short": junit.slice(0, -12),
});

// Mermaid
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
const markdown = read("check.md");
const diagrams = (text) => [...text.matchAll(/```mermaid\n([\s\S]*?)```/g)].map((found) => found[1]);
async function mermaidProblem(text) {
  for (const diagram of diagrams(text)) {
    try {
      await mermaid.parse(diagram);
    } catch (error) {
      return error.message.split("\n").slice(0, 3).join(" ");
    }
  }
  return "";
}
const expected = Number(process.env.DIAGRAMS ?? 0);
const found = diagrams(markdown).length;
report(`${found} diagrams`, found >= expected ? "" : `expected ${expected} at least`);
const broken = found
  ? {
      "a quote in a label": markdown.replace('["', '["a " quote '),
      "a label that does not end": markdown.replace('"]', '"'),
    }
  : {};
await hold("Mermaid", mermaidProblem, markdown, broken);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
