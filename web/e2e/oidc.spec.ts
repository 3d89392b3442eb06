import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, test, type Chain } from "./chain";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { CLIENT, startProvider, type Provider } from "./provider";

const NAME = "Company account";
const NEW = "kim@journey.example";
const GRACE = "grace@journey.example";

let provider: Provider;

test.beforeAll(async ({ chain }) => {
  provider = await startProvider({
    callbacks: [`${chain.office}/v1/session/oidc/company/callback`],
    goodbyes: [`${chain.office}/office`],
    accounts: { [NEW]: { name: "Kim Tran", groups: ["shop-managers"] }, [GRACE]: { name: "G. Miller" } },
  });
});

test.afterAll(() => provider.stop());

/** On the way to the provider, up to its page. */
async function toProvider(page: Page, chain: Chain): Promise<void> {
  await page.goto(`${chain.office}/office`);
  await page.getByRole("link", { name: `Sign in with ${NAME}` }).click();
  await expect(page.getByRole("textbox", { name: "Login" })).toBeVisible();
}

/** Signs in there. */
async function signInThere(page: Page, login: string): Promise<void> {
  await page.getByRole("textbox", { name: "Login" }).fill(login);
  await page.getByRole("textbox", { name: "Password" }).fill("anything");
  await page.getByRole("button", { name: "Continue" }).click();
}

async function signOut(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

test.describe.configure({ mode: "serial" });

test("an administrator sets a provider up, with groups that have roles", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sign-in providers" }).click();
  await page.getByRole("button", { name: "New provider" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(NAME);
  await dialog.getByRole("textbox", { name: "Code" }).fill("company");
  await dialog.getByRole("textbox", { name: "Issuer" }).fill(provider.issuer);
  await dialog.getByRole("textbox", { name: "Client ID" }).fill(CLIENT.id);
  await dialog.getByLabel("Client secret").fill(CLIENT.secret);
  await dialog.getByRole("combobox", { name: "Unknown people" }).selectOption({ label: "get an account" });
  await dialog.getByRole("combobox", { name: "Their role" }).selectOption({ label: "Cashier" });
  await dialog.getByRole("textbox", { name: "Scopes" }).fill("email, profile, groups");
  await dialog.getByRole("textbox", { name: "Claim with groups" }).fill("groups");
  await dialog.getByRole("button", { name: "Add a group" }).click();
  await dialog.getByRole("textbox", { name: "Group", exact: true }).fill("shop-managers");
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await dialog.getByRole("combobox", { name: "Role", exact: true }).selectOption({ label: "Branch manager" });
  await dialog.getByRole("combobox", { name: "Where" }).selectOption({ label: shopOf(chain).name });
  await expectAccessible(page, "provider");
  await look(page, "provider-dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("table", { name: "Sign-in providers" })).toContainText(NAME);
  await look(page, "providers");
});

test("somebody new signs in by it, has an account and the role of their group, and signs out there too", async ({ page, browser, chain }) => {
  await toProvider(page, chain);
  await signInThere(page, NEW);
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await page.goto(`${chain.office}/office/account`);
  await expect(page.getByText(NEW)).toBeVisible();
  await expect(page.getByRole("region", { name: "Signed in" })).toContainText(NAME);
  await expect(page.getByRole("region", { name: "What you may do" })).toContainText(shopOf(chain).name);
  await expectAccessible(page, "my account");
  await look(page, "oidc-account");

  const admin = await (await browser.newContext()).newPage();
  await signInAtOffice(admin, chain);
  await admin.goto(`${chain.office}/office/people?q=Kim`);
  await admin.getByRole("link", { name: "Kim Tran" }).click();
  const roles = admin.getByRole("region", { name: "Roles" });
  await expect(roles.getByRole("listitem").filter({ hasText: "Branch manager" })).toContainText(`${shopOf(chain).name} · from the sign-in provider`);
  await expect(roles).toContainText("Cashier");
  await look(admin, "oidc-person");
  await admin.context().close();

  await signOut(page, "Kim Tran");
  // The provider asks whether its own session ends as well.
  await page.getByRole("button", { name: /sign me out/i }).click();
  await expect(page.getByRole("heading", { name: "Sign in to the office" })).toBeVisible();
  await toProvider(page, chain);
});

test("somebody with an account is the same person by a verified address", async ({ page, chain }) => {
  await toProvider(page, chain);
  await signInThere(page, GRACE);
  await expect(page.getByRole("button", { name: "Grace Miller" })).toBeVisible();
});

test("what goes wrong is said by the page itself", async ({ page, browser, chain }) => {
  const title = page.getByRole("heading", { name: "Sign in to the office" });
  await toProvider(page, chain);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(title).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("cancelled there, or refused");
  await expectAccessible(page, "cancelled at the provider");
  await look(page, "oidc-cancelled");

  await toProvider(page, chain);
  await signInThere(page, "unverified@journey.example");
  await expect(title).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("has not verified your e-mail address");
  await look(page, "oidc-unverified");
  await page.context().clearCookies();

  // The link is finished in another browser than the one that began it.
  await toProvider(page, chain);
  const theirs = (await page.context().cookies()).filter(({ name }) => !name.includes("branchline"));
  const other = await browser.newContext();
  await other.addCookies(theirs);
  const stranger = await other.newPage();
  await stranger.goto(page.url());
  await signInThere(stranger, NEW);
  await expect(stranger.getByRole("heading", { name: "Sign in to the office" })).toBeVisible();
  await expect(stranger.getByRole("alert")).toContainText("begun in another browser");
  await look(stranger, "oidc-other-browser");
  expect((await other.cookies()).filter(({ name }) => name.endsWith("branchline_session"))).toEqual([]);
  await other.close();
});

test("an answer that was used already, or came too late, signs nobody in", async ({ page, chain }) => {
  let answer = "";
  page.on("request", (request) => {
    if (request.url().includes("/callback?")) answer = request.url();
  });
  await toProvider(page, chain);
  // Too late: the browser has forgotten what it began.
  const own = (await page.context().cookies()).filter(({ name }) => name.includes("branchline"));
  expect(own).not.toEqual([]);
  await page.context().clearCookies({ name: /branchline/ });
  await signInThere(page, NEW);
  await expect(page.getByRole("alert")).toContainText("took too long or was begun in another browser");
  await look(page, "oidc-too-late");

  await page.getByRole("link", { name: `Sign in with ${NAME}` }).click();
  await expect(page.getByRole("button", { name: "Kim Tran" })).toBeVisible();
  await page.goto(answer);
  // Signed in all the same, and told.
  await expect(page.getByRole("alert")).toContainText("Please begin again");
  await expect(page.getByRole("button", { name: "Kim Tran" })).toBeVisible();
  await look(page, "oidc-replayed");
});
