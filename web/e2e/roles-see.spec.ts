import type { APIRequestContext, Browser, Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, find, test, type Chain } from "./chain";
import { look } from "./picture";
import { startProvider, CLIENT, type Provider } from "./provider";
import { officeOf } from "./rights";

const NARROW = { width: 320, height: 720 };
const TABLET = { width: 820, height: 1180 };
const WIDE = { width: 1280, height: 800 };

let provider: Provider;

/** Codes of what each may do; places are the first shop, both shops, or the chain. */
const PEOPLE = {
  cashier: { role: "Cashier", places: [0] },
  manager: { role: "Branch manager", places: [0] },
  supervisor: { role: "Branch manager", places: [0, 1] },
  auditor: { permissions: ["audit.read", "staff.read", "sale.read", "purchase.read", "stock.read", "node.read", "order.read", "report.revenue"], places: [] },
} as const;
type Who = keyof typeof PEOPLE;

const emailOf = (who: Who) => `${who}@journey.example`;

/** Whom the provider vouches for, with a role at their places. */
async function enter(admin: APIRequestContext, chain: Chain, who: Who): Promise<void> {
  const wanted = PEOPLE[who];
  const put = async (path: string, data: object) => {
    const answer = await admin.put(path, { data });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  };
  const { items } = (await (await admin.get("/v1/roles")).json()) as { items: { id: string; name: string }[] };
  let role: string = crypto.randomUUID();
  if ("role" in wanted) role = find(items, ({ name }) => name === wanted.role).id;
  else await put(`/v1/roles/${role}`, { code: who, name: "Auditor", description: "", permissions: wanted.permissions.map((code) => ({ code })), reason: "" });
  const places = wanted.places.length > 0 ? wanted.places.map((at) => ({ location_id: chain.locations[at]?.id })) : [{}];
  const grants = places.map((place) => ({ id: crypto.randomUUID(), role_id: role, ...place }));
  await put(`/v1/staff/${crypto.randomUUID()}`, { name: `The ${who}`, email: emailOf(who), grants });
}

test.beforeAll(async ({ browser, chain }) => {
  provider = await startProvider({ callbacks: [`${chain.office}/v1/session/oidc/people/callback`], goodbyes: [`${chain.office}/office`] });
  const admin = await officeOf(browser, chain);
  const body = { code: "people", name: "People", issuer: provider.issuer, client_id: CLIENT.id, client_secret: CLIENT.secret };
  const rest = { realm: "staff", unknown: "refuse", domains: [], scopes: ["email", "profile"], active: true };
  const answer = await admin.put(`/v1/identity-providers/${crypto.randomUUID()}`, { data: { ...body, ...rest } });
  expect(answer.ok(), await answer.text()).toBe(true);
  for (const who of Object.keys(PEOPLE) as Who[]) await enter(admin, chain, who);
});

test.afterAll(() => provider.stop());

async function openAs(browser: Browser, chain: Chain, who: Who): Promise<Page> {
  const page = await (await browser.newContext({ viewport: WIDE })).newPage();
  await page.goto(`${chain.office}/office`);
  await page.getByRole("link", { name: "Sign in with People" }).click();
  await page.getByRole("textbox", { name: "Login" }).fill(emailOf(who));
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("button", { name: `The ${who}` })).toBeVisible();
  return page;
}

/** Nothing is wider than the window. */
async function expectFits(page: Page, name: string): Promise<void> {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  expect(wide, `${name} at ${window} px`).toBeLessThanOrEqual(window);
}

/** What each page asks for, and must get. */
function refusedOn(page: Page): string[] {
  const refused: string[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/v1/") && [401, 403, 404].includes(response.status())) refused.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  return refused;
}

for (const who of Object.keys(PEOPLE) as Who[]) {
  test(`the ${who} finds only pages and buttons that lead somewhere`, async ({ browser, chain }) => {
    test.slow();
    const page = await openAs(browser, chain, who);
    const refused = refusedOn(page);
    const bar = page.getByRole("navigation", { name: "Pages" });
    const names = await bar.getByRole("link").allTextContents();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      await page.setViewportSize(WIDE);
      await bar.getByRole("link", { name, exact: true }).click();
      await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading…" })).toHaveCount(0);
      await expect(page.getByText("That did not work")).toHaveCount(0);
      await look(page, `${who}-${name.toLowerCase().replaceAll(" ", "-")}`);
      await page.setViewportSize(TABLET);
      await expectFits(page, name);
      await page.setViewportSize(NARROW);
      await expectFits(page, name);
    }
    await page.setViewportSize(WIDE);
    // Every button in these pages that cannot be pressed says why.
    for (const path of ["stock", "nodes", "people", "approvals"]) {
      await page.goto(`${chain.office}/office/${path}`);
      await expect(page.getByRole("status", { name: "Loading…" })).toHaveCount(0);
      for (const button of await page.locator("button[aria-disabled]").all()) {
        await expect(button).toHaveAccessibleDescription(/\w/);
      }
    }
    expect(refused).toEqual([]);
    await page.context().close();
  });
}

test("one product, one person and one computer, for somebody who may only look", async ({ browser, chain }) => {
  const page = await openAs(browser, chain, "auditor");
  const refused = refusedOn(page);
  const bar = page.getByRole("navigation", { name: "Pages" });
  await bar.getByRole("link", { name: "Stock", exact: true }).click();
  await page.getByRole("table", { name: "Stock" }).getByRole("link").first().click();
  const count = page.getByRole("button", { name: "Count", exact: true }).first();
  await expect(count).toBeDisabled();
  await expect(count).toHaveAccessibleDescription("You may not count here.");
  await count.focus();
  await expect(page.getByRole("tooltip").last()).toContainText("You may not count here.");
  await expectAccessible(page, "one product, to look at");
  await look(page, "auditor-one-product");

  await bar.getByRole("link", { name: "People", exact: true }).click();
  await page.getByRole("link", { name: "Grace Miller" }).click();
  await expect(page.getByRole("button", { name: "Dismiss" })).toHaveAccessibleDescription("You may look, but not change it.");
  await expect(page.getByRole("button", { name: "Give a role" })).toBeDisabled();
  await look(page, "auditor-one-person");
  await bar.getByRole("link", { name: "Roles", exact: true }).click();
  await expect(page.getByRole("button", { name: "New role" })).toHaveCount(0);
  await page.getByRole("table", { name: "Roles" }).getByRole("link", { name: "Cashier" }).click();
  await expect(page.getByRole("textbox", { name: "Name", exact: true })).not.toBeEditable();
  await expect(page.getByRole("checkbox").first()).toBeDisabled();
  await look(page, "auditor-one-role");
  await bar.getByRole("link", { name: "Nodes", exact: true }).click();
  await page.getByRole("region", { name: chain.locations[0]?.name ?? "" }).getByRole("link").click();
  await expect(page.getByRole("button", { name: "Declare it lost" })).toHaveAccessibleDescription(/may not/);
  await look(page, "auditor-one-node");

  // An address that was kept from before leads to words, not to an error.
  await page.goto(`${chain.office}/office/jobs`);
  await expect(page.getByText("You may not see this page")).toBeVisible();
  await expectAccessible(page, "not for you");
  await look(page, "auditor-not-for-you");
  expect(refused).toEqual([]);
  await page.context().close();
});
