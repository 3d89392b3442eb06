import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, shopOf, test, type Chain } from "./chain";
import { basket, scan, scannable, signIn } from "./station";

// The last file: the office's database is stopped and stays so.
test("the till sells while the office is down, and only its sign tells", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  await expect(page.getByRole("button", { name: /^Online/ })).toBeVisible();
  stopDatabase(chain);
  const [first] = await scannable(page);
  await scan(page, first?.barcode ?? "");
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("article", { name: /^Receipt / })).toBeVisible();
  const sign = page.getByRole("button", { name: /^Offline since/ });
  await expect(sign).toBeVisible({ timeout: 30_000 });
  await expect(sign).toContainText(/\d+ (sales? ha(s|ve) one copy|waiting)/);
  await sign.click();
  await expect(page.getByRole("dialog", { name: "Connection to the office" })).toContainText("Selling goes on as usual");
});

/** Stops the private PostgreSQL of the demo as a power cut would. */
function stopDatabase(chain: Chain): void {
  const file = readdirSync(chain.data, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith("postmaster.pid"));
  if (!file) throw new Error(`no postmaster.pid below ${chain.data}`);
  const [pid] = readFileSync(join(chain.data, file), "utf8").split("\n");
  process.kill(Number(pid), "SIGQUIT");
}
