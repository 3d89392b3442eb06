import { expect, type Page } from "@playwright/test";

import { find, type Chain, type Shop } from "./chain";

/** Signs in at the office and waits for the overview. */
export async function signInAtOffice(page: Page, chain: Chain, role = "administrator"): Promise<void> {
  const login = find(chain.logins, (candidate) => candidate.role === role);
  await page.goto(`${chain.office}/office`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(login.email);
  await page.getByRole("textbox", { name: "Password" }).fill(login.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
}

/** The overview of one branch on the business day of the shift at a till: elsewhere another one may have begun, or ended. */
export async function showOverviewOf(page: Page, chain: Chain, shop: Shop, till: Page): Promise<void> {
  const session = (await (await till.request.get(`${shop.url}/v1/session`)).json()) as { shift: { business_date: string } };
  await page.goto(`${chain.office}/office?branch=${shop.id}&date=${session.shift.business_date}`);
  await expect(page.getByRole("combobox", { name: "Branch" })).toHaveValue(shop.id);
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
}

/** A figure of the overview, by its name. */
export const figure = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
