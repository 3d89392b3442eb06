import { expectAccessible } from "./accessible";
import { expect, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { officeOf } from "./rights";

test("branches are put together into a region, and a role reaches them", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Regions" }).click();
  await expect(page.getByText("No regions yet")).toBeVisible();
  await page.getByRole("button", { name: "New region" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("North");
  await dialog.getByRole("textbox", { name: "Code" }).fill("N");
  await dialog.getByRole("checkbox", { name: shopOf(chain).name }).check();
  await expectAccessible(page, "region");
  await look(page, "region-dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  const table = page.getByRole("table", { name: "Regions" });
  await expect(table).toContainText(shopOf(chain).name);
  await expect(page.getByRole("region", { name: "In no region" })).toContainText("Shop 381");
  // A second one takes the branch over, and says so.
  await page.getByRole("button", { name: "New region" }).click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Harbour");
  await dialog.getByRole("textbox", { name: "Code" }).fill("H");
  const branch = dialog.getByRole("checkbox", { name: shopOf(chain).name });
  await expect(dialog.getByText("is in North")).toBeVisible();
  await branch.check();
  await expect(dialog.getByText("leaves North")).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(table.getByRole("row", { name: /North/ })).toContainText("no branch yet");
  await look(page, "regions");
  await expectAccessible(page, "regions");

  await page.getByRole("button", { name: /Harbour/ }).click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Harbour side");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(table).toContainText("Harbour side");
});

test("the audit speaks in words, by days of a stated zone, and is exported by them", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/audit`);
  const table = page.getByRole("table", { name: "Audit" });
  await expect(table).toContainText("Signed in");
  expect(await table.textContent()).not.toMatch(/[a-z]+\.[a-z_]+ed\b/);
  // Branches in several zones: the reader's own, which is the browser's.
  await expect(page.getByText("Days and times in the time zone America/New_York.")).toBeVisible();
  await page.getByLabel("From").fill("2026-11-22");
  await page.getByLabel("To", { exact: true }).fill("2026-11-22");
  const [asked] = await Promise.all([
    page.waitForRequest((request) => request.url().includes("/v1/audit?") && request.url().includes("until=")),
    page.getByLabel("To", { exact: true }).fill("2026-11-23"),
  ]);
  const sent = new URL(asked.url()).searchParams;
  expect([sent.get("from"), sent.get("until")]).toEqual(["2026-11-22T05:00:00.000Z", "2026-11-24T05:00:00.000Z"]);
  const file = new URL((await page.getByRole("link", { name: "Export as CSV" }).getAttribute("href")) ?? "", chain.office).searchParams;
  expect([file.get("from"), file.get("until"), file.get("time_zone")]).toEqual([sent.get("from"), sent.get("until"), "America/New_York"]);
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await table.getByRole("button").first().click();
  await expect(page.getByRole("dialog")).toContainText("Code of the act");
  await expectAccessible(page, "one entry of the audit");
  await look(page, "audit-entry");
});

test("what needs a second person says so, and what waits is found", async ({ page, browser, chain }) => {
  const admin = await officeOf(browser, chain);
  const { items } = (await (await admin.get("/v1/roles")).json()) as { items: { id: string; name: string }[] };
  const role = items.find(({ name }) => name === "Administrator")?.id ?? "";
  const second = crypto.randomUUID();
  const entered = await admin.put(`/v1/staff/${second}`, {
    data: { name: "Eve Stone", email: "eve@journey.example", grants: [{ id: crypto.randomUUID(), role_id: role }] },
  });
  expect(entered.ok(), await entered.text()).toBe(true);

  await signInAtOffice(page, chain);
  await page.goto(`${chain.office}/office/nodes`);
  const shop = shopOf(chain);
  await page.getByRole("region", { name: shop.name }).getByRole("link").click();
  await page.getByRole("button", { name: "Declare it lost" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Why" }).fill("stolen, report 123");
  await dialog.getByRole("textbox", { name: /^Type/ }).fill(shop.name);
  await dialog.getByRole("button", { name: "Declare it lost" }).click();
  await expect(dialog.getByRole("status")).toContainText("as soon as a second person allows it");
  await expectAccessible(page, "asked a second person");
  await look(page, "fence-asked");
  await dialog.getByRole("link", { name: "See what waits" }).click();
  const table = page.getByRole("table", { name: "Approvals" });
  await expect(table).toContainText("Declare a branch computer lost");
  const allow = table.getByRole("button", { name: "Allow" });
  await expect(allow).toHaveAccessibleDescription("Somebody else has to allow it.");
  await expectAccessible(page, "approvals");
  await look(page, "approvals-own");
  await table.getByRole("button", { name: "Withdraw" }).click();
  await dialog.getByRole("button").last().click();
  await expect(page.getByText("Nothing to decide")).toBeVisible();
  await page.getByRole("combobox", { name: "State" }).selectOption({ label: "Withdrawn" });
  await expect(table).toContainText("Declare a branch computer lost");
  await page.getByRole("combobox", { name: "State" }).selectOption({ label: "Lapsed" });
  await expect(page.getByText("Nothing to decide")).toBeVisible();
  // As it was: one administrator, who needs nobody.
  const left = await admin.put(`/v1/staff/${second}/activity`, { data: { active: false, reason: "only for a day" } });
  expect(left.ok(), await left.text()).toBe(true);
});
