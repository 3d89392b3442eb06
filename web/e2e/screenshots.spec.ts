import type { Browser, Page } from "@playwright/test";

import { expect, person, shopOf, stationOf, test, type Chain } from "./chain";
import { signInAtOffice } from "./office";
import { count, giveBack, managerOf, officeOf, order, payExact } from "./rights";
import { chooseWeighed, scan, scannable, signIn } from "./station";

// Pictures for the documents: SCREENSHOTS=1 npm run e2e -- screenshots
test.skip(process.env["SCREENSHOTS"] !== "1", "pictures are made on demand");

const FOLDER = new URL("../../docs/screenshots/", import.meta.url).pathname;
/** The charts draw themselves in. */
const SETTLED_MS = 900;

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.waitForTimeout(SETTLED_MS);
  await page.screenshot({ path: `${FOLDER}${name}.png` });
}

test("the till", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  for (const { barcode } of (await scannable(page)).slice(0, 4)) {
    await scan(page, barcode);
    await expect(page.getByRole("button", { name: /^Pay \$/ })).toBeEnabled();
  }
  await picture(page, "till-sale");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await page.getByRole("textbox", { name: "Another amount" }).fill("50");
  await page.getByRole("button", { name: "Cash", exact: true }).click();
  await expect(page.getByRole("button", { name: "Next customer" })).toBeVisible();
  await picture(page, "till-receipt");
});

test("the buying station", async ({ page, chain }) => {
  await signIn(page, stationOf(chain), "buyer", "buy");
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await chooseWeighed(page);
  await page.getByRole("textbox", { name: "Gross weight" }).fill("12.5");
  await page.getByRole("textbox", { name: "Tare" }).fill("0.5");
  await page.getByRole("textbox", { name: /^Cost per kg/ }).fill("1.20");
  await picture(page, "buy-weigh");
  await page.getByRole("button", { name: "Add to the ticket" }).click();
  await page.getByRole("button", { name: "Pay cash $14.40" }).click();
  await expect(page.getByRole("article", { name: /^Purchase ticket/ })).toBeVisible();
  await picture(page, "buy-ticket");
});

test("a shortage at the till", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  await page.setViewportSize({ width: 1180, height: 820 });
  await signIn(page, shop, "cashier");
  const [product, second] = (await scannable(page)).slice(4);
  if (!product || !second) throw new Error("two products with barcodes are needed");
  const manager = await managerOf(browser, shop);
  await count(manager, product.id, 2);
  await giveBack(manager, product.id, 2);
  await order(await officeOf(browser, chain), shop.id, product.id, 2);
  for (const { barcode } of [second, product]) {
    await scan(page, barcode);
    await expect(page.getByRole("button", { name: /^Pay \$/ })).toBeEnabled();
  }
  await payExact(page);
  await expect(page.getByText("How many are on the shelf, with the one in your hand?")).toBeVisible();
  await page.getByRole("textbox", { name: "Counted" }).fill("3");
  await picture(page, "till-shortage");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Next customer" })).toBeVisible();
});

test("orders to pick", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  const office = await officeOf(browser, chain);
  await page.setViewportSize({ width: 1180, height: 820 });
  await signIn(page, shop, "branch_manager");
  for (const [at, product] of (await scannable(page)).slice(0, 3).entries()) {
    await count(manager, product.id, 20);
    await giveBack(manager, product.id, 6);
    const id = await order(office, shop.id, product.id, at + 1, ["Linh Nguyen", "Somchai", "Bea Ross"][at]);
    expect((await office.post(`/v1/orders/${id}/claim`, { data: { payment: `P-${at}` } })).ok()).toBe(true);
  }
  await page.goto(`${shop.url}/pos/picks`);
  await expect(page.getByRole("listitem").getByRole("heading")).toHaveCount(3, { timeout: 30_000 });
  await picture(page, "station-picks");
});

/** What the picture of stock shows. */
const SHOWN = "own brand milk";

