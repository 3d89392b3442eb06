import { expect, shopOf, test, type Chain, type Shop } from "./chain";
import { PretendedNode } from "./node";
import { signInAtOffice } from "./office";
import { officeOf } from "./rights";
import { signIn } from "./station";

/** The shop that loses its computer: the last one, which no other test uses. */
function lost(chain: Chain): Shop {
  const shop = chain.locations.filter(({ kind }) => kind === "shop").at(-1);
  if (!shop || shop.id === shopOf(chain).id) throw new Error("a second shop is needed");
  return shop;
}

test("a lost computer is fenced and replaced from the office, and a record that cannot be read is put right", async ({ page, browser, chain }) => {
  const shop = lost(chain);
  const till = await (await browser.newContext()).newPage();
  await signIn(till, shop, "cashier");

  await signInAtOffice(page, chain);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Nodes" }).click();
  const card = page.getByRole("region", { name: shop.name });
  await card.getByRole("link").click();
  await expect(page.getByRole("heading", { name: shop.name, level: 1 })).toBeVisible();
  const nodeUrl = page.url();
  await expect(page.getByRole("button", { name: /^Replace it/ })).toBeDisabled();
  await page.getByRole("button", { name: "Declare it lost" }).click();
  const dialog = page.getByRole("dialog", { name: `Declare the computer of ${shop.name} lost?` });
  await expect(dialog.getByText("This computer is online now.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Why" }).fill("Stolen in the night");
  await expect(dialog.getByRole("button", { name: /^Declare it lost/ })).toBeDisabled();
  await dialog.getByRole("textbox", { name: /^Type/ }).fill(shop.name.toLowerCase());
  await dialog.getByRole("button", { name: "Declare it lost" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("Stolen in the night")).toBeVisible();
  const declare = page.getByRole("button", { name: "Declare it lost" });
  await expect(declare).toBeDisabled();
  await expect(declare).toHaveAccessibleDescription(/^It is declared lost already/);

  // The till of the lost computer says so, and what to do.
  await expect(till.getByRole("alert").filter({ hasText: "declared this branch computer lost" })).toBeVisible({ timeout: 40_000 });
  await till.context().close();

  await page.getByRole("button", { name: "Replace it" }).click();
  const replacing = page.getByRole("dialog", { name: `New computer for ${shop.name}` });
  await replacing.getByRole("button", { name: "Make a code" }).click();
  const code = await replacing.getByRole("status").textContent();
  await replacing.getByRole("button", { name: "Close" }).click();
  const office = await officeOf(browser, chain);
  const node = await PretendedNode.enrol(office, code ?? "");
  expect(node.epoch).toBe(2);

  // Its first shift carries a float in words: the record is kept, and set aside.
  const shift = crypto.randomUUID();
  const business_date = new Date().toISOString().slice(0, 10);
  const [, seq] = await node.push([
    { type: "epoch.opened", aggregate: crypto.randomUUID(), business_date, body: '{"claims":[]}' },
    {
      type: "shift.opened",
      aggregate: shift,
      business_date,
      ...(shop.registers[0] && { register: shop.registers[0].id }),
      ...(shop.staff[0] && { staff: shop.staff[0].id }),
      body: JSON.stringify({ shift, float_minor: "two hundred" }),
    },
  ]);
  await pages.getByRole("link", { name: "Held records" }).click();
  await page.getByRole("link", { name: new RegExp(`shift.opened.*Record 2/${seq}`) }).click();
  await expect(page.getByRole("heading", { name: `shift.opened, record 2/${seq}` })).toBeVisible();
  const editor = page.getByRole("textbox", { name: "Content" });
  const body = await editor.inputValue();
  expect(body).toContain("two hundred");

  // No JSON, then JSON that says something else, then the right one.
  const save = page.getByRole("button", { name: /^Put right and count it/ });
  await expect(save).toBeDisabled();
  await editor.fill(body.replace('"two hundred"', ""));
  await expect(page.getByText(/^Line 2: /)).toBeVisible();
  await page.getByRole("textbox", { name: "Why it is changed" }).fill("The float was 200.00");
  await expect(save).toBeDisabled();
  await editor.fill(body.replace('"two hundred"', "true"));
  await save.click();
  await expect(page.getByRole("alert")).toContainText("This content cannot be used");
  await editor.fill(body.replace('"two hundred"', "20000"));
  await save.click();
  await expect(page.getByText("This record is in the figures")).toBeVisible();

  await page.goto(nodeUrl);
  await expect(page.getByText("Every record that arrived is in the figures.")).toBeVisible();
});

test("a business day is signed off when nothing is missing, and not before", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Business days" }).click();
  const table = page.getByRole("table", { name: "Business days" });
  const row = table.getByRole("row").filter({ hasText: shopOf(chain).name });

  // Today cannot be: the shop still sells.
  await row.getByRole("button", { name: /Something missing$/ }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Not yet, because:");
  await dialog.getByRole("button", { name: "Mark complete" }).click();
  await expect(dialog).toContainText("Not yet, because:");
  await dialog.getByRole("button", { name: "Close" }).click();

  await row.getByRole("button", { name: /Nothing missing$/ }).first().click();
  await dialog.getByRole("button", { name: "Mark complete" }).click();
  await expect(dialog.getByRole("status")).toContainText("Marked complete");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(row.getByRole("button", { name: /: Complete$/ }).first()).toBeVisible();
});

test("every record that arrived is accounted for, and what must be zero is zero", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Integrity" }).click();
  const equation = page.getByRole("group", { name: "Records that arrived, and where they are" });
  await expect(equation.getByRole("status")).toHaveText("It adds up");
  await page.getByRole("button", { name: "Check now" }).click();
  for (const name of ["Sold twice", "Lost", "Counted twice"]) {
    await expect(page.getByRole("region", { name, exact: true })).toContainText(/^(Sold twice|Lost|Counted twice)0/);
  }
  await expect(page.getByText(/\d wrong/)).toHaveCount(0);
});
