import { expect, type Page } from "@playwright/test";

import { find, type Chain } from "./chain";

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

/** A figure of the overview, by its name. */
export const figure = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
