import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, test, type Chain } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { count, managerOf } from "./rights";
import { basket, cents, sales, scan, scannable, signIn } from "./station";

/** Chooses a category by touch, as the goods of a card. */
async function chooseCategory(page: Page, group: string, name: string): Promise<void> {
  await page.getByRole("group", { name: group, exact: true }).getByRole("button", { name: /^Of which goods/ }).click();
  const dialog = page.getByRole("dialog", { name: "Which goods?" });
  await dialog.getByText("Categories", { exact: true }).click();
  await dialog.getByRole("button", { name: new RegExp(`^${name}\\b`) }).first().click();
  await expect(dialog.getByRole("button", { name: `Remove ${name}` })).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
}

/** The names of two categories that have none below or above them in common. */
async function twoCategories(page: Page, chain: Chain): Promise<[string, string]> {
  const { items } = (await (await page.request.get(`${chain.office}/v1/categories`)).json()) as { items: { name: string; parent?: string | null }[] };
  const names = items.filter(({ parent }) => !parent).map(({ name }) => name);
  const [first, second] = names.filter((name) => /^\w+$/.test(name));
  if (!first || !second) throw new Error("the demo has no two categories");
  return [first, second];
}

test("buy two, the cheapest of another free, at weekends, for members: composed by touch, started and stopped", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Promotions" }).click();
  await expect(page.getByRole("heading", { name: "Promotions", level: 1 })).toBeVisible();
  await expectAccessible(page, "promotions");
  await page.getByRole("button", { name: "New promotion" }).click();
  await expectAccessible(page, "templates");
  await page.getByRole("button", { name: /Buy 2, get another free/ }).click();
  const [bought, free] = await twoCategories(page, chain);
  await chooseCategory(page, "Who buys", bought);
  await chooseCategory(page, "gets", free);
  await page.getByRole("button", { name: "+ Days and hours" }).click();
  for (const choice of ["Saturday", "Sunday", "From – Until"]) await page.getByText(choice, { exact: true }).click();
  await page.getByRole("button", { name: "+ Members" }).click();
  await expect(page.getByTestId("sentence")).toHaveText(`Who buys 2 of ${bought} gets the cheapest of ${free} free. Saturday and Sunday 18:00–21:00. Members only.`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Belt of the weekend");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved as version 1.")).toBeVisible();
  await expectAccessible(page, "promotion");
  await look(page, "campaign");

  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start it" }).click();
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /^Stop/ });
  await dialog.getByRole("textbox", { name: "Why" }).fill("Sold out");
  await dialog.getByRole("button", { name: "Stop it now" }).click();
  await expect(page.getByRole("region", { name: "Versions" })).toContainText("Sold out");
  await page.getByRole("link", { name: "Promotions" }).first().click();
  await expect(page.getByRole("row", { name: /Belt of the weekend/ })).toContainText("Stopped");
});

