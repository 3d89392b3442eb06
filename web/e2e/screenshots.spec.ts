import type { Page } from "@playwright/test";

import { expect, person, shopOf, stationOf, test } from "./chain";
import { signInAtOffice } from "./office";
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

test("the office", async ({ page, browser, chain }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  await signInAtOffice(page, chain);
  // Some customers, so that the page shows what it is for.
  const till = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await signIn(till, shopOf(chain), "cashier");
  const products = await scannable(till);
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
  await page.goto(`${chain.office}/office`);
  await page.getByRole("combobox", { name: "Language" }).selectOption("vi");
  await expect(page.getByRole("heading", { name: "Tổng quan", level: 1 })).toBeVisible();
  await picture(page, "office-overview-vi");
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
