import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { basket, scan, scannable, signIn } from "./station";

/** A tablet, which is what most tills are. */
const TABLET = { width: 1024, height: 768 };
const LANGUAGES = { vi: "Khách hàng", th: "ลูกค้า" };

/** What a browser asks for stands in logs: no address may say who somebody is. */
const watch = (page: Page, urls: string[]) => page.on("request", (request) => urls.push(decodeURIComponent(request.url())));

const speak = async (page: Page, language: string) => {
  await page.evaluate((chosen) => localStorage.setItem("branchline.language", chosen), language);
  await page.reload();
};

test("a customer is entered at the till, goes along with the basket, and is forgotten by the office", async ({ page, browser, chain }) => {
  const shop = shopOf(chain);
  const urls: string[] = [];
  watch(page, urls);
  await page.setViewportSize(TABLET);
  await signIn(page, shop, "branch_manager");
  // The shop's country is the United States: its time zone says so.
  const phone = "646 555 0147";
  await page.keyboard.press("F2");
  const dialog = page.getByRole("dialog", { name: "Customer" });
  const field = dialog.getByRole("textbox", { name: "Phone number" });
  await field.fill("646");
  await dialog.getByRole("button", { name: "Find" }).click();
  await expect(dialog.getByRole("alert").first()).toContainText("no phone number");
  await expectAccessible(page, "customer");
  await look(page, "patron-find");
  await field.fill(phone);
  await page.keyboard.press("Enter");
  const name = dialog.getByRole("textbox", { name: "Name" });
  await name.fill("Nguyễn Thị Lan");
  await dialog.getByText("Yes", { exact: true }).click();
  await expectAccessible(page, "new customer");
  await look(page, "patron-new");
  await dialog.getByRole("button", { name: "Enter customer" }).click();
  await expect(dialog).toBeHidden();
  await expect(basket(page).getByText("N. T. Lan ···147")).toBeVisible();

  const [product] = await scannable(page);
  await scan(page, product?.barcode ?? "");
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page, "basket of a customer");
  await look(page, "patron-basket");
  await page.keyboard.press("F8");
  await page.getByRole("dialog", { name: "Park the basket" }).getByRole("textbox").fill("lan");
  await page.keyboard.press("Enter");
  await expect(basket(page).getByText("N. T. Lan")).toBeHidden();
  await page.keyboard.press("F8");
  await page.getByRole("dialog", { name: "Parked" }).getByRole("button", { name: /lan/ }).click();
  await expect(basket(page).getByText("N. T. Lan ···147")).toBeVisible();
  await page.keyboard.press("F9");
  await page.getByRole("button", { name: /^Exact cash/ }).click();
  await expect(page.getByRole("article", { name: /^Receipt / })).toContainText("Customer: N. T. Lan ···147");
  await look(page, "patron-receipt");
  await page.getByRole("button", { name: "Next customer" }).click();

  // The next time the number is enough, and the cross takes them off.
  await page.keyboard.press("F2");
  for (const digit of phone.replaceAll(" ", "")) await dialog.getByRole("button", { name: `Digit ${digit}`, exact: true }).click();
  await dialog.getByRole("button", { name: "Find" }).click();
  await expect(basket(page).getByText("N. T. Lan ···147")).toBeVisible();
  await page.getByRole("button", { name: "Take the customer off" }).click();
  await expect(basket(page).getByText("N. T. Lan ···147")).toBeHidden();
  for (const [language, title] of Object.entries(LANGUAGES)) {
    await speak(page, language);
    await page.getByRole("button", { name: title, exact: true }).click();
    const asked = page.getByRole("dialog", { name: title });
    await expect(asked).toBeVisible();
    await look(page, `patron-find-${language}`);
    await asked.getByRole("textbox").fill("646 555 0148");
    await page.keyboard.press("Enter");
    await expect(asked.getByRole("radio").first()).toBeVisible();
    await expectAccessible(page, `new customer ${language}`);
    await look(page, `patron-new-${language}`);
    await page.keyboard.press("Escape");
  }

  const office = await (await browser.newContext({ viewport: TABLET })).newPage();
  watch(office, urls);
  await signInAtOffice(office, chain, "administrator");
  await office.goto(`${chain.office}/office/customers`);
  await office.getByRole("searchbox", { name: "Name, or end of the number" }).fill("0147");
  // The shop tells of customers with its next exchange, a minute at the most.
  await expect(async () => {
    await office.reload();
    await office.getByRole("searchbox", { name: "Name, or end of the number" }).fill("0147");
    await expect(office.getByRole("link", { name: "Nguyễn Thị Lan" }).first()).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 90_000 });
  await expectAccessible(office, "customers");
  await look(office, "patron-list");
  await office.getByRole("link", { name: "Nguyễn Thị Lan" }).first().click();
  await expect(office.getByRole("heading", { name: "Nguyễn Thị Lan" })).toBeVisible();
  await expect(office.getByText("+16465550147")).toBeVisible();
  await expect(office.getByRole("table", { name: "Sales" }).getByRole("row")).toHaveCount(2);
  await expectAccessible(office, "a customer");
  await look(office, "patron-page");
  for (const language of [...Object.keys(LANGUAGES), "en"]) {
    await speak(office, language);
    await expect(office.getByText("+16465550147")).toBeVisible();
    await look(office, `patron-page-${language}`);
  }
  await office.getByRole("button", { name: "Forget" }).click();
  const asks = office.getByRole("dialog", { name: "Forget this customer?" });
  await expectAccessible(office, "forget a customer");
  await look(office, "patron-forget");
  await asks.getByRole("textbox").fill("by letter");
  await asks.getByRole("button", { name: "Forget" }).click();
  await expect(office.getByText("Forgotten at their wish", { exact: false })).toBeVisible();
  await expect(office.getByText("+16465550147")).toBeHidden();
  expect(urls.filter((url) => /555.?0147|=[^&]*0147|Lan\b/.test(url))).toEqual([]);
  await office.context().close();
});
