import { expect, type Page } from "@playwright/test";

import { find, type Shop } from "./chain";

/** Goes to a station and signs in; the register is the last, which no replay uses. */
export async function signIn(page: Page, shop: Shop, role: string, kind: "pos" | "buy" = "pos"): Promise<void> {
  const staff = find(shop.staff, (candidate) => candidate.role === role);
  const register = shop.registers.at(-1);
  await page.goto(`${shop.url}/${kind}`);
  await page.getByRole("button", { name: register?.name ?? "" }).click();
  await page.getByRole("button", { name: staff.name }).click();
  await enterPin(page, staff.pin);
  const floatField = page.getByRole("textbox", { name: "Float in the drawer" });
  const ready = page.getByRole("searchbox");
  await expect(floatField.or(ready).first()).toBeVisible();
  if (await floatField.isVisible()) {
    await floatField.fill("150");
    await page.getByRole("button", { name: "Open shift" }).click();
    await expect(ready).toBeVisible();
  }
}

/** Presses the keys of the pad, as fingers do. */
export async function enterPin(page: Page, pin: string): Promise<void> {
  for (const digit of pin) await page.getByRole("button", { name: `Digit ${digit}`, exact: true }).click();
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A scanner: every key within milliseconds, then Enter; sent in one go, as a real one does not wait for answers. */
export async function scan(page: Page, code: string): Promise<void> {
  const keyboard = await page.context().newCDPSession(page);
  // A key each 5 ms, as a scanner has them, however busy this machine is.
  const from = Date.now();
  const send = (at: number, type: "keyDown" | "keyUp", key: object) =>
    keyboard.send("Input.dispatchKeyEvent", { type, timestamp: (from + at * 5) / 1_000, ...key });
  const keys = [...code].flatMap((key, at) => [send(at, "keyDown", { key, text: key }), send(at, "keyUp", { key })]);
  const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
  keys.push(send(code.length, "keyDown", { text: "\r", ...enter }), send(code.length, "keyUp", enter));
  await Promise.all(keys);
  await keyboard.detach();
}

interface Product {
  id: string;
  name: string;
  category: string;
  unit: string;
  unit_price: string;
  barcode: string | null;
}

/** Products of the shop that are sold by the piece and can be scanned. */
export async function scannable(page: Page): Promise<(Product & { barcode: string })[]> {
  const answer = await page.request.get(new URL("/v1/products?limit=24", page.url()).href);
  const { items } = (await answer.json()) as { items: Product[] };
  return items.filter((item): item is Product & { barcode: string } => item.unit === "piece" && item.barcode !== null && item.unit_price !== "");
}

/** Chooses the product of the demo that is bought by weight. */
export async function chooseWeighed(page: Page): Promise<void> {
  const answer = await page.request.get(new URL("/v1/products?q=avocado&limit=100", page.url()).href);
  const { items } = (await answer.json()) as { items: Product[] };
  const { name } = find(items, ({ unit }) => unit === "gram");
  await page.getByRole("searchbox", { name: "Search products" }).fill(name);
  await page.getByRole("region", { name: "What is bought?" }).getByRole("button").filter({ hasText: name }).first().click();
}

/** The basket of the till. */
export const basket = (page: Page) => page.getByRole("complementary", { name: "Basket" });

/** The figure of a line of money: `$12.34` in cents. */
export function cents(text: string | null): number {
  const digits = /-?[\d,]+\.\d\d/.exec(text ?? "");
  if (!digits) throw new Error(`no amount in ${text}`);
  return Math.round(Number(digits[0].replaceAll(",", "")) * 100);
}

/** The sales of the shop, newest first, as its till sees them. */
export async function sales(page: Page): Promise<{ id: string; receipt_number: string }[]> {
  const answer = await page.request.get(new URL("/v1/sales?limit=100", page.url()).href);
  return ((await answer.json()) as { items: { id: string; receipt_number: string }[] }).items;
}
