import { expect, stationOf, test } from "./chain";
import { figure, showOverviewOf, signInAtOffice } from "./office";
import { cents, chooseWeighed, signIn } from "./station";

test("a buyer weighs, prices and pays while the office watches", async ({ page, browser, chain }) => {
  const station = stationOf(chain);
  const office = await (await browser.newContext()).newPage();
  await signInAtOffice(office, chain);
  await signIn(page, station, "buyer", "buy");
  await showOverviewOf(office, chain, station, page);
  const purchases = figure(office, "Purchases");
  const before = cents(await purchases.textContent());

  const started = Date.now();
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await chooseWeighed(page);
  const gross = page.getByRole("textbox", { name: "Gross weight" });
  await gross.fill("12.5");
  await gross.press("Enter");
  await page.getByRole("textbox", { name: "Tare" }).fill("0.5");
  await page.getByRole("textbox", { name: "Tare" }).press("Enter");
  await page.getByRole("textbox", { name: /^Cost per kg/ }).fill("1.20");
  await expect(page.getByText("12 kg")).toBeVisible();
  await page.getByRole("button", { name: "Add to the ticket" }).click();
  await page.getByRole("button", { name: "Pay cash $14.40" }).click();
  const ticket = page.getByRole("article", { name: /^Purchase ticket/ });
  await expect(ticket).toContainText("$14.40");
  await expect(ticket).toContainText("Weight typed by hand");
  test.info().annotations.push({ type: "weighed, priced and paid in", description: `${Date.now() - started} ms` });

  await expect.poll(async () => cents(await purchases.textContent()), { timeout: 3_000, intervals: [25] }).toBe(before + 1440);
  await office.context().close();

  await page.getByRole("button", { name: "Next purchase" }).click();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Recent tickets" }).click();
  await page.getByRole("link").filter({ hasText: "$14.40" }).first().click();
  await expect(page.getByRole("article", { name: /^Purchase ticket/ })).toBeVisible();
});

test("a tare that is not below the gross weight says so", async ({ page, chain }) => {
  await signIn(page, stationOf(chain), "buyer", "buy");
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await chooseWeighed(page);
  await page.getByRole("textbox", { name: "Gross weight" }).fill("2");
  await page.getByRole("textbox", { name: "Tare" }).fill("2");
  await expect(page.getByText("The tare must be less than the gross weight.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Add to the ticket/ })).toBeDisabled();
});

