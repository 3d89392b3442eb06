import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { test as base } from "@playwright/test";

/** What `branchline demo --json` tells: a real office and real shops on this machine. */
export interface Chain {
  company: string;
  office: string;
  locations: Shop[];
  logins: { name: string; role: string; email: string; password: string }[];
  data: string;
}

export interface Shop {
  id: string;
  code: string;
  name: string;
  kind: "shop" | "buying_station";
  url: string;
  registers: { id: string; name: string }[];
  staff: { id: string; name: string; role: string; pin: string }[];
}

const BINARY = process.env["BRANCHLINE_BIN"] ?? new URL("../../target/debug/branchline", import.meta.url).pathname;
/** Days of trade before the last two weeks: few for tests, more for pictures. */
const HISTORY = process.env["SCREENSHOTS"] === "1" ? "45" : "1";
/** A database cluster, three shops and some days of trade. */
const START_MS = 240_000;

/** The real binary on a fresh folder, with everything loaded up to now. */
function start(data: string): Promise<{ process: ChildProcess; chain: Chain }> {
  return demo(["--fresh", "--data", data, "--no-replay", "--history", HISTORY]);
}

async function demo<Told = Chain>(options: string[]): Promise<{ process: ChildProcess; chain: Told }> {
  const flags = ["demo", ...options, "--port", "0", "--json"];
  const child = spawn(BINARY, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const chain = await new Promise<Told>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line) as Told);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${BINARY} ${flags.join(" ")} ended with ${code}`)));
  });
  return { process: child, chain };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill("SIGINT");
  await ended;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "branchline-e2e-"));
  // As root, the database below runs as another user, who has to come through here.
  chmodSync(made, 0o755);
  return made;
}

export const test = base.extend<{ storm: string }, { chain: Chain }>({
  // The page of a storm of its own, which begins when it is opened.
  storm: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const place = folder();
      const { process: child, chain } = await demo<{ storm: string }>(["--storm", "--data", join(place, "demo")]);
      await use(chain.storm);
      await stop(child);
      rmSync(place, { recursive: true, force: true });
    },
    { timeout: START_MS },
  ],
  chain: [
    // Playwright reads the fixture's needs from this pattern; it needs none.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const place = folder();
      const { process: child, chain } = await start(join(place, "demo"));
      await use(chain);
      await stop(child);
      rmSync(place, { recursive: true, force: true });
    },
    { scope: "worker", timeout: START_MS },
  ],
});

export { expect } from "@playwright/test";

/** The first shop that sells. */
export function shopOf(chain: Chain): Shop {
  return find(chain.locations, ({ kind }) => kind === "shop");
}

/** The buying station. */
export function stationOf(chain: Chain): Shop {
  return find(chain.locations, ({ kind }) => kind === "buying_station");
}

/** Somebody with a role there. */
export const person = (shop: Shop, role: string) => find(shop.staff, (staff) => staff.role === role);

export function find<T>(items: T[], matches: (item: T) => boolean): T {
  const found = items.find(matches);
  if (found === undefined) throw new Error("the demo has no such thing");
  return found;
}
