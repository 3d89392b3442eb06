import { expect, type APIRequestContext, type Browser, type Page } from "@playwright/test";

import { find, person, type Chain, type Shop } from "./chain";

export interface Accounts {
  node_rights: number;
  claim_bound: number;
  debt: number;
  picked: number;
}

/** A manager of the shop, by the edge's own interface: what tests need done before a page is looked at. */
export async function managerOf(browser: Browser, shop: Shop): Promise<APIRequestContext> {
  const { request } = await browser.newContext({ baseURL: shop.url });
  const { id, pin } = person(shop, "branch_manager");
  const answer = await request.post("/v1/session", { data: { staff_id: id, pin, register_id: shop.registers[0]?.id } });
  expect(answer.status()).toBe(201);
  return request;
}

/** An administrator, by the cloud's own interface. */
export async function officeOf(browser: Browser, chain: Chain): Promise<APIRequestContext> {
  const { request } = await browser.newContext({ baseURL: chain.office });
  const { email, password } = find(chain.logins, ({ role }) => role === "administrator");
  const answer = await request.post("/v1/session", { data: { email, password } });
  expect(answer.status()).toBe(201);
  return request;
}

/** So many of a variant stand on the shelf. */
export async function count(manager: APIRequestContext, variant_id: string, counted: number): Promise<void> {
  const answer = await manager.put(`/v1/counts/${crypto.randomUUID()}`, { data: { lines: [{ variant_id, counted }], reason: "count" } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** The shop gives rights to the online channel. */
export async function giveBack(manager: APIRequestContext, variant_id: string, quantity: number): Promise<void> {
  const answer = await manager.put(`/v1/rights-returns/${crypto.randomUUID()}`, { data: { lines: [{ variant_id, quantity }] } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** The accounts of a variant at the edge. */
export async function accountsOf(manager: APIRequestContext, name: string): Promise<Accounts> {
  const answer = await manager.get("/v1/stock", { params: { q: name, limit: 100 } });
  const { items } = (await answer.json()) as { items: (Accounts & { name: string })[] };
  return find(items, (item) => item.name === name);
}

/** Places an order of the office for a branch; it holds what it takes. */
export async function order(office: APIRequestContext, location_id: string, variant_id: string, quantity: number, customer = "Linh"): Promise<string> {
  const id = crypto.randomUUID();
  await expect
    .poll(async () => (await office.put(`/v1/orders/${id}`, { data: { customer, location_id, lines: [{ variant_id, quantity }] } })).status(), { timeout: 20_000 })
    .toBeLessThan(300);
  return id;
}

/** Pays the basket with exact cash. */
export async function payExact(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await page.getByRole("button", { name: /^Exact cash/ }).click();
}
