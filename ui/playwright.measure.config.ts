// Measures the browser catalog, one thing at a time: scripts/measure-ui.sh. Not part of the tests.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({
  ...base,
  testDir: "measure",
  timeout: 180_000,
  fullyParallel: false,
  workers: 1,
  reporter: [["line"]],
  // A trace of Playwright's takes a picture of the page with each step, which costs more than a hover.
  use: { ...base.use, trace: "off" },
});
