import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";

/** A file as a camera or another page gives it: what this page looks like. */
const shot = (page: Page, type: "jpeg" | "png") => page.screenshot({ type, clip: { x: 0, y: 0, width: 600, height: 400 } });

/** Lets a file fall onto something, or pastes it anywhere. */
async function give(page: Page, how: "drop" | "paste", file: Buffer): Promise<void> {
  const data = await page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], "given.png", { type: "image/png" }));
    return transfer;
  }, [...file]);
  if (how === "drop") await page.getByLabel(/Add pictures/).dispatchEvent("drop", { dataTransfer: data });
  else await page.evaluate((clipboardData) => dispatchEvent(new ClipboardEvent("paste", { clipboardData })), data);
}

test("a product gets pictures: chosen, dropped and pasted, put in order, described, and one is removed", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/products`);
  await page.getByRole("table", { name: "Products" }).getByRole("link").first().click();
  const name = await page.getByRole("heading", { level: 1 }).textContent();
  const card = page.getByRole("region", { name: "Pictures" });
  const [jpeg, png] = [await shot(page, "jpeg"), await shot(page, "png")];
  await card.getByLabel(/Add pictures/).setInputFiles([
    { name: "front.jpg", mimeType: "image/jpeg", buffer: jpeg },
    { name: "page.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<html></html>") },
    { name: "huge.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc((12 << 20) + 1) },
  ]);
  await expect(card.getByRole("alert")).toHaveText([/^page\.jpg: This is no picture that can be read/, /^huge\.jpg: A picture has at most 12 MB/]);
  const images = card.getByRole("img");
  await expect(images).toHaveCount(1);
  await expect.poll(() => images.first().evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(600);
  await give(page, "drop", png);
  await expect(images).toHaveCount(2);
  await give(page, "paste", png);
  await expect(images).toHaveCount(3);

  const field = card.getByRole("textbox", { name: "What it shows" });
  await field.nth(1).fill("From the side");
  // Leaving the field keeps it, and the button is pressed while that is on its way.
  await card.getByRole("button", { name: "Move picture 2 forward" }).click();
  await expect(images.first()).toHaveAccessibleName("From the side");
  await expectAccessible(page, "pictures");
  await card.scrollIntoViewIfNeeded();
  await look(page, "pictures");
  await card.getByRole("button", { name: "Remove picture 3" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
  await expect(images).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Changes" })).toContainText("changed the pictures");

  await page.reload();
  await expect(images.first()).toHaveAccessibleName("From the side");
  await page.getByRole("link", { name: "Products" }).first().click();
  const row = page.getByRole("row").filter({ hasText: name ?? "" });
  await expect(row.first().locator("img")).toBeVisible();
  await look(page, "pictures-list");
});
