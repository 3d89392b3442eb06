import type { Page } from "@playwright/test";

const FOLDER = process.env["LOOK"];

/** A picture for whoever wants to look at what the tests see: LOOK=/tmp/pictures npm run e2e. */
export async function look(page: Page, name: string): Promise<void> {
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/${name}.png` });
}
