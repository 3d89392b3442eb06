import { expect, person, shopOf, test } from "./chain";
import { figure, showOverviewOf, signInAtOffice } from "./office";
import { basket, cents, enterPin, sales, scan, scannable, signIn } from "./station";

/** From the receipt on the till to the figure in the office; the promise is one second on an idle machine. */
const LIVE_MS = 3_000;

test("a cashier sells three items for cash while the office watches", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const office = await (await browser.newContext()).newPage();
  await signInAtOffice(office, chain);
  await signIn(page, shop, "cashier");
  await showOverviewOf(office, chain, shop, page);
  const revenue = figure(office, "Revenue");
  await expect(revenue).toContainText("complete to");
  const before = cents(await revenue.textContent());

  const [first, second, third] = await scannable(page);
  if (!first || !second || !third) throw new Error("three products with barcodes are needed");
  await scan(page, first.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await scan(page, second.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);

  // The third is searched; fingers are slower than a scanner.
  const search = page.getByRole("searchbox", { name: "Search products" });
  await expect(search).toHaveValue("");
  await search.pressSequentially(third.name, { delay: 60 });
  await search.press("Enter");
  await expect(basket(page).getByRole("listitem")).toHaveCount(3);
  await expect(search).toHaveValue("");

  await page.getByRole("button", { name: /^Pay \$/ }).click();
  const due = cents(await page.getByRole("button", { name: /^Exact cash/ }).textContent());
  await page.getByRole("textbox", { name: "Another amount" }).fill("100");
  await page.getByRole("button", { name: "Cash", exact: true }).click();

  const change = page.getByRole("status").filter({ hasText: "Change" });
  await expect(change).toBeVisible();
  const paidAt = Date.now();
  expect(cents(await change.textContent())).toBe(10_000 - due);
  const receipt = page.getByRole("article", { name: /^Receipt / });
  await expect(receipt.getByText(first.name)).toBeVisible();

  await expect.poll(async () => cents(await revenue.textContent()), { timeout: LIVE_MS, intervals: [25] }).toBe(before + due);
  test.info().annotations.push({ type: "office moved after", description: `${Date.now() - paidAt} ms` });
  const number = (await receipt.getAttribute("aria-label"))?.replace("Receipt ", "") ?? "";
  await expect(office.getByRole("region", { name: "Just now" }).getByText(number)).toBeVisible();

  // The next scan begins the next customer, without a tap.
  await scan(page, first.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await basket(page).getByRole("button", { name: "Void the basket" }).click();
  const voiding = page.getByRole("dialog", { name: "Void the whole basket" });
  await voiding.getByRole("button", { name: "Customer changed their mind" }).click();
  await voiding.getByRole("button", { name: "Ask a supervisor" }).click();
  const manager = person(shop, "branch_manager");
  await voiding.getByRole("group", { name: "Who decides?" }).getByText(manager.name).click();
  await voiding.getByLabel(/^PIN/).fill(manager.pin);
  await voiding.getByRole("button", { name: "Take it out" }).click();
  await expect(basket(page).getByText("Scan the first item")).toBeVisible();

  // The receipt can be shown again, and found in the office with where it came from.
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Recent sales" }).click();
  await page.getByRole("link", { name: new RegExp(number) }).click();
  await expect(page.getByRole("article", { name: `Receipt ${number}` })).toBeVisible();
  await office.getByRole("link", { name: new RegExp(number) }).click();
  await expect(office.getByRole("region", { name: "Where it came from" })).toContainText("epoch 1, number");
  await office.context().close();
});

test("a wrong PIN counts the tries that are left", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await page.goto(`${shop.url}/pos`);
  await page.getByRole("button", { name: shop.registers[0]?.name ?? "" }).click();
  const cashier = shop.staff.find(({ role }) => role === "cashier");
  await page.getByRole("button", { name: cashier?.name ?? "" }).click();
  await enterPin(page, "0000");
  await expect(page.getByRole("alert")).toContainText(/Wrong PIN\. \d tries left\./);
  await enterPin(page, cashier?.pin ?? "");
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("an unknown barcode is named, and leaks nowhere", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  const search = page.getByRole("searchbox", { name: "Search products" });
  await search.click();
  await scan(page, "4999999999996");
  await expect(page.getByRole("alert")).toContainText("4999999999996");
  await expect(search).toHaveValue("");
  await expect(basket(page).getByText("Scan the first item")).toBeVisible();

  // A quantity is being typed: the scan adds a line and leaves the quantity alone.
  const [first, second] = await scannable(page);
  await scan(page, first?.barcode ?? "");
  await basket(page).getByRole("button", { name: /^Change the quantity/ }).click();
  const quantity = page.getByRole("textbox", { name: "Quantity" });
  await scan(page, second?.barcode ?? "");
  await expect(quantity).toHaveValue("1");
  await quantity.fill("3");
  await quantity.press("Enter");
  await expect(basket(page).getByRole("listitem")).toHaveCount(2);
  await expect(basket(page).getByRole("button", { name: /: 3$/ })).toBeVisible();
});

test("paying too little leaves the rest to pay, and a card pays no more than that", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  const [first] = await scannable(page);
  await scan(page, first?.barcode ?? "");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  const due = cents(await dialog.getByRole("button", { name: /^Exact cash/ }).textContent());
  const other = dialog.getByRole("textbox", { name: "Another amount" });
  await other.fill("0.10");
  await dialog.getByRole("button", { name: "Cash", exact: true }).click();
  await expect(dialog.getByText("Still to pay")).toBeVisible();
  expect(cents(await dialog.getByRole("button", { name: /^Exact cash/ }).textContent())).toBe(due - 10);
  await other.fill("999");
  const card = dialog.getByRole("button", { name: /^Card/ });
  await expect(card).toBeDisabled();
  await expect(card).toHaveAccessibleDescription(/^A card cannot pay more/);
  await other.fill("");
  await dialog.getByRole("button", { name: /^Card \$/ }).click();
  await expect(page.getByRole("status").filter({ hasText: "No change" })).toBeVisible();

  // The edge refuses what a client gets wrong, whatever the page shows.
  const session = (await (await page.request.get(new URL("/v1/session", page.url()).href)).json()) as { shift: { id: string } };
  const refused = await page.request.put(new URL(`/v1/sales/${crypto.randomUUID()}`, page.url()).href, {
    data: {
      shift_id: session.shift.id,
      lines: [{ variant_id: first?.id, quantity: 1 }],
      tenders: [{ kind: "cash", amount_minor: 1 }],
    },
  });
  expect([refused.status(), ((await refused.json()) as { code: string }).code]).toEqual([422, "sale.underpaid"]);
});

