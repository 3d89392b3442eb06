import type { APIRequestContext, Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, person, shopOf, test } from "./chain";
import { look } from "./picture";
import { count, managerOf, officeOf } from "./rights";
import { basket, cents, sales, scan, scannable, signIn } from "./station";

/** Widths of tills, the narrowest too. */
const SCREENS = { "": { width: 1280, height: 800 }, "-tablet": { width: 1024, height: 768 }, "-narrow": { width: 800, height: 600 } };
const LOST = { en: "No longer due: 3 for 2", vi: "Không còn áp dụng: Mua 3 tính 2", th: "หมดสิทธิ์: 3 จ่าย 2" };

/** "3 for 2" of a product, running; gives what stops it. */
async function threeForTwo(office: APIRequestContext, variant: string): Promise<() => Promise<unknown>> {
  const path = `/v1/promotions/${crypto.randomUUID()}`;
  const draft = {
    name: "Three for two",
    labels: { en: "3 for 2", vi: "Mua 3 tính 2", th: "3 จ่าย 2" },
    // Before whatever else the chain runs.
    combination: { mode: "exclusive", priority: 1_000 },
    effects: [{ bundle: { parts: [{ of: { variants: [variant] }, count: 3 }], reward: { on: { cheapest: 1 }, off: { percent: 10_000 } } } }],
  };
  const saved = await office.put(path, { data: { expected_version: null, draft } });
  expect(saved.ok(), await saved.text()).toBe(true);
  const started = await office.post(`${path}/start`, { data: { version: 1 } });
  expect(started.ok(), await started.text()).toBe(true);
  return () => office.post(`${path}/stop`, { data: { reason: "the test is over" } });
}

/** Nothing is wider than the screen. */
const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

test("a receipt is scanned, something of it comes back, once", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const office = await managerOf(browser, shop);
  await signIn(page, shop, "branch_manager");
  const [first, second] = await scannable(page);
  if (!first || !second) throw new Error("two products with barcodes are needed");
  for (const { id } of [first, second]) await count(office, id, 50);
  for (const code of [first.barcode, first.barcode, second.barcode]) await scan(page, code);
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  await expect.poll(async () => cents(await pay.textContent())).toBe(2 * cents(first.unit_price) + cents(second.unit_price));
  await page.keyboard.press("F9");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("article", { name: /^Receipt / })).toContainText(first.name);
  const [sale] = await sales(page);
  if (!sale) throw new Error("a sale is needed");
  await page.getByRole("button", { name: "Next customer" }).click();

  // The customer is back with the receipt: its code is scanned like anything else.
  await scan(page, sale.receipt_number);
  await expect(page.getByRole("heading", { name: `Return of ${sale.receipt_number}` })).toBeVisible();
  const line = page.getByRole("group", { name: first.name });
  await line.getByRole("button", { name: "One more" }).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Refund" });
  const give = panel.getByRole("button", { name: /^Give back \$/ });
  await expect.poll(async () => cents(await give.textContent())).toBe(cents(first.unit_price));
  await expectAccessible(page, "return");
  // Nobody has said why.
  await page.keyboard.press("F9");
  await expect(page.getByRole("heading", { name: "The goods are back" })).toBeHidden();
  await panel.getByRole("button", { name: "Defective" }).click();
  await line.getByRole("button", { name: "Damaged" }).click();
  await expect.poll(async () => cents(await give.textContent())).toBe(cents(first.unit_price));
  await look(page, "return");
  await page.keyboard.press("F9");
  await expect(page.getByRole("heading", { name: "The goods are back" })).toBeVisible();
  await expect(page.getByRole("status").first()).toContainText("Cash");
  await expect(page.getByRole("article", { name: /^Return / })).toContainText(`Of receipt ${sale.receipt_number}`);
  await expectAccessible(page, "return-done");
  await look(page, "return-done");

  // One is left of it, and the list says what was given.
  await page.getByRole("button", { name: "More of this receipt comes back" }).click();
  await expect(page.getByText(/came back before/)).toBeVisible();
  await page.getByRole("button", { name: "Everything comes back" }).click();
  await expect.poll(async () => cents(await give.textContent())).toBe(cents(first.unit_price) + cents(second.unit_price));
  await panel.getByRole("button", { name: "Not wanted any more" }).click();
  await give.click();
  await expect(page.getByRole("heading", { name: "The goods are back" })).toBeVisible();
  await expect(page.getByRole("button", { name: "More of this receipt comes back" })).toBeHidden();
  await page.goto(`${shop.url}/pos/sales`);
  await page.getByRole("searchbox", { name: /Number of a receipt/ }).fill(sale.receipt_number);
  await expect(page.getByRole("listitem").filter({ hasText: sale.receipt_number })).toContainText("given back");
  await look(page, "return-list");

  // The next one is told that all is back, and a receipt of another shop is none of ours.
  await scan(page, sale.receipt_number);
  await expect(page.getByText("All came back").first()).toBeVisible();
  await scan(page, "ZZ9-1-000001");
  await expect(page.getByText("This receipt is not of this branch.")).toBeVisible();
});

