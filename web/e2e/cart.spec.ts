import { expectAccessible } from "./accessible";
import { expect, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { count, giveBack, managerOf, officeOf } from "./rights";
import { scannable, signIn } from "./station";

test("a cart of the office costs what its codes and a flash sale make it, and is placed at the price that was told", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const manager = await managerOf(browser, shop);
  await signIn(page, shop, "branch_manager");
  const product = (await scannable(page))[11];
  if (!product) throw new Error("a product with a barcode is needed");
  await count(manager, product.id, 20);
  await giveBack(manager, product.id, 12);
  const office = await officeOf(browser, chain);
  await expect
    .poll(async () => {
      const { totals } = (await (await office.get(`/v1/stock/${product.id}`)).json()) as { totals: { available: number } };
      return totals.available;
    })
    .toBeGreaterThanOrEqual(12);
  /** A promotion on this product, in the web alone; it runs. */
  const promote = async (name: string, off: number, rest: object) => {
    const id = crypto.randomUUID();
    const { when = [], ...limits } = rest as { when?: unknown[] };
    const draft = { name, when: [{ channel: ["web"] }, ...when], effects: [{ percent: { off, target: { of: { variants: [product.id] } } } }], ...limits };
    const saved = await office.put(`/v1/promotions/${id}`, { data: { draft } });
    expect(saved.ok(), await saved.text()).toBe(true);
    expect((await office.post(`/v1/promotions/${id}/start`, { data: { version: 1 } })).ok()).toBe(true);
    return id;
  };
  const spring = await promote("Spring letter", 2_000, { when: ["voucher"] });
  const flash = await promote("Flash of one", 5_000, { limits: { units: 1 } });
  await promote("Members' week", 1_000, { when: ["member"] });
  const makeCodes = async (body: object) => {
    const made = await office.post(`/v1/promotions/${spring}/vouchers`, { data: { id: crypto.randomUUID(), ...body } });
    expect(made.ok(), await made.text()).toBe(true);
  };
  const mark = Date.now().toString(36).toUpperCase();
  await makeCodes({ codes: [`SPRING${mark}`], uses_each: 1 });
  await makeCodes({ codes: [`GOLD${mark}`], segment: "gold" });
  // What was read before is forgotten.
  await page.waitForTimeout(3_500);

  const desk = await (await browser.newContext()).newPage();
  await signInAtOffice(desk, chain);
  await desk.goto(`${chain.office}/office/orders/new`);
  await desk.getByRole("searchbox", { name: "Name, code or barcode" }).fill(product.name);
  await desk.getByRole("button", { name: `Add ${product.name}`, exact: true }).click();
  const price = desk.getByRole("region", { name: "Price" });
  await expect(price).toContainText("Flash of one");
  await expect(price).toContainText("For members, in a branch: Members' week");

  const code = desk.getByRole("textbox", { name: "Voucher code" });
  const use = desk.getByRole("button", { name: "Use the code" });
  for (const [typed, words] of [
    ["no such code", "There is no such voucher."],
    ["what?", "This is no voucher code."],
    [`gold ${mark}`, "This voucher is for certain customers, who show it in a branch."],
  ] as const) {
    await code.fill(typed);
    await use.click();
    await expect(desk.getByRole("alert")).toHaveText(words);
  }
  await look(desk, "cart-voucher-refused");
  await code.fill(` spring-${mark.toLowerCase()}`);
  await use.click();
  const codes = desk.getByRole("list", { name: "Vouchers" });
  await expect(codes).toContainText(`SPRING${mark}`);
  await expect(codes).toContainText("Taken off");
  await expect(price).toContainText("Spring letter");
  await expect(desk.getByRole("alert")).toHaveCount(0);
  await expectAccessible(desk, "cart");
  await look(desk, "cart-voucher");

  // Somebody else gets the last unit of the flash sale: the customer is told the new price before anything is placed.
  const first = await office.put(`/v1/orders/${crypto.randomUUID()}`, { data: { customer: "Quick", lines: [{ variant_id: product.id, quantity: 1 }] } });
  expect(first.ok(), await first.text()).toBe(true);
  const place = desk.getByRole("button", { name: "Place the order" });
  await place.click();
  const changed = desk.getByRole("alert").filter({ hasText: "The price has changed" });
  const soldOut = price.getByText("Flash of one is used up.");
  // Unless the price was worked out again in the meantime, and the customer sees it already.
  await expect(changed.or(soldOut).first()).toBeVisible();
  await expect(soldOut).toBeVisible();
  await expectAccessible(desk, "cart price changed");
  await look(desk, "cart-price-changed");
  if (await place.isVisible()) await place.click();
  await expect(desk.getByRole("region", { name: "About the order" })).toContainText(`SPRING${mark}`);
  await expect(desk.getByRole("region", { name: "Why" })).toContainText("Spring letter");
  await look(desk, "order-voucher");

  // Used: nobody else has it, and the list of codes says so. Cancelled: it is good again.
  await desk.goto(`${chain.office}/office/promotions/${spring}`);
  const listed = desk.getByRole("listitem").filter({ hasText: `SPRING${mark}` });
  await expect(listed).toContainText("Used: 1 of 1");
  await expect(listed).toContainText("Used up");
  await look(desk, "voucher-used");
  await desk.goBack();
  await desk.getByRole("button", { name: "Cancel the order" }).click();
  const dialog = desk.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Changed her mind");
  await dialog.getByRole("button", { name: "Cancel the order" }).click();
  await expect(dialog).toHaveCount(0);
  await desk.goto(`${chain.office}/office/promotions/${spring}`);
  await expect(listed).toContainText("Used: 0 of 1");
  for (const id of [spring, flash]) await office.post(`/v1/promotions/${id}/stop`, { data: { reason: "over" } });
  await desk.context().close();
});

