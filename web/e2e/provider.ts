import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What the provider says about somebody, by the name that they type; see provider.mjs. */
export interface Said {
  sub?: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
  groups?: string[];
}

export interface Provider {
  issuer: string;
  /** New keys, as providers have them from time to time. */
  rotate: () => void;
  stop: () => void;
}

/** What a client of the provider is known by. */
export const CLIENT = { id: "branchline", secret: "branchline-secret" };

/** The certified provider of `provider.mjs`, for these addresses of ours. */
export async function startProvider(options: { callbacks: string[]; goodbyes: string[]; accounts?: Record<string, Said> }): Promise<Provider> {
  const script = new URL("provider.mjs", import.meta.url).pathname;
  // Its advice for who sets it up goes nowhere.
  const child = spawn("node", [script, JSON.stringify(options)], { stdio: ["pipe", "pipe", "ignore"] });
  const issuer = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const said = JSON.parse(line) as { issuer?: string };
      if (said.issuer) resolve(said.issuer);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
  });
  return { issuer, rotate: () => void child.stdin.write("rotate\n"), stop: () => void child.kill() };
}
