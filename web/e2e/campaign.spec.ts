import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, test, type Chain } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";

/** Chooses a category by touch, as the goods of a card. */
async function chooseCategory(page: Page, group: string, name: string): Promise<void> {
  await page.getByRole("group", { name: group, exact: true }).getByRole("button", { name: /^Of which goods/ }).click();
  const dialog = page.getByRole("dialog", { name: "Which goods?" });
  await dialog.getByText("Categories", { exact: true }).click();
  await dialog.getByRole("button", { name: new RegExp(`^${name}\\b`) }).first().click();
  await expect(dialog.getByRole("button", { name: `Remove ${name}` })).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
}

/** The names of two categories that have none below or above them in common. */
async function twoCategories(page: Page, chain: Chain): Promise<[string, string]> {
  const { items } = (await (await page.request.get(`${chain.office}/v1/categories`)).json()) as { items: { name: string; parent?: string | null }[] };
  const names = items.filter(({ parent }) => !parent).map(({ name }) => name);
  const [first, second] = names.filter((name) => /^\w+$/.test(name));
  if (!first || !second) throw new Error("the demo has no two categories");
  return [first, second];
}

test("buy two, the cheapest of another free, at weekends, for members: composed by touch, started and stopped", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Promotions" }).click();
  await expect(page.getByRole("heading", { name: "Promotions", level: 1 })).toBeVisible();
  await expectAccessible(page, "promotions");
  await page.getByRole("button", { name: "New promotion" }).click();
  await expectAccessible(page, "templates");
  await page.getByRole("button", { name: /Buy 2, get another free/ }).click();
  const [bought, free] = await twoCategories(page, chain);
  await chooseCategory(page, "Who buys", bought);
  await chooseCategory(page, "gets", free);
  await page.getByRole("button", { name: "+ Days and hours" }).click();
  for (const choice of ["Saturday", "Sunday", "From – Until"]) await page.getByText(choice, { exact: true }).click();
  await page.getByRole("button", { name: "+ Members" }).click();
  await expect(page.getByTestId("sentence")).toHaveText(`Who buys 2 of ${bought} gets the cheapest of ${free} free. Saturday and Sunday 18:00–21:00. Members only.`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Belt of the weekend");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved as version 1.")).toBeVisible();
  await expectAccessible(page, "promotion");
  await look(page, "campaign");

  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start it" }).click();
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /^Stop/ });
  await dialog.getByRole("textbox", { name: "Why" }).fill("Sold out");
  await dialog.getByRole("button", { name: "Stop it now" }).click();
  await expect(page.getByRole("region", { name: "Versions" })).toContainText("Sold out");
  await page.getByRole("link", { name: "Promotions" }).first().click();
  await expect(page.getByRole("row", { name: /Belt of the weekend/ })).toContainText("Stopped");
});

test("what is wrong is said at its field, and nothing is saved", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/promotions/new`);
  await page.getByRole("button", { name: /20 % off a category/ }).click();
  const percent = page.getByRole("textbox", { name: "Percent" });
  await percent.fill("150");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("A percent is above 0 and at most 100.")).toBeVisible();
  await expect(percent).toHaveAttribute("aria-invalid", "true");
  await percent.fill("15");
  await page.getByRole("textbox", { name: "Units in all" }).fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("textbox", { name: "Units in all" })).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("textbox", { name: "Units in all" }).fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved as version 1.")).toBeVisible();
});