test("a fixed price that lowers nothing for some goods is warned of, in three languages and on a phone", async ({ page, browser, chain }) => {
  const office = await officeOf(browser, chain);
  const { items } = (await (await office.get("/v1/products", { params: { limit: 50 } })).json()) as { items: { id: string }[] };
  const id = crypto.randomUUID();
  const effects = [{ price: { price: 150, target: { of: { products: items.map((item) => item.id) } } } }];
  const saved = await office.put(`/v1/promotions/${id}`, { data: { draft: { name: "All for 1.50", effects } } });
  expect(saved.ok(), await saved.text()).toBe(true);
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/promotions/${id}`);
  const card = page.getByRole("region", { name: "Meets others" });
  await expect(card).toContainText("does not lower the price of");
  await expectAccessible(page, "promotion warned of");
  await look(page, "promotion-price-above");
  const storageState = await page.context().storageState();
  for (const [locale, code, add] of [
    ["vi-VN", "Mã giảm giá", /^Thêm /],
    ["th-TH", "รหัสส่วนลด", /^เพิ่ม /],
  ] as const) {
    const phone = await (await browser.newContext({ locale, storageState, viewport: { width: 390, height: 844 } })).newPage();
    await phone.goto(`${chain.office}/office/promotions/${id}`);
    await expect(phone.getByText("1,50").or(phone.getByText("1.50")).first()).toBeVisible();
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await phone.goto(`${chain.office}/office/orders/new`);
    await phone.getByRole("button", { name: add }).first().click();
    await expect(phone.getByRole("textbox", { name: code })).toBeVisible();
    await phone.getByRole("textbox", { name: code }).fill("no such code");
    await phone.keyboard.press("Enter");
    await expect(phone.getByRole("alert")).toBeVisible();
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await expectAccessible(phone, `cart ${locale}`);
    await phone.getByRole("alert").evaluate((said) => said.scrollIntoView({ block: "center" }));
    await look(phone, `cart-${locale}`);
    await phone.context().close();
  }
});
