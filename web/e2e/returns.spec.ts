import { expectAccessible } from "./accessible";
import { expect, person, shopOf, test } from "./chain";
import { look } from "./picture";
import { count, managerOf } from "./rights";
import { basket, cents, sales, scan, scannable, signIn } from "./station";

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
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
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
