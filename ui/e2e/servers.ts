// Starts the servers that the tests look at: one with the demo estate, one that is empty, one with 5,000
// datasets, one with 500 of 8 columns, one whose policy turns events away. HEADWATER is
// the program; each server gets a folder of its own and a port that the system picks.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fill } from "./estate";

const program = process.env.HEADWATER_BIN ?? "../target/debug/headwater";
const PATIENCE = 60_000;

/** Dashboards that read no mart are turned away. */
const DOOR = `version: 1
layers: [{name: raw}, {name: staging}, {name: mart}]
classify:
  - {layer: staging, name: "STAGING.*"}
  - {layer: mart, name: "MARTS.*"}
consumers:
  - {kind: dashboard, jobs: {namespace: boards}}
contracts:
  - {name: boards-read-marts, rule: consumers_read_marts, reject: {producer: "*"}}
`;

/** Resolves with the address once the server says that it listens and `ready` has been printed. */
function start(args: string[], ready: RegExp): Promise<{ child: ChildProcess; url: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const failed = setTimeout(() => {
      child.kill();
      reject(new Error(`${program} ${args.join(" ")} was not ready in time. It said:\n${said}`));
    }, PATIENCE);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const url = said.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
      if (!url || !ready.test(said)) return;
      clearTimeout(failed);
      resolve({ child, url });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}:\n${said}`)));
  });
}

export default async function servers() {
  // For work on the pages: servers that run already, for example `vite preview` before them.
  if (process.env.DEMO_URL) return;
  const dir = mkdtempSync(join(tmpdir(), "headwater-e2e-"));
  const listen = ["--listen", "127.0.0.1:0"];
  const serve = (name: string) =>
    start(["serve", ...listen, "--data", join(dir, name)], /listens on/);
  const policy = join(dir, "door.policy.yaml");
  writeFileSync(policy, DOOR);
  const [demo, empty, large, columns, door] = await Promise.all([
    start(["demo", ...listen, "--data", join(dir, "demo")], /Stop with Ctrl-C/),
    serve("empty"),
    serve("large"),
    serve("columns"),
    start(["serve", ...listen, "--data", join(dir, "door"), "--policy", policy], /listens on/),
  ]);
  await fill(large.url, { namespace: "estate", datasets: 5000, layers: 20, columns: 4 });
  await fill(columns.url, { namespace: "estate", datasets: 500, layers: 10, columns: 8 });
  process.env.DEMO_URL = demo.url;
  process.env.EMPTY_URL = empty.url;
  process.env.LARGE_URL = large.url;
  process.env.COLUMNS_URL = columns.url;
  process.env.DOOR_URL = door.url;
  return async () => {
    for (const { child } of [demo, empty, large, columns, door]) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  };
}
