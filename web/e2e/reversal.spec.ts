import { expectAccessible } from "./accessible";
import { expect, find, stationOf, test, type Shop } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { chooseWeighed, signIn } from "./station";
import type { Page } from "@playwright/test";

/** Buys 12 kg for $14.40 in cash; gives the ticket's number. */
async function buy(page: Page): Promise<string> {
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await chooseWeighed(page);
  await page.getByRole("textbox", { name: "Gross weight" }).fill("12.5");
  await page.getByRole("textbox", { name: "Tare" }).fill("0.5");
  await page.getByRole("textbox", { name: /^Cost per kg/ }).fill("1.20");
  await page.getByRole("button", { name: "Add to the ticket" }).click();
  await page.getByRole("button", { name: "Pay cash $14.40" }).click();
  const ticket = page.getByRole("article", { name: /^Purchase ticket/ });
  await expect(ticket).toContainText("$14.40");
  const number = ((await ticket.getAttribute("aria-label")) ?? "").replace("Purchase ticket ", "");
  await page.getByRole("button", { name: "Next purchase" }).click();
  return number;
}

async function openTicket(page: Page, number: string) {
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Recent tickets" }).click();
  await page.getByRole("link").filter({ hasText: number }).first().click();
  await expect(page.getByRole("article", { name: `Purchase ticket ${number}` })).toBeVisible();
}

/** A supervisor comes to the station: the buyer may not take purchases back alone. */
async function approve(page: Page, station: Shop) {
  const manager = find(station.staff, ({ role }) => role === "branch_manager");
  const dialog = page.getByRole("dialog");
  await dialog.getByText(manager.name).click();
  await dialog.getByLabel(/PIN/).fill(manager.pin);
}

test("a purchase is corrected and then voided, and the office sees both", async ({ page, browser, chain }) => {
  const station = stationOf(chain);
  await signIn(page, station, "buyer", "buy");
  const number = await buy(page);
  await openTicket(page, number);

  await page.getByRole("button", { name: "Correct this purchase" }).click();
  await expect(page.getByText(`Correcting ${number}`)).toBeVisible();
  await page.getByRole("button", { name: /^Change (?!the)/ }).first().click();
  await page.getByRole("textbox", { name: "Gross weight" }).fill("10.5");
  await page.getByRole("button", { name: "Change the line" }).click();
  await page.getByRole("button", { name: "Correct to cash $12.00" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("$2.40");
  await expect(dialog.getByRole("button", { name: /^Correct the purchase/ })).toBeDisabled();
  await dialog.getByRole("button", { name: "Weighed wrongly" }).click();
  await dialog.getByRole("button", { name: "Correct the purchase" }).click();
  await expect(dialog.getByText("Somebody who may void this purchase")).toBeVisible();
  await expectAccessible(page, "correction");
  await look(page, "reversal-correction");
  await approve(page, station);
  await dialog.getByRole("button", { name: "Correct the purchase" }).click();
  await expect(page.getByRole("heading", { name: "Corrected" })).toBeVisible();
  await expect(page.getByText("Take back into the drawer")).toBeVisible();
  const ticket = page.getByRole("article", { name: /^Purchase ticket/ });
  await expect(ticket).toContainText(`Correction of ${number}`);
  const corrected = ((await ticket.getAttribute("aria-label")) ?? "").replace("Purchase ticket ", "");
  await look(page, "reversal-corrected");
  await page.getByRole("button", { name: "Next purchase" }).click();

  await openTicket(page, corrected);
  await page.getByRole("button", { name: "Void this purchase" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Recorded twice" }).click();
  await page.getByRole("button", { name: "Void the purchase" }).click();
  await approve(page, station);
  await look(page, "reversal-void");
  await page.getByRole("button", { name: "Void the purchase" }).click();
  await expect(page.getByText(/^Voided by /)).toBeVisible();
  await expect(page.getByRole("button", { name: "Void this purchase" })).toBeHidden();
  await expectAccessible(page, "voided ticket");
  await look(page, "reversal-voided");

  const office = await (await browser.newContext()).newPage();
  await signInAtOffice(office, chain);
  await office.goto(`${chain.office}/office/purchases`);
  const row = office.getByRole("row").filter({ hasText: corrected });
  await expect(row).toContainText("Voided", { timeout: 10_000 });
  await expect(office.getByRole("row").filter({ hasText: number })).toContainText("Replaced");
  await look(office, "reversal-office-list");
  await row.getByRole("link").first().click();
  const card = office.getByRole("region", { name: "Void and correction" });
  await expect(card).toContainText(`Correction of ${number}`);
  await expectAccessible(office, "purchase that was taken back");
  await look(office, "reversal-office");
  await office.context().close();
});
