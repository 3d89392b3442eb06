import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

/** Debian's browser where there is one; else the one Playwright has fetched. */
const SYSTEM_CHROMIUM = "/usr/bin/chromium";
const chromium = process.env["CHROMIUM"] ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);

export default defineConfig({
  testDir: "e2e",
  // One chain of shops serves all tests, in the order of the files.
  workers: 1,
  fullyParallel: false,
  // A hang, not a slow machine.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    // Where most of the demo lies, so that pictures and readers agree on the time.
    timezoneId: "America/New_York",
    trace: "retain-on-failure",
    launchOptions: {
      ...(chromium && { executablePath: chromium }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
