import { expectAccessible } from "./accessible";
import { expect, find, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { basket, cents, enterPin, scan, scannable, signIn } from "./station";

test("a drawer from the float to the Z report", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "branch_manager");
  // A shift that another test has left open is not ours to count.
  const session = (await (await page.request.get(`${shop.url}/v1/session`)).json()) as { shift: { id: string } };
  const expected = async () => {
    const answer = await page.request.get(`${shop.url}/v1/shifts/${session.shift.id}/report`);
    return ((await answer.json()) as { expected_minor: number }).expected_minor;
  };
  const before = await expected();

  const [product] = await scannable(page);
  await scan(page, product?.barcode ?? "");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  const price = cents(await page.getByRole("button", { name: /^Exact cash/ }).textContent());
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await page.getByRole("button", { name: "Next customer" }).click();

  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Cash" }).click();
  const move = async (way: string, amount: string, act: string, note?: string) => {
    await page.getByRole("button", { name: way }).click();
    const dialog = page.getByRole("dialog", { name: way });
    await dialog.getByRole("textbox", { name: "Amount" }).fill(amount);
    if (note) {
      await dialog.getByRole("button", { name: "Other" }).click();
      await dialog.getByRole("textbox", { name: /note/i }).fill(note);
    }
    await dialog.getByRole("button", { name: act }).click();
    await expect(dialog).toBeHidden();
  };
  await move("Paid out", "12.50", "Pay out", "bin bags");
  await move("To the safe", "40", "Take to the safe");
  await expect(page.getByRole("list", { name: "Cash in and out of this shift" }).getByRole("listitem")).toHaveCount(2);
  await expectAccessible(page, "cash");
  await look(page, "cash");
  expect(await expected()).toBe(before + price - 1250 - 4000);

  await page.getByRole("button", { name: "X report" }).click();
  await expect(page.getByRole("article", { name: "X report" })).toContainText("Taken to the safe");
  await look(page, "x-report");

  // Ten dollars are missing.
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Close the shift" }).click();
  await page.getByRole("button", { name: "One $20.00 more" }).click();
  await expect(page.getByRole("textbox", { name: "Counted in the drawer" })).toHaveValue("20");
  await expectAccessible(page, "count the drawer");
  await look(page, "count");
  const counted = (await expected()) - 1000;
  await page.getByRole("textbox", { name: "Counted in the drawer" }).fill((counted / 100).toFixed(2));
  await page.getByRole("button", { name: "Counted" }).click();
  await expect(page.getByRole("status").filter({ hasText: "does not fit" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "$10.00 short" })).toBeVisible();
  await look(page, "difference");
  await page.getByRole("textbox", { name: "Why does it not fit?" }).fill("a torn note");
  await page.getByRole("button", { name: "Close shift" }).click();
  await page.getByRole("button", { name: "Show the Z report" }).click();
  const z = page.getByRole("article", { name: /^Z report/ });
  await expect(z).toContainText("a torn note");
  await expectAccessible(page, "Z report");
  await look(page, "z-report");

  const office = await (await browser.newContext()).newPage();
  await signInAtOffice(office, chain);
  await office.goto(`${chain.office}/office/drawers?branch=${shop.id}`);
  await expect(office.getByRole("table").getByText("-$10.00").first()).toBeVisible({ timeout: 15_000 });
  await expectAccessible(office, "drawers");
  await look(office, "drawers");
  await office.goto(`${chain.office}/office/z-reports?branch=${shop.id}`);
  await office.getByRole("table").getByRole("link").first().click();
  await expect(office.getByRole("article", { name: /^Z report/ })).toContainText("a torn note");
  await expectAccessible(office, "Z report in the office");
  await look(office, "office-z-report");
  await office.context().close();
});

test("a cashier counts blind, and a locked till goes on with the basket of the one before", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "cashier");
  const [product] = await scannable(page);
  await scan(page, product?.barcode ?? "");
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "Lock" }).click();
  await expect(page.getByRole("heading", { name: "Who is working?" })).toBeVisible();
  const refused = await page.request.get(`${shop.url}/v1/session`);
  expect(refused.status()).toBe(401);
  const manager = find(shop.staff, ({ role }) => role === "branch_manager");
  await page.getByRole("button", { name: manager.name }).click();
  await enterPin(page, manager.pin);
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await basket(page).getByRole("button", { name: "Void the basket" }).click();
  const whole = page.getByRole("dialog", { name: "Void the whole basket" });
  await whole.getByRole("button", { name: "Scanned by mistake" }).click();
  await whole.getByRole("button", { name: "Take it out" }).click();
  await expect(basket(page).getByRole("listitem")).toHaveCount(0);
  await page.getByRole("button", { name: "Lock" }).click();

  const cashier = find(shop.staff, ({ role }) => role === "cashier");
  await page.getByRole("button", { name: cashier.name }).click();
  await enterPin(page, cashier.pin);
  await expect(page.getByRole("searchbox", { name: "Search products" })).toBeVisible();
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(page.getByRole("menuitem", { name: "Z reports" })).toHaveCount(0);
  await page.getByRole("menuitem", { name: "Close the shift" }).click();
  await page.getByRole("textbox", { name: "Counted in the drawer" }).fill("1");
  await page.getByRole("button", { name: "Counted" }).click();
  await expect(page.getByRole("status").filter({ hasText: "does not fit" })).toBeVisible();
  await expect(page.getByText(/short|too much/)).toHaveCount(0);
  await page.getByRole("button", { name: "Count again" }).click();
  await expect(page.getByRole("heading", { name: "Close the shift" })).toBeVisible();
});