test("two presses on Pay make one sale, and so does a lost answer", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  const [first] = await scannable(page);
  const before = new Set((await sales(page)).map(({ id }) => id));
  const made = async () => (await sales(page)).filter(({ id }) => !before.has(id));
  await scan(page, first?.barcode ?? "");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await page.getByRole("button", { name: /^Exact cash/ }).dblclick();
  await expect(page.getByRole("button", { name: "Next customer" })).toBeVisible();
  expect(await made()).toHaveLength(1);

  // The sale is recorded, but its answer is lost twice: the till asks again with the same id.
  await page.getByRole("button", { name: "Next customer" }).click();
  await scan(page, first?.barcode ?? "");
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  let lost = 0;
  await page.route("**/v1/sales/*", async (route) => {
    if (route.request().method() !== "PUT" || lost === 2) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort("connectionreset");
  });
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("button", { name: "Next customer" })).toBeVisible();
  expect(lost).toBe(2);
  expect(await made()).toHaveLength(2);
});

test("the drawer is counted blind", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Close the shift" }).click();
  await expect(page.getByRole("term").filter({ hasText: "Expected" })).toHaveCount(0);
  await page.getByRole("textbox", { name: "Counted in the drawer" }).fill("1");
  await page.getByRole("button", { name: "Counted" }).click();
  await page.getByRole("textbox", { name: "Why does it not fit?" }).fill("somebody counted one");
  await page.getByRole("button", { name: "Close shift" }).click();
  await expect(page.getByRole("heading", { name: /^The shift is closed: Z report/ })).toBeVisible();
  // A cashier is not told by how much.
  await expect(page.getByText("Your manager sees the rest.")).toBeVisible();
  await expect(page.getByRole("term").filter({ hasText: "Expected" })).toHaveCount(0);

  // Without a shift a scan says so.
  await page.getByRole("button", { name: "Open a new shift" }).click();
  await expect(page.getByRole("heading", { name: "Open the shift" })).toBeVisible();
  await scan(page, "4006381333931");
  await expect(page.getByRole("alert")).toContainText("no shift is open");
  await expect(page.getByRole("textbox", { name: "Float in the drawer" })).toHaveValue("");
});

test("a till that has seen more than the branch computer knows does not sell", async ({ page, chain }) => {
  const shop = shopOf(chain);
  await signIn(page, shop, "cashier");
  const marks = () => page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith("branchline.highest.")));
  const [mark] = await marks();
  expect(mark?.[1]).toMatch(/^\d+\/\d+\/[0-9a-f]{64}$/);

  // As if an old backup had been started under the same name.
  await page.evaluate(([key]) => localStorage.setItem(key ?? "", "1/99999999"), mark ?? []);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Do not sell here" })).toBeVisible();
  await expect(page.getByRole("searchbox")).toHaveCount(0);

  await page.evaluate(([key, seen]) => localStorage.setItem(key ?? "", seen ?? ""), mark ?? []);
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByRole("searchbox", { name: "Search products" })).toBeVisible();
});

test("a sale by keyboard alone: three scans, F9, Enter", async ({ page, chain }) => {
  await signIn(page, shopOf(chain), "cashier");
  const products = (await scannable(page)).slice(0, 3);
  for (const [at, { barcode }] of products.entries()) {
    await scan(page, barcode);
    await expect(basket(page).getByRole("listitem")).toHaveCount(at + 1);
  }
  await expect(page.getByRole("button", { name: /^Pay \$/ })).toBeEnabled();
  await page.keyboard.press("F9");
  await expect(page.getByRole("textbox", { name: "Another amount" })).toBeFocused();
  await page.keyboard.press("Enter");
  const next = page.getByRole("button", { name: "Next customer" });
  await expect(next).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(basket(page).getByText("Scan the first item")).toBeVisible();
});