/** Some of everything is given to the online channel, and some of that is ordered and picked. */
async function shareOut(browser: Browser, chain: Chain, products: { id: string }[]): Promise<void> {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  const office = await officeOf(browser, chain);
  for (const [at, { id }] of products.entries()) {
    await count(manager, id, 24 + ((at * 7) % 40));
    await giveBack(manager, id, 4 + ((at * 5) % 13));
    if (at % 2 === 0) {
      const placed = await order(office, shop.id, id, 1 + (at % 4));
      if (at % 4 === 0) await office.post(`/v1/orders/${placed}/claim`, { data: { payment: `P-${placed}` } });
    }
  }
}

test("the office", async ({ page, browser, chain }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await signInAtOffice(page, chain);
  // Some customers, so that the page shows what it is for.
  const till = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await signIn(till, shopOf(chain), "cashier");
  const products = await scannable(till);
  const shown = await till.request.get(new URL(`/v1/products?q=${encodeURIComponent(SHOWN)}&limit=40`, till.url()).href);
  const { items } = (await shown.json()) as { items: { id: string }[] };
  await shareOut(browser, chain, [...items, ...products.filter(({ id }) => !items.some((item) => item.id === id))]);
  for (let customer = 0; customer < 6; customer += 1) {
    for (const { barcode } of products.slice(customer * 2, customer * 3 + 3)) {
      await scan(till, barcode);
      await expect(till.getByRole("button", { name: /^Pay \$/ })).toBeEnabled();
    }
    await till.getByRole("button", { name: /^Pay \$/ }).click();
    await till.getByRole("button", { name: /^Exact cash/ }).click();
    await till.getByRole("button", { name: "Next customer" }).click();
  }
  await till.context().close();
  await picture(page, "office-overview");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Nodes" }).click();
  await expect(page.getByRole("region", { name: shopOf(chain).name })).toBeVisible();
  await picture(page, "office-nodes");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Stock", exact: true }).click();
  await page.getByRole("combobox", { name: "Branch" }).selectOption({ label: shopOf(chain).name });
  await page.getByRole("searchbox", { name: "Name, code or barcode" }).fill(SHOWN);
  await expect(page.getByRole("table", { name: "Stock" }).getByRole("row").nth(1)).toContainText("Milk");
  await page.getByRole("heading", { name: "Stock", level: 1 }).click();
  await picture(page, "office-stock");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Integrity" }).click();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("It adds up")).toBeVisible();
  await page.waitForTimeout(8_000);
  await picture(page, "office-invariants");
  await page.goto(`${chain.office}/office`);
  await page.getByRole("combobox", { name: "Language" }).selectOption("vi");
  await expect(page.getByRole("heading", { name: "Tổng quan", level: 1 })).toBeVisible();
  await picture(page, "office-overview-vi");
});

test("the storm", async ({ page, storm }) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(storm);
  // Some way into the time without the shop.
  await expect(page.getByText("cut off", { exact: true })).toBeVisible({ timeout: 60_000 });
  await page.waitForTimeout(14_000);
  await picture(page, "storm-cut");
  await expect(page.getByText("It holds: 300 were there, 300 were sold, none twice.")).toBeVisible({ timeout: 120_000 });
  await picture(page, "storm-judged");
});

test("a phone in Thai", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(shop.url);
  await page.getByRole("combobox", { name: "Language" }).selectOption("th");
  await page.goto(`${shop.url}/pos`);
  await page.getByRole("button", { name: shop.registers.at(-1)?.name ?? "" }).click();
  const cashier = person(shop, "cashier");
  await page.getByRole("button", { name: cashier.name }).click();
  for (const digit of cashier.pin) await page.getByRole("button", { name: `เลข ${digit}`, exact: true }).click();
  await page.getByRole("button", { name: "เข้าสู่ระบบ" }).click();
  await expect(page.getByRole("searchbox")).toBeVisible();
  await picture(page, "till-phone-th");
});

test("who may do what", async ({ page, chain }) => {
  await page.setViewportSize({ width: 1280, height: 860 });
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/roles`);
  await expect(page.getByRole("table", { name: "Who may what" })).toBeVisible();
  await picture(page, "office-roles");
  await page.goto(`${chain.office}/office/people`);
  await page.getByRole("table", { name: "People" }).getByRole("link").first().click();
  await expect(page.getByRole("region", { name: /can see and do$/ })).toContainText("permission");
  await picture(page, "office-person");
});
