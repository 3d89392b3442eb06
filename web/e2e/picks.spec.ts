import { expect, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { accountsOf, count, giveBack, managerOf, officeOf } from "./rights";
import { scannable, signIn } from "./station";

test("an order by phone is paid, rings at the shop, is picked and handed over", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  await signIn(page, shop, "branch_manager");
  const product = (await scannable(page))[5];
  if (!product) throw new Error("a product with a barcode is needed");
  await count(manager, product.id, 9);
  await giveBack(manager, product.id, 2);
  const office = await officeOf(browser, chain);
  await expect
    .poll(async () => {
      const answer = await office.get(`/v1/stock/${product.id}`);
      const { locations } = (await answer.json()) as { locations: { location_id: string; available: number }[] };
      return locations.find(({ location_id }) => location_id === shop.id)?.available;
    })
    .toBe(2);

  const desk = await (await browser.newContext()).newPage();
  await signInAtOffice(desk, chain);
  await desk.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Orders" }).click();
  await desk.getByRole("link", { name: "Order by phone" }).click();
  await desk.getByRole("searchbox", { name: "Name, code or barcode" }).fill(product.name);
  const add = desk.getByRole("button", { name: `Add ${product.name}`, exact: true });
  await add.click();
  await add.click();
  await desk.getByRole("textbox", { name: "Customer" }).fill("Bea Ross");
  await desk.getByRole("combobox", { name: "Collected at" }).selectOption({ label: shop.name });
  await desk.getByRole("button", { name: "Place the order" }).click();
  await desk.getByRole("button", { name: "Payment received" }).click();
  const paying = desk.getByRole("dialog", { name: "Payment received" });
  await paying.getByRole("textbox", { name: "Number of the payment" }).fill("P-42");
  await paying.getByRole("button", { name: "Payment received" }).click();
  await expect(paying).toHaveCount(0);

  // It rings at the till, without anybody asking for it.
  await expect(page.getByRole("status").filter({ hasText: "A new online order has come." })).toBeVisible({ timeout: 20_000 });
  await page.getByRole("link", { name: /to pick/ }).click();
  const card = page.getByRole("listitem").filter({ hasText: "Bea Ross" });
  await expect(card).toContainText("2 of 2");
  await card.getByRole("button", { name: `One less of ${product.name}` }).click();
  await expect(card.getByRole("button", { name: "Picked, with some missing" })).toBeVisible();
  await card.getByRole("button", { name: `One more of ${product.name}` }).click();
  await card.getByRole("button", { name: "Picked", exact: true }).click();
  const ready = page.getByRole("region", { name: "Ready to hand over" });
  await expect(ready).toContainText("Bea Ross");
  expect(await accountsOf(manager, product.name)).toMatchObject({ node_rights: 7, claim_bound: 0, picked: 2 });
  await expect(desk.getByText("Picked", { exact: true }).first()).toBeVisible();
  await ready.getByRole("button", { name: "Hand over to Bea Ross" }).click();
  await expect(ready).toHaveCount(0);
  await expect(desk.getByText("Handed over", { exact: true }).first()).toBeVisible();
  await desk.context().close();
});
