import { expectAccessible } from "./accessible";
import { expect, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";

test("what is owed to a supplier is paid, and the payment reversed", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("link", { name: "Supplier accounts" }).click();
  await expect(page.getByRole("heading", { name: "Supplier accounts", level: 1 })).toBeVisible();
  const first = page.getByRole("table", { name: "Supplier accounts" }).getByRole("row").nth(1);
  const supplier = (await first.getByRole("rowheader").innerText()).trim();
  await expectAccessible(page, "supplier accounts");
  await look(page, "supplier-accounts");

  await first.getByRole("link").click();
  await expect(page.getByRole("heading", { name: supplier, level: 1 })).toBeVisible();
  const statement = page.getByRole("table", { name: "Statement" });
  const newest = statement.getByRole("row").nth(1);
  const owed = await newest.getByRole("cell").nth(5).innerText();
  await expectAccessible(page, "account of a supplier");
  await look(page, "supplier-account");

  await page.getByRole("button", { name: "Record a payment or document" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: `All that is owed: ${owed}` }).click();
  await dialog.getByRole("textbox", { name: "Their reference" }).fill("TRF 1204");
  await expectAccessible(page, "payment to a supplier");
  await look(page, "supplier-payment");
  await dialog.getByRole("button", { name: `Record the payment of ${owed}` }).click();
  await expect(dialog).toBeHidden();
  await expect(newest).toContainText("Payment · bank transfer");
  await expect(newest).toContainText("TRF 1204");
  await expect(newest.getByRole("cell").nth(5)).toHaveText("$0.00");

  // Nothing is left to pay, so more is an advance; the dialog says so before.
  await page.getByRole("button", { name: "Record a payment or document" }).click();
  await dialog.getByRole("textbox", { name: /^Amount/ }).fill("12.50");
  await expect(dialog.getByText("$12.50 more than is owed")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Their reference" }).fill("trf 1204");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "paid in advance" })).toContainText("same reference");
  await expect(newest.getByText("same reference twice")).toBeVisible();

  await newest.getByRole("button", { name: "Reverse: Payment $12.50" }).click();
  await dialog.getByRole("textbox", { name: "Why" }).fill("typed twice");
  await expectAccessible(page, "reversal of a payment");
  await dialog.getByRole("button", { name: "Reverse" }).click();
  await expect(dialog).toBeHidden();
  await expect(newest).toContainText("Reversal");
  await expect(newest).toContainText("typed twice");
  await expect(page.getByRole("alert").filter({ hasText: "paid in advance" })).toBeHidden();
  await expect(statement.getByText("taken back")).toHaveCount(1);
  await expect(page.getByText("same reference twice")).toHaveCount(0);
  await look(page, "supplier-reversed");

  await statement.getByRole("link", { name: /^Purchase/ }).first().click();
  await expect(page.getByRole("article", { name: /^Purchase ticket/ })).toBeVisible();
  await page.getByRole("link", { name: "Supplier’s account" }).click();
  await expect(page.getByRole("heading", { name: supplier, level: 1 })).toBeVisible();
});