test("a cashier takes goods back by a supervisor's word", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "cashier");
  const [first] = await scannable(page);
  if (!first) throw new Error("a product with a barcode is needed");
  await scan(page, first.barcode);
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  await expect.poll(async () => cents(await pay.textContent())).toBe(cents(first.unit_price));
  await page.keyboard.press("F9");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("article", { name: /^Receipt / })).toContainText(first.name);
  const [sale] = await sales(page);
  await scan(page, sale?.receipt_number ?? "");
  await page.getByRole("button", { name: "Everything comes back" }).click();
  const panel = page.getByRole("region", { name: "Refund" });
  await panel.getByRole("button", { name: "Wrong item sold" }).click();
  await panel.getByRole("button", { name: /^Give back \$/ }).click();
  const manager = person(shop, "branch_manager");
  const second = panel.getByRole("group", { name: "A second person" });
  await expect(second).toBeVisible();
  await look(page, "return-second");
  await second.getByText(manager.name).click();
  await second.getByLabel(/PIN/).fill(manager.pin);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "The goods are back" })).toBeVisible();
  await expect(page.getByRole("article", { name: /^Return / })).toContainText(manager.name);
});

test("whoever keeps two of three for two is told which discount is lost", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const [manager, office] = [await managerOf(browser, shop), await officeOf(browser, chain)];
  await signIn(page, shop, "branch_manager");
  const [, , product] = await scannable(page);
  if (!product) throw new Error("three products with barcodes are needed");
  await count(manager, product.id, 50);
  const price = cents(product.unit_price);
  await scan(page, product.barcode);
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  await expect.poll(async () => cents(await pay.textContent())).toBe(price);
  const stop = await threeForTwo(office, product.id);
  try {
    await expect(basket(page).getByRole("button", { name: /2 more for 3 for 2/ })).toBeVisible({ timeout: 30_000 });
    await scan(page, product.barcode);
    await scan(page, product.barcode);
    await expect.poll(async () => cents(await pay.textContent())).toBe(2 * price);
    await page.keyboard.press("F9");
    await page.getByRole("button", { name: /^Exact cash/ }).click();
    await expect(page.getByRole("article", { name: /^Receipt / })).toContainText("3 for 2");
  } finally {
    // Over before anything comes back: the sale is priced by what counted then.
    await stop();
  }
  const [sale] = await sales(page);
  await scan(page, sale?.receipt_number ?? "");
  const panel = page.getByRole("region", { name: "Refund" });
  const give = panel.getByRole("button", { name: /^Give back \$/ });
  await page.getByRole("button", { name: "One more" }).click();
  await expect(panel).toContainText(LOST.en);
  await expect.poll(async () => cents(await give.textContent())).toBe(0);
  await expectAccessible(page, "return-lost");
  for (const [name, size] of Object.entries(SCREENS)) {
    await page.setViewportSize(size);
    expect(await fits(page), `${size.width} wide`).toBe(true);
    await look(page, `return-lost${name}`);
  }
  for (const language of ["vi", "th"] as const) {
    await page.evaluate((chosen) => localStorage.setItem("branchline.language", chosen), language);
    await page.reload();
    await page.getByRole("group", { name: product.name }).getByRole("button").last().click();
    await expect(page.getByText(LOST[language])).toBeVisible();
    expect(await fits(page), language).toBe(true);
    await look(page, `return-lost-${language}`);
  }
  await page.evaluate(() => localStorage.setItem("branchline.language", "en"));
  await page.reload();
  await page.setViewportSize(SCREENS[""]);

  await page.getByRole("button", { name: "One more" }).click();
  await panel.getByRole("button", { name: "Wrong price" }).click();
  await expect(panel).toContainText(LOST.en);
  await page.keyboard.press("F9");
  const paper = page.getByRole("article", { name: /^Return / });
  await expect(paper).toContainText(LOST.en);
  await expect(page.getByText("Nothing to give back")).toBeVisible();
  await look(page, "return-lost-paper");
  // The other two: all that was paid, and not a cent more.
  await page.getByRole("button", { name: "More of this receipt comes back" }).click();
  await page.getByRole("button", { name: "Everything comes back" }).click();
  await expect.poll(async () => cents(await give.textContent())).toBe(2 * price);
  await panel.getByRole("button", { name: "Not wanted any more" }).click();
  await give.click();
  await expect(page.getByText("Nothing to give back")).toBeHidden();
  await expect.poll(async () => cents(await paper.textContent().then((text) => text?.split("Refund")[1] ?? ""))).toBe(2 * price);
});
