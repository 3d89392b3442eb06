import { readFile } from "node:fs/promises";

import { expectAccessible } from "./accessible";
import { expect, test } from "./chain";
import { signInAtOffice } from "./office";

test("a T-shirt in sizes and colours is made, priced and found without leaving the page", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Products" }).click();
  await expect(page.getByRole("table", { name: "Products" })).toBeVisible();
  await expectAccessible(page, "products");
  await page.getByRole("button", { name: "New product" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("T-shirt");
  await page.getByRole("button", { name: "Add an option" }).click();
  await page.getByRole("textbox", { name: "Option 1", exact: true }).fill("Size");
  await page.getByRole("textbox", { name: "Choices of option 1" }).fill("S, M, L");
  await page.getByRole("button", { name: "Add an option" }).click();
  await page.getByRole("textbox", { name: "Option 2", exact: true }).fill("Colour");
  await page.getByRole("textbox", { name: "Choices of option 2" }).fill("Red, Blue");
  await page.getByRole("textbox", { name: "Pattern of the SKUs" }).fill("TS-{1}-{2}");
  await page.getByRole("button", { name: "Make the variants" }).click();
  await expect(page.getByRole("group")).toHaveCount(6);
  await page.getByRole("textbox", { name: "Price for all" }).fill("12.50");
  await page.getByRole("button", { name: "Take it" }).click();
  await expectAccessible(page, "product");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "T-shirt", level: 1 })).toBeVisible();
  await expect(page.getByRole("group", { name: "L · Blue" }).getByRole("textbox", { name: "SKU" })).toHaveValue("TS-L-BLUE");
  await expect(page.getByRole("region", { name: "Changes" })).toContainText("created it");

  await page.getByRole("link", { name: "Products" }).first().click();
  await page.getByRole("searchbox", { name: "Name, SKU or barcode" }).fill("ts-m-red");
  await expect(page.getByRole("row", { name: /T-shirt/ })).toContainText("12.50");
});

test("a file with three bad rows is tried, said by line, and taken in", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/imports`);
  const rows = ["Artikel;Bezeichnung;barcode;price", "I-1;Áo dài;;129,50", "I-2;Wrong digit;4006381333932;1", "I-1;Twice;;1", "I-3;No price;;1e5", "I-4;Tea;;2,10"];
  await page.getByLabel("File from this computer").setInputFiles({ name: "goods.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
  await page.getByRole("button", { name: "Try it" }).click();
  const outcome = page.getByRole("region", { name: /Trial/ });
  await expect(outcome).toContainText("The file has: Artikel, Bezeichnung, barcode, price");
  await outcome.getByLabel("Which column is “sku”?").selectOption("Artikel");
  await outcome.getByLabel("Which column is “name”?").selectOption("Bezeichnung");
  await outcome.getByRole("button", { name: "Try again" }).click();
  await expect(outcome).toContainText("5 of 5 rows");
  const table = outcome.getByRole("table", { name: "Refused rows" });
  await expect(table.getByRole("row", { name: /4006381333932/ })).toContainText("its check digit is wrong");
  await expect(table.getByRole("row")).toHaveCount(4);
  await expectAccessible(page, "import");
  await outcome.getByRole("button", { name: "Take it in" }).click();
  const done = page.getByRole("region", { name: "Outcome" });
  await expect(done).toContainText("Done · 5 of 5 rows");
  const [download] = await Promise.all([page.waitForEvent("download"), done.getByRole("link", { name: "All refused rows as CSV" }).click()]);
  expect((await readFile(await download.path(), "utf8")).split("\r\n").slice(1, 4)).toEqual([
    "3,barcode,barcode.check_digit,4006381333932",
    "4,sku,import.repeated,I-1",
    "5,price,import.number,1e5",
  ]);
});
