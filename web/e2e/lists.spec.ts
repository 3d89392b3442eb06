import { expectAccessible } from "./accessible";
import { expect, test } from "./chain";
import { signInAtOffice } from "./office";

test("two people change one tax: the second one sees both versions, and loses nothing", async ({ page, browser, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Catalogue lists" }).click();
  await expect(page.getByRole("table", { name: "Categories" })).toBeVisible();
  await expectAccessible(page, "lists");
  await page.getByRole("link", { name: "Taxes" }).click();
  await page.getByRole("button", { name: "New tax" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Luxury");
  await dialog.getByRole("textbox", { name: "Rate in percent" }).fill("33,25");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Luxury/ })).toContainText("33.25 %");

  const other = await browser.newPage();
  await signInAtOffice(other, chain);
  for (const one of [page, other]) {
    await one.goto(`${chain.office}/office/lists/taxes`);
    await one.getByRole("button", { name: "Luxury" }).click();
  }
  await other.getByRole("textbox", { name: "Name" }).fill("Luxury goods");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByRole("button", { name: "Luxury goods" })).toBeVisible();
  await other.close();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Luxury tax");
  await dialog.getByRole("button", { name: "Save" }).click();
  const conflict = dialog.getByRole("alert", { name: "Changed meanwhile" });
  await expect(conflict.getByRole("row", { name: /Name/ })).toContainText("Luxury taxLuxury goods");
  await expectAccessible(page, "conflict");
  await conflict.getByRole("button", { name: "Save mine" }).click();
  await page.getByRole("button", { name: "Luxury tax" }).click();
  await expect(dialog.getByRole("region", { name: "Changes" })).toContainText("Name: Luxury goods → Luxury tax");
});

test("a price list that ends before it starts is refused, and a price for later stands on the time line", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/lists/priceLists`);
  await page.getByRole("button", { name: "New price list" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Lunar New Year");
  await dialog.getByRole("textbox", { name: "Code" }).fill("tet");
  await dialog.getByLabel("Counts from").fill("2099-02-01T00:00");
  await dialog.getByLabel("Counts until").fill("2099-01-01T00:00");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("A price list ends after it starts.");
  await dialog.getByLabel("Counts until").fill("2099-02-20T00:00");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Lunar New Year/ })).toContainText("tet");

  await page.goto(`${chain.office}/office/products`);
  await page.getByRole("table", { name: "Products" }).getByRole("link").first().click();
  const prices = page.getByRole("region", { name: "Prices over time" });
  await prices.getByRole("textbox", { name: "Price" }).fill("77.70");
  await prices.getByLabel("From when on").fill("2098-12-31T08:00");
  await prices.getByRole("button", { name: "Enter it" }).click();
  await expect(prices.getByRole("row", { name: /later/ })).toContainText("77.70");
  await expect(prices.getByRole("img", { name: "Time line of standard" })).toBeVisible();
  await expectAccessible(page, "prices");
});

test("a branch is opened with a register, renamed and closed", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/locations`);
  await expect(page.getByRole("table", { name: "Branches" })).toBeVisible();
  await page.getByRole("button", { name: "New branch" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Harbour");
  await dialog.getByRole("textbox", { name: "Code" }).fill("HAR");
  await dialog.getByRole("button", { name: "Add a register" }).click();
  await dialog.getByRole("textbox", { name: "Name of register 1" }).fill("Till 1");
  await dialog.getByRole("textbox", { name: "Prefix of receipts 1" }).fill("H1");
  await expectAccessible(page, "location");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /Harbour/ }).click();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Old harbour");
  await dialog.getByRole("checkbox", { name: /Closed/ }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Old harbour/ })).toContainText("closed");
});
