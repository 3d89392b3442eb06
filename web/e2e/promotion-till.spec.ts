import type { APIRequestContext, Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, test } from "./chain";
import { look } from "./picture";
import { count, managerOf, officeOf } from "./rights";
import { basket, cents, scan, scannable, signIn } from "./station";

/** A tablet, which is what most tills are. */
const TABLET = { width: 1024, height: 768 };
const LANGUAGES = { vi: "Mua 3 tính 2", th: "3 จ่าย 2" };

/** A promotion of the office, started; it goes to the shops at once. */
async function start(office: APIRequestContext, draft: object): Promise<string> {
  const id = crypto.randomUUID();
  const saved = await office.put(`/v1/promotions/${id}`, { data: { expected_version: null, draft } });
  expect(saved.ok(), await saved.text()).toBe(true);
  const started = await office.post(`/v1/promotions/${id}/start`, { data: { version: 1 } });
  expect(started.ok(), await started.text()).toBe(true);
  return id;
}

const stop = (office: APIRequestContext, id: string) => office.post(`/v1/promotions/${id}/stop`, { data: { reason: "the test is over" } });

const threeForTwo = (variant: string) => ({
  name: "Three for two",
  labels: { en: "3 for 2", vi: "Mua 3 tính 2", th: "3 จ่าย 2" },
  // Before whatever else the chain runs.
  combination: { mode: "exclusive", priority: 1_000 },
  effects: [{ bundle: { parts: [{ of: { variants: [variant] }, count: 3 }], reward: { on: { cheapest: 1 }, off: { percent: 10_000 } } } }],
});

const giftFor = (variant: string, gift: string) => ({
  name: "One with it",
  labels: { en: "One with it" },
  combination: { mode: "compounding", priority: 1_000 },
  when: [{ quantity: { of: { variants: [variant] }, at_least: 1 } }],
  effects: [{ gift: { variant: gift } }],
});

const speak = async (page: Page, language: string) => {
  await page.evaluate((chosen) => localStorage.setItem("branchline.language", chosen), language);
  await page.reload();
};

test("a promotion is seen at the till as it applies, with its reasons and what is missing for it", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const [manager, office] = [await managerOf(browser, shop), await officeOf(browser, chain)];
  await page.setViewportSize(TABLET);
  await signIn(page, shop, "branch_manager");
  const [product] = await scannable(page);
  if (!product) throw new Error("a product with a barcode is needed");
  await count(manager, product.id, 50);
  const price = cents(product.unit_price);
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  const total = () => pay.textContent().then(cents);
  await scan(page, product.barcode);
  await expect.poll(total).toBeGreaterThan(0);
  const promotion = await start(office, threeForTwo(product.id));
  try {
    // The basket that stands there is priced again by itself.
    const hint = basket(page).getByRole("button", { name: /2 more for 3 for 2/ });
    await expect(hint).toBeVisible();
    const place = await pay.boundingBox();
    await look(page, "promotion-hint");
    await scan(page, product.barcode);
    await scan(page, product.barcode);
    const why = basket(page).getByRole("button", { name: /^Why this price: .*3 for 2/ });
    await expect(why).toBeVisible();
    await expect.poll(total).toBe(2 * price);
    expect(await pay.boundingBox()).toEqual(place);
    await expectAccessible(page, "promotion on a line");
    await look(page, "promotion-line");

    await why.click();
    const dialog = page.getByRole("dialog", { name: `Why: ${product.name}` });
    await expect(dialog).toContainText("3 for 2 3 units");
    await expect(dialog).toContainText("Saved by promotions");
    await expectAccessible(page, "why");
    await look(page, "promotion-why");
    await page.keyboard.press("Escape");
    for (const [language, label] of Object.entries(LANGUAGES)) {
      await speak(page, language);
      await expect(page.getByRole("complementary").getByText(label).first()).toBeVisible();
      await look(page, `promotion-line-${language}`);
    }
    await speak(page, "en");

    // One fewer: nothing comes off, and the hint says what is missing.
    await basket(page).getByRole("button", { name: `One less of ${product.name}` }).click();
    const asking = page.getByRole("dialog", { name: "Take this out of the basket" });
    await asking.getByRole("button", { name: "Scanned by mistake" }).click();
    await asking.getByRole("button", { name: "Take it out" }).click();
    await expect(basket(page).getByRole("button", { name: /1 more for 3 for 2/ })).toBeVisible();
    await expect.poll(total).toBe(2 * price);
    await look(page, "promotion-unscanned");
  } finally {
    await stop(office, promotion);
  }
  // Stopped in the office, gone at the till.
  await expect(basket(page).getByRole("button", { name: /3 for 2/ })).toHaveCount(0);
});

test("a gift is added by itself, and what is not there is said", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const [manager, office] = [await managerOf(browser, shop), await officeOf(browser, chain)];
  await signIn(page, shop, "cashier");
  const [, product, gift] = await scannable(page);
  if (!product || !gift) throw new Error("three products with barcodes are needed");
  await count(manager, product.id, 50);
  await count(manager, gift.id, 1);
  const promotion = await start(office, giftFor(product.id, gift.id));
  try {
    await scan(page, product.barcode);
    const given = basket(page).getByRole("listitem").filter({ hasText: "Gift: One with it" });
    await expect(given).toContainText(gift.name);
    await expectAccessible(page, "gift");
    await look(page, "promotion-gift");
    await page.keyboard.press("F9");
    await page.getByRole("button", { name: /^Exact cash/ }).click();
    const receipt = page.getByRole("article", { name: /^Receipt / });
    await expect(receipt).toContainText("One with it");
    await expect(receipt).toContainText("You saved");
    await look(page, "promotion-receipt");
    // That was the last one.
    await scan(page, product.barcode);
    await expect(basket(page).getByText("The gift is not in the shop: One with it")).toBeVisible();
    await expect(given).toHaveCount(0);
    await look(page, "promotion-gift-missing");
  } finally {
    await stop(office, promotion);
  }
});

test("a code that opens nothing is said so, typed or scanned", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  await page.keyboard.press("F6");
  const dialog = page.getByRole("dialog", { name: "Voucher" });
  await dialog.getByRole("textbox", { name: "Code" }).fill("a%b");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert").first()).toContainText("This is no voucher code.");
  await expectAccessible(page, "voucher");
  await look(page, "promotion-voucher");
  await page.keyboard.press("Escape");
  await scan(page, "NOSUCHCODE1");
  await expect(page.getByText(/code|voucher/i).first()).toBeVisible();
});
