import { expectAccessible } from "./accessible";
import { expect, find, stationOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { chooseWeighed, signIn } from "./station";
import type { Page } from "@playwright/test";

const CRATE = { name: "Crate, 25 kg", code: "E2E-K25", tare: "1800" };

/** The head office enters a container. */
async function enter(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Containers" }).click();
  await page.getByRole("button", { name: "New container" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(CRATE.name);
  await dialog.getByRole("textbox", { name: "Code" }).fill(CRATE.code);
  const tare = dialog.getByRole("textbox", { name: "Tare in grams" });
  await tare.fill("1000001");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("An empty container weighs 1 g to 1,000,000 g.");
  await tare.fill(CRATE.tare);
  await expectAccessible(page, "container");
  await look(page, "container-office");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: /Crate, 25 kg/ })).toContainText("1800");
}

/** The line is on the page again, to be weighed in something. */
async function weigh(page: Page) {
  await page.getByRole("region", { name: "Who is selling?" }).getByRole("listitem").first().getByRole("button").click();
  await chooseWeighed(page);
}

test("goods are weighed in crates that the head office knows", async ({ page, browser, chain }) => {
  const station = stationOf(chain);
  const office = await (await browser.newContext()).newPage();
  await signInAtOffice(office, chain);
  await office.goto(`${chain.office}/office/lists`);
  await enter(office);
  await signIn(page, station, "buyer", "buy");
  const known = async () => JSON.stringify(await (await page.request.get(`${station.url}/v1/containers`)).json());
  await expect.poll(known, { timeout: 20_000 }).toContain(CRATE.code);

  // By keyboard: gross, one Tab to the containers, arrow keys, and on with Enter.
  await weigh(page);
  const gross = page.getByRole("textbox", { name: "Gross weight" });
  await gross.fill("13.6");
  await gross.press("Tab");
  const crate = page.getByRole("radio", { name: /^Crate, 25 kg/ });
  const none = page.getByRole("radio", { name: "No container, or tare typed by hand" });
  await expect(none).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(crate).toBeChecked();
  await expect(crate).toBeFocused();
  await page.keyboard.press("Enter");
  const count = page.getByRole("textbox", { name: "How many" });
  await expect(count).toBeFocused();
  await page.keyboard.type("8");
  await expect(page.getByText("The containers must weigh less than the gross weight.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Add to the ticket/ })).toBeDisabled();
  await page.keyboard.press("Backspace");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: /^Cost per kg/ }).fill("2.40");
  await expect(page.getByText("10 kg")).toBeVisible();
  await expectAccessible(page, "weighed in crates");
  await look(page, "container-station");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Pay cash $24.00" }).click();
  const ticket = page.getByRole("article", { name: /^Purchase ticket/ });
  await expect(ticket).toContainText("2 × Crate, 25 kg (1.8 kg)");
  await expect(ticket).toContainText("Gross 13.6 kg − Tare 3.6 kg");
  await expect(ticket).not.toContainText("Tare typed by hand");
  await look(page, "container-ticket");
  const number = ((await ticket.getAttribute("aria-label")) ?? "").replace("Purchase ticket ", "");

  // By finger, the next time: the crate is remembered, and another tare is typed.
  await page.getByRole("button", { name: "Next purchase" }).click();
  await weigh(page);
  await expect(crate).toBeChecked();
  await gross.fill("5");
  await none.click();
  await expect(page.getByRole("textbox", { name: "Tare" })).toBeFocused();
  await page.getByRole("button", { name: "Digit 1", exact: true }).click();
  await expect(page.getByText("Tare typed by hand: marked on the ticket too")).toBeVisible();
  await crate.click();
  await expect(count).toBeFocused();
  await none.click();
  await page.getByRole("button", { name: "Add to the ticket" }).click();
  await page.getByRole("button", { name: "Pay cash $9.60" }).click();
  await expect(ticket).toContainText("Tare typed by hand");

  // The office shows what the ticket says, and retires the crate.
  await office.goto(`${chain.office}/office/purchases?q=${number}`);
  await office.getByRole("link", { name: number }).click();
  const copy = office.getByRole("article", { name: `Purchase ticket ${number}` });
  await expect(copy).toContainText("2 × Crate, 25 kg (1.8 kg)");
  await look(office, "container-purchase");
  await office.goto(`${chain.office}/office/lists/containers`);
  await office.getByRole("button", { name: CRATE.name }).click();
  await office.getByRole("checkbox", { name: "In use" }).uncheck();
  await office.getByRole("button", { name: "Save" }).click();
  await expect.poll(known, { timeout: 20_000 }).not.toContain(CRATE.code);
  await office.context().close();

  // A correction keeps it: one crate more than was counted.
  await page.getByRole("button", { name: "Next purchase" }).click();
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Recent tickets" }).click();
  await page.getByRole("link").filter({ hasText: number }).first().click();
  await page.getByRole("button", { name: "Correct this purchase" }).click();
  await page.getByRole("button", { name: /^Change (?!the)/ }).first().click();
  await expect(crate).toBeChecked();
  await count.fill("3");
  await expect(page.getByText("8.2 kg")).toBeVisible();
  await page.getByRole("button", { name: "Change the line" }).click();
  await page.getByRole("button", { name: "Correct to cash $19.68" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Weighed wrongly" }).click();
  await dialog.getByRole("button", { name: "Correct the purchase" }).click();
  const manager = find(station.staff, ({ role }) => role === "branch_manager");
  await dialog.getByText(manager.name).click();
  await dialog.getByLabel(/PIN/).fill(manager.pin);
  await dialog.getByRole("button", { name: "Correct the purchase" }).click();
  await expect(page.getByRole("article", { name: /^Purchase ticket/ })).toContainText("3 × Crate, 25 kg (1.8 kg)");
});