test("what is wrong is said at its field, and nothing is saved", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/promotions/new`);
  await page.getByRole("button", { name: /20 % off a category/ }).click();
  const percent = page.getByRole("textbox", { name: "Percent" });
  await percent.fill("150");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("A percent is above 0 and at most 100.")).toBeVisible();
  await expect(percent).toHaveAttribute("aria-invalid", "true");
  await percent.fill("15");
  await page.getByRole("textbox", { name: "Units in all" }).fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("textbox", { name: "Units in all" })).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("textbox", { name: "Units in all" }).fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved as version 1.")).toBeVisible();
});

/** Two products of the shop that stand in categories of their own, the dearer first. */
async function shirtAndBelt(page: Page) {
  const products = (await scannable(page)).filter(({ category }) => /^[\w ]+$/.test(category));
  for (const shirt of products) {
    const belt = products.find(({ category, unit_price }) => category !== shirt.category && cents(unit_price) < cents(shirt.unit_price));
    if (belt) return { shirt, belt };
  }
  throw new Error("the demo has no two such products");
}

/** The weekdays that it may be at the shop until the test has ended. */
function weekdays(timeZone: string): string[] {
  const said = new Intl.DateTimeFormat("en", { weekday: "long", timeZone });
  return [...new Set([0, 15 * 60_000].map((later) => said.format(Date.now() + later)))];
}

/** A customer is entered at the till. */
async function enterCustomer(page: Page, phone: string): Promise<void> {
  await page.keyboard.press("F2");
  const dialog = page.getByRole("dialog", { name: "Customer" });
  await dialog.getByRole("textbox", { name: "Phone number" }).fill(phone);
  await page.keyboard.press("Enter");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Trần Minh");
  await dialog.getByText("Yes", { exact: true }).click();
  await dialog.getByRole("button", { name: "Enter customer" }).click();
  await expect(dialog).toBeHidden();
}

test("what is composed in the office is at the till within five seconds, leaves with its cause, and goes back with the goods", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const till = await (await browser.newContext({ viewport: { width: 1024, height: 768 } })).newPage();
  await signIn(till, shop, "branch_manager");
  const { shirt, belt } = await shirtAndBelt(till);
  const manager = await managerOf(browser, shop);
  for (const { id } of [shirt, belt]) await count(manager, id, 50);

  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/promotions/new`);
  await page.getByRole("button", { name: /Buy 2, get another free/ }).click();
  await chooseCategory(page, "Who buys", shirt.category);
  await chooseCategory(page, "gets", belt.category);
  await page.getByRole("button", { name: "+ Days and hours" }).click();
  const edge = (await (await till.request.get(`${shop.url}/v1/edge`)).json()) as { location: { time_zone: string } };
  for (const day of weekdays(edge.location.time_zone)) await page.getByText(day, { exact: true }).click();
  await page.getByRole("button", { name: "+ Members" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Belt of today");
  await page.getByRole("textbox", { name: "English" }).fill("Belt of today");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved as version 1.")).toBeVisible();

  // The till has a basket that it would touch.
  await enterCustomer(till, "646 555 0172");
  for (const { barcode } of [shirt, shirt, belt]) await scan(till, barcode);
  const pay = till.getByRole("button", { name: /^Pay \$/ });
  const total = () => pay.textContent().then(cents);
  const full = 2 * cents(shirt.unit_price) + cents(belt.unit_price);
  await expect.poll(total).toBe(full);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start it" }).click();
  const why = basket(till).getByRole("button", { name: /^Why this price: .*Belt of today/ }).first();
  await expect(why).toBeVisible({ timeout: 5_000 });
  await expect.poll(total).toBe(2 * cents(shirt.unit_price));
  await look(till, "campaign-till");

  // One shirt fewer: the belt costs again, and the till says what is missing.
  await basket(till).getByRole("button", { name: `One less of ${shirt.name}` }).click();
  const asking = till.getByRole("dialog", { name: "Take this out of the basket" });
  await asking.getByRole("button", { name: "Scanned by mistake" }).click();
  await asking.getByRole("button", { name: "Take it out" }).click();
  await expect.poll(total).toBe(cents(shirt.unit_price) + cents(belt.unit_price));
  await expect(basket(till).getByRole("button", { name: /1 more for Belt of today/ })).toBeVisible();
  await look(till, "campaign-unscanned");
  await scan(till, shirt.barcode);
  await expect.poll(total).toBe(2 * cents(shirt.unit_price));
  await till.keyboard.press("F9");
  await till.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(till.getByRole("article", { name: /^Receipt / })).toContainText("Belt of today");
  const [sale] = await sales(till);
  await till.getByRole("button", { name: "Next customer" }).click();

  // One shirt comes back: the belt is not free any more, so its price is kept back.
  await scan(till, sale?.receipt_number ?? "");
  await till.getByRole("group", { name: shirt.name }).getByRole("button", { name: "One more" }).click();
  const panel = till.getByRole("region", { name: "Refund" });
  const give = panel.getByRole("button", { name: /^Give back \$/ });
  await expect.poll(() => give.textContent().then(cents)).toBe(cents(shirt.unit_price) - cents(belt.unit_price));
  await expect(panel).toContainText("Belt of today");
  await panel.getByRole("button", { name: "Not wanted any more" }).click();
  await look(till, "campaign-return");
  await give.click();
  await expect(till.getByRole("heading", { name: "The goods are back" })).toBeVisible();

  // Stopped at once, and gone from the till.
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const stopping = page.getByRole("dialog", { name: /^Stop/ });
  await stopping.getByRole("textbox", { name: "Why" }).fill("The day is over");
  await stopping.getByRole("button", { name: "Stop it now" }).click();
  await expect(page.getByRole("region", { name: "Versions" })).toContainText("The day is over");
});
