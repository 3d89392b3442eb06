import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, find, person, shopOf, test, type Shop } from "./chain";
import { look } from "./picture";
import { count, managerOf } from "./rights";
import { basket, cents, scan, scannable, signIn } from "./station";

/** A second till of the same shop. */
async function signInAtAnother(page: Page, shop: Shop): Promise<void> {
  const [register] = shop.registers.slice(-2);
  if (!register) throw new Error("two registers are needed");
  await signIn(page, { ...shop, registers: [register] }, "branch_manager");
}

/** The supervisor comes to the till and says so by PIN. */
async function decide(page: Page, shop: Shop, action: string, pin?: string): Promise<void> {
  const manager = person(shop, "branch_manager");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("group", { name: "Who decides?" }).getByText(manager.name).click();
  await dialog.getByLabel(/^PIN/).fill(pin ?? manager.pin);
  await dialog.getByRole("button", { name: action, exact: true }).click();
}

test("a basket is parked at one till and recalled at another, which alone has it", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  await signIn(page, shop, "cashier");
  const [first, second] = await scannable(page);
  if (!first || !second) throw new Error("two products with barcodes are needed");
  for (const { id } of [first, second]) await count(manager, id, 50);
  await scan(page, first.barcode);
  await scan(page, second.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  const total = cents(first.unit_price) + cents(second.unit_price);
  await expect.poll(async () => cents(await pay.textContent())).toBe(total);

  await page.keyboard.press("F8");
  const parking = page.getByRole("dialog", { name: "Park the basket" });
  await expectAccessible(page, "park");
  await look(page, "basket-park");
  await parking.getByRole("textbox", { name: "Name or note" }).fill("red jacket");
  await page.keyboard.press("Enter");
  await expect(basket(page).getByText("Scan the first item")).toBeVisible();
  await expect(page.getByText("Parked as “red jacket”.")).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await signInAtAnother(other, shop);
  await page.keyboard.press("F8");
  await other.keyboard.press("F8");
  const here = page.getByRole("dialog", { name: "Parked" });
  const there = other.getByRole("dialog", { name: "Parked" });
  await expect(here.getByRole("button", { name: /red jacket/ })).toBeVisible();
  await expectAccessible(page, "parked");
  await look(page, "basket-parked");
  // Both want it; the answer of the second may be slow, so that its list is still the old one.
  await other.route("**/v1/parked-baskets", (route) => route.abort());
  await here.getByRole("button", { name: /red jacket/ }).click();
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  await expect.poll(async () => cents(await pay.textContent())).toBe(total);
  await there.getByRole("button", { name: /red jacket/ }).click();
  await expect(there.getByRole("alert").first()).toContainText(`${shop.registers.at(-1)?.name} already has it`);
  await other.context().close();

  // It comes back to the same sale: paid as if it had never waited.
  await page.keyboard.press("F9");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("article", { name: /^Receipt / })).toContainText(first.name);
});

test("a line is taken out by a supervisor's word, and a basket too", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "cashier");
  const [first, second] = await scannable(page);
  await scan(page, first?.barcode ?? "");
  await scan(page, second?.barcode ?? "");
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  await page.keyboard.press("F7");
  const dialog = page.getByRole("dialog", { name: "Take this out of the basket" });
  await expect(dialog).toContainText(second?.name ?? "");
  await dialog.getByRole("button", { name: "Scanned by mistake" }).click();
  await expectAccessible(page, "void");
  await look(page, "basket-void");
  await dialog.getByRole("button", { name: "Ask a supervisor" }).click();
  await expectAccessible(page, "void by a supervisor");
  await look(page, "basket-void-supervisor");
  await decide(page, shop, "Take it out", "0000");
  await expect(dialog.getByRole("alert")).toContainText("Wrong PIN");
  await decide(page, shop, "Take it out");
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await expect(basket(page)).toContainText(first?.name ?? "");

  // Whoever may do it needs nobody: a manager at another till.
  const other = await (await browser.newContext()).newPage();
  await signInAtAnother(other, shop);
  await scan(other, first?.barcode ?? "");
  await basket(other).getByRole("button", { name: "Void the basket" }).click();
  const whole = other.getByRole("dialog", { name: "Void the whole basket" });
  await whole.getByRole("textbox", { name: "Another reason" }).fill("left without paying");
  await whole.getByRole("button", { name: "Take it out" }).click();
  await expect(basket(other).getByText("Scan the first item")).toBeVisible();
  await other.context().close();
});

test("a line is made cheaper, the total and the receipt say so", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  await signIn(page, shop, "cashier");
  const product = find(await scannable(page), ({ unit_price }) => Number(unit_price) >= 1);
  await count(manager, product.id, 50);
  await scan(page, product.barcode);
  await scan(page, product.barcode);
  await expect(basket(page).getByRole("button", { name: /: 2$/ })).toBeVisible();
  const pay = page.getByRole("button", { name: /^Pay \$/ });
  const full = 2 * cents(product.unit_price);
  await expect.poll(async () => cents(await pay.textContent())).toBe(full);
  await page.keyboard.press("F4");
  const dialog = page.getByRole("dialog", { name: `Price of ${product.name}` });
  await dialog.getByRole("textbox", { name: "Percent off" }).fill("50");
  await dialog.getByRole("button", { name: "Damaged" }).click();
  await expectAccessible(page, "cheaper");
  await look(page, "basket-cheaper");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(dialog).toHaveCount(0);
  const half = full / 2;
  await expect.poll(async () => cents(await pay.textContent())).toBe(half);
  // The next scan is at the list's price, on a line of its own.
  await scan(page, product.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  await expect.poll(async () => cents(await pay.textContent())).toBe(half + full / 2);
  await look(page, "basket-lines");

  // Whoever may not give it asks a supervisor, whose word the sale keeps. The demo's cashiers may, so the till is told that this one may not.
  await page.route("**/v1/line-approvals/*", async (route) => {
    const { supervisor } = route.request().postDataJSON() as { supervisor?: object };
    const denied = { type: "about:blank", title: "denied", status: 403, code: "permission.denied", figures: { permission: "discount.line" } };
    await (supervisor ? route.continue() : route.fulfill({ status: 403, contentType: "application/problem+json", json: denied }));
  });
  await page.keyboard.press("F4");
  await dialog.getByRole("button", { name: "Amount off" }).click();
  await dialog.getByRole("textbox", { name: "Amount off the line" }).fill("0.10");
  await dialog.getByRole("button", { name: "Goodwill" }).click();
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expectAccessible(page, "cheaper by a supervisor");
  await decide(page, shop, "Apply");
  await expect(dialog).toHaveCount(0);
  await expect.poll(async () => cents(await pay.textContent())).toBe(half + full / 2 - 10);
  await page.keyboard.press("F9");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  const receipt = page.getByRole("article", { name: /^Receipt / });
  await expect(receipt).toContainText("Damaged");
  await expect(receipt).toContainText("Goodwill");
});
