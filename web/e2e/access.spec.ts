import { createHmac } from "node:crypto";

import { expectAccessible } from "./accessible";
import { expect, test } from "./chain";
import { signInAtOffice } from "./office";

/** The code of an authenticator now (RFC 6238: SHA-1, six digits, 30 s). */
function totp(secret: string, now: number = Date.now()): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, "0");
}

test("a person is entered, given a role, seen through, and dismissed", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "People", exact: true }).click();
  await page.getByRole("button", { name: "New person" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Lan Nguyen");
  await page.getByRole("combobox", { name: "Role", exact: true }).last().selectOption({ label: "Cashier" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Lan Nguyen", level: 1 })).toBeVisible();
  await expect(page.getByRole("region", { name: "Roles" })).toContainText("Cashier");
  await expect(page.getByRole("region", { name: "What Lan Nguyen can see and do" })).toContainText("permissions");
  await expectAccessible(page, "one person");
  await page.getByRole("button", { name: "Set a PIN" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "PIN" }).fill("2468");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "New PIN" })).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Reason" }).fill("left for Hue");
  await page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("left for Hue")).toBeVisible();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audit", exact: true }).click();
  await page.getByRole("searchbox", { name: "Reason or subject" }).fill("Hue");
  await expect(page.getByRole("table", { name: "Audit" })).toContainText("left for Hue");
});

test("what a role may do is changed, and the audit shows before and after", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Roles", exact: true }).click();
  await page.getByRole("button", { name: "New role" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Weekend help");
  await page.getByRole("textbox", { name: "Code" }).fill("weekend_help");
  await page.getByRole("checkbox", { name: "Sell at a till" }).check();
  await page.getByRole("checkbox", { name: "Give a discount" }).check();
  await page.getByRole("spinbutton", { name: "Up to, in percent" }).fill("10");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Weekend help", level: 1 })).toBeVisible();
  await expectAccessible(page, "one role");
  await page.getByRole("link", { name: "Roles", exact: true }).first().click();
  await expect(page.getByRole("table", { name: "Who may what" })).toContainText("up to 10%");
});

test("a second factor is set up and asked for", async ({ page, chain }) => {
  await signInAtOffice(page, chain, "branch_manager");
  await page.goto(`${chain.office}/office/account`);
  await expect(page.getByText("This browser")).toBeVisible();
  await expectAccessible(page, "my account");
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = (await page.getByRole("status").filter({ hasText: /^[A-Z2-7]{4} / }).textContent()) ?? "";
  await page.getByRole("textbox", { name: "Code" }).fill(totp(secret));
  await page.getByRole("button", { name: "Turn on" }).click();
  const codes = page.getByRole("region", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).not.toHaveCount(0);
  const recovery = (await codes.first().textContent()) ?? "";
  await page.context().clearCookies();
  const login = chain.logins.find(({ role }) => role === "branch_manager");
  await page.goto(`${chain.office}/office`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(login?.email ?? "");
  await page.getByRole("textbox", { name: "Password" }).fill(login?.password ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectAccessible(page, "second factor");
  await page.getByRole("textbox", { name: "Code" }).fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("textbox", { name: "Code" }).fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  // As it was, for whoever signs in next.
  await page.goto(`${chain.office}/office/account`);
  await page.getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
});
