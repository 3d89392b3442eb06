import type { Page } from "@playwright/test";

import { expect, find, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";

/** What the browser refuses because of the policy, while `visit` goes on. */
async function refused(page: Page, visit: () => Promise<void>): Promise<string[]> {
  const told: string[] = [];
  page.on("console", (message) => {
    if (/Content.Security.Policy|Permissions.policy|Refused to/i.test(message.text())) told.push(message.text());
  });
  await visit();
  return told;
}

test("no page needs more than the policy allows", async ({ page, chain }) => {
  const told = await refused(page, async () => {
    await signInAtOffice(page, chain);
    const pages = page.getByRole("navigation", { name: "Pages" });
    for (const name of await pages.getByRole("link").allTextContents()) {
      await pages.getByRole("link", { name, exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
    const station = find(chain.locations, ({ kind }) => kind === "buying_station");
    for (const url of [`${shopOf(chain).url}/pos`, `${station.url}/buy`]) {
      await page.goto(url);
      await expect(page.getByRole("button").first()).toBeVisible();
    }
    for (const url of [chain.office, shopOf(chain).url]) {
      await page.goto(`${url}/docs/`);
      await expect(page.getByRole("heading", { name: /^Branchline/ })).toBeVisible();
    }
  });
  expect(told).toEqual([]);
});

test("a script in a page would not run", async ({ page, chain }) => {
  await page.goto(`${chain.office}/office`);
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "document.documentElement.dataset.ran = 'yes'";
    document.head.append(script);
    const image = document.createElement("img");
    image.setAttribute("onerror", "document.documentElement.dataset.ran = 'yes'");
    image.src = "/nothing.png";
    document.body.append(image);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return document.documentElement.dataset["ran"] ?? "no";
  });
  expect(ran).toBe("no");
});

test("the storm's page needs no more than its policy", async ({ page, storm }) => {
  const told = await refused(page, async () => {
    await page.goto(storm);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("units");
    await expect(page.getByText("sold", { exact: true }).first()).toBeVisible();
  });
  expect(told).toEqual([]);
});
