import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, stationOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { scan, scannable, signIn } from "./station";

test("the till, for everybody", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await page.goto(shop.url);
  await expect(page.getByRole("heading", { name: "What would you like to do?" })).toBeVisible();
  await expectAccessible(page, "start");
  await signIn(page, shop, "cashier");
  await expectAccessible(page, "till");
  const [first] = await scannable(page);
  await scan(page, first?.barcode ?? "");
  await expect(page.getByRole("button", { name: /^Pay \$/ })).toBeEnabled();
  await expectAccessible(page, "basket");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await expectAccessible(page, "payment");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("button", { name: "Next customer" })).toBeVisible();
  await expectAccessible(page, "receipt");
  await page.goto(`${shop.url}/pos/sales`);
  await expect(page.getByRole("heading", { name: "Recent sales" })).toBeVisible();
  await expectAccessible(page, "recent sales");
  await page.goto(`${shop.url}/pos/shift`);
  await expect(page.getByRole("heading", { name: "Close the shift" })).toBeVisible();
  await expectAccessible(page, "close the shift");
});

test("signing in, for everybody", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await page.goto(`${shop.url}/pos`);
  await expect(page.getByRole("heading", { name: "Which register is this?" })).toBeVisible();
  await expectAccessible(page, "register");
  await page.getByRole("button", { name: shop.registers.at(-1)?.name ?? "" }).click();
  await expect(page.getByRole("heading", { name: "Who is working?" })).toBeVisible();
  await expectAccessible(page, "staff");
  await page.getByRole("button", { name: shop.staff[0]?.name ?? "" }).click();
  await expectAccessible(page, "PIN");
});

test("the buying station, for everybody", async ({ page, chain }) => {
  const station = stationOf(chain);
  await signIn(page, station, "buyer", "buy");
  await expectAccessible(page, "suppliers");
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await expect(page.getByRole("region", { name: "What is bought?" })).toBeVisible();
  await expectAccessible(page, "products");
  await page.getByRole("region", { name: "What is bought?" }).getByRole("listitem").first().getByRole("button").click();
  await expectAccessible(page, "line");
});

test("the office, for everybody", async ({ page, chain }) => {
  await page.goto(`${chain.office}/office`);
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expectAccessible(page, "sign in");
  await signInAtOffice(page, chain);
  await expect(figures(page)).toBeVisible();
  await expectAccessible(page, "overview");
  const names = ["Sales", "Purchases", "Stock", "Orders", "Products", "Integrity", "Business days", "Stock cases", "Held records", "People", "Roles", "Approvals", "Audit", "Nodes", "Regions", "Sign-in providers", "API tokens", "Channels", "Jobs"];
  for (const name of names) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
    await expectAccessible(page, name);
  }
});

test("what hangs on a list in the office, for everybody", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Stock", exact: true }).click();
  await page.getByRole("table", { name: "Stock" }).getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "What made it so" })).toBeVisible();
  await expectAccessible(page, "one product");
  await pages.getByRole("link", { name: "Orders" }).click();
  await page.getByRole("link", { name: "Order by phone" }).click();
  await page.getByRole("list", { name: "Products" }).getByRole("button").first().click();
  await expectAccessible(page, "order by phone");
  await pages.getByRole("link", { name: "Nodes" }).click();
  await page.getByRole("region", { name: shopOf(chain).name }).getByRole("link").click();
  await expectAccessible(page, "one node");
  await page.getByRole("button", { name: "Declare it lost" }).click();
  await expectAccessible(page, "fence");
});

test("what the station has besides the till, for everybody", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "branch_manager");
  for (const [path, heading] of [
    ["stock", "Stock here"],
    ["picks", "Online orders"],
  ] as const) {
    await page.goto(`${shop.url}/pos/${path}`);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expectAccessible(page, heading);
  }
});

const figures = (page: Page) => page.getByRole("region", { name: "Revenue", exact: true });
