import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, find, test, type Chain } from "./chain";
import { linkIn, Mailbox } from "./mail";
import { signInAtOffice } from "./office";
import { look } from "./picture";
import { CLIENT, startProvider } from "./provider";
import { officeOf } from "./rights";

const ENTER = "Sign in";
const signedIn = (page: Page) => page.getByRole("heading", { name: "You are signed in", level: 1 });
const askForLink = (page: Page) => page.getByRole("button", { name: "Send me a link" });

/** Asks for a link, up to the words about the mailbox. */
async function ask(page: Page, chain: Chain, email: string): Promise<void> {
  await page.goto(`${chain.office}/shop`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await askForLink(page).click();
  await expect(page.getByRole("heading", { name: "Look into your mailbox", level: 1 })).toBeVisible();
}

/** Signs in with a fresh link. */
async function enter(page: Page, chain: Chain, email: string): Promise<void> {
  const mailbox = new Mailbox(chain, email);
  await ask(page, chain, email);
  await page.goto(linkIn(await mailbox.next()));
  await page.getByRole("button", { name: ENTER }).click();
  await expect(signedIn(page)).toBeVisible();
}

/** Nothing is wider than the smallest phone. */
async function expectNarrow(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
}

/** Everything that is pressed is at least 48 px high. */
async function expectLargeTargets(page: Page): Promise<void> {
  const heights = await page.locator("button, a[href], select, input").evaluateAll((found) => found.map((one) => one.getBoundingClientRect().height));
  expect(heights).not.toEqual([]);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(48);
}

test("a customer signs in by the link of an e-mail, once, and out again", async ({ page, browser, chain }) => {
  const email = "mai@customer.example";
  const mailbox = new Mailbox(chain, email);
  await page.goto(`${chain.office}/shop`);
  await expect(page).toHaveURL(`${chain.office}/shop/login`);
  await expect(page).toHaveTitle(`Sign in · ${chain.company}`);
  await expect(page.getByRole("banner")).toContainText(chain.company);
  await expect(page.getByRole("textbox", { name: "E-mail" })).toBeFocused();
  await expectAccessible(page, "shop login");
  await expectLargeTargets(page);
  await look(page, "shop-login");
  await page.keyboard.type(email);
  await page.keyboard.press("Enter");
  await expect(page.getByText(`A link to sign in is on its way to ${email}`)).toBeVisible();
  await expectAccessible(page, "shop mailbox");
  await look(page, "shop-mailbox");
  const mail = await mailbox.next();
  expect(mail.subject).toBe(`Sign in at ${chain.company}`);
  const link = linkIn(mail);
  const token = new URL(link).hash.replace("#token=", "");
  expect(token.length).toBeGreaterThan(30);

  // A mail scanner fetches the link, and another runs the page: neither uses it up.
  const sent: string[] = [];
  expect((await page.request.get(link)).status()).toBe(200);
  const scanner = await (await browser.newContext()).newPage();
  scanner.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
  await scanner.goto(link);
  await expect(scanner.getByRole("button", { name: ENTER })).toBeVisible();
  await scanner.waitForLoadState("networkidle");
  expect(sent.filter((line) => !line.startsWith("GET ") || line.includes(token))).toEqual([]);
  await scanner.context().close();

  await page.goto(link);
  await expect(page.getByRole("button", { name: ENTER })).toBeFocused();
  await expect(page).toHaveURL(`${chain.office}/shop/login`);
  await expectAccessible(page, "shop link");
  await look(page, "shop-link");
  await page.keyboard.press("Enter");
  await expect(signedIn(page)).toBeVisible();
  await expect(page).toHaveURL(`${chain.office}/shop`);
  await expect(page.getByRole("main")).toContainText(email);
  await expectAccessible(page, "shop customer");
  await expectLargeTargets(page);
  await look(page, "shop-customer");
  // Nothing of the link is left for whoever uses this browser later.
  await page.goBack();
  expect(page.url()).not.toContain("token");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie]));
  expect(kept).not.toContain(token);

  const thief = await (await browser.newContext()).newPage();
  await thief.goto(link);
  await thief.getByRole("button", { name: ENTER }).click();
  await expect(thief.getByRole("heading", { name: "This link is over", level: 1 })).toBeVisible();
  await expectAccessible(thief, "shop link over");
  await look(thief, "shop-link-over");
  await thief.getByRole("button", { name: "Ask for a new link" }).click();
  await expect(askForLink(thief)).toBeVisible();
  await thief.context().close();

  await page.goto(`${chain.office}/shop/login`);
  await expect(signedIn(page)).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
    { name: "branchline_shop", httpOnly: true, sameSite: "Lax" },
  ]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(askForLink(page)).toBeVisible();
  // The cookie as it was, put back: the session itself is over.
  await page.context().addCookies(cookies);
  expect((await page.request.get(`${chain.office}/v1/shop/me`)).status()).toBe(401);
});

test("the same words for everybody, and a refusal in words for what is no address", async ({ page, chain }) => {
  const admin = find(chain.logins, ({ role }) => role === "administrator");
  const said: (string | null)[] = [];
  for (const email of ["nobody@nowhere.example", admin.email]) {
    await ask(page, chain, email);
    said.push(((await page.getByRole("main").textContent()) ?? "").replaceAll(email, "…"));
    await page.getByRole("button", { name: "Ask again, or with another address" }).click();
    await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(email);
  }
  expect(said[0]).toBe(said[1]);
  await page.getByRole("textbox", { name: "E-mail" }).fill("two@@nowhere");
  // The browser's own check lets less through than the shop's.
  await page.locator("form").evaluate((form) => form.setAttribute("novalidate", ""));
  await askForLink(page).click();
  await expect(page.getByRole("alert")).toContainText("This is no e-mail address");
  await page.route("**/v1/shop/login", (route) => route.abort());
  await page.getByRole("textbox", { name: "E-mail" }).fill("nobody@nowhere.example");
  await askForLink(page).click();
  await expect(page.getByRole("alert")).toContainText("No answer from the server");
});

test("a link that is followed in the page that waits for it, and one that is retried after a broken line", async ({ page, chain }) => {
  const email = "son@customer.example";
  const mailbox = new Mailbox(chain, email);
  await ask(page, chain, email);
  const link = linkIn(await mailbox.next());
  // Only what is behind the `#` changes: the page is not loaded anew.
  await page.evaluate((to) => location.assign(to), link);
  await expect(page.getByRole("button", { name: ENTER })).toBeVisible();
  await expect(page).toHaveURL(`${chain.office}/shop/login`);
  await page.route("**/v1/shop/session", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: ENTER }).click();
  await expect(page.getByRole("alert")).toContainText("No answer from the server");
  await page.getByRole("button", { name: ENTER }).click();
  await expect(signedIn(page)).toBeVisible();

  await page.route("**/v1/shop/me", (route) => route.fulfill({ status: 500, json: { code: "server.internal", title: "Broken" } }), { times: 1 });
  await page.reload();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(signedIn(page)).toBeVisible();
  await page.goto(`${chain.office}/shop/orders`);
  await expect(page.getByText("There is no such page")).toBeVisible();
  await page.getByRole("link", { name: "Go to the start" }).click();
  await expect(signedIn(page)).toBeVisible();
});

test("three languages, on the smallest phone; the e-mail is in the language of the page", async ({ page, chain }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const words = [
    { language: "vi", send: "Gửi liên kết cho tôi", title: "Hãy xem hộp thư của bạn", enter: "Đăng nhập", done: "Bạn đã đăng nhập", subject: "Đăng nhập" },
    { language: "th", send: "ส่งลิงก์ให้ฉัน", title: "ตรวจดูกล่องอีเมลของคุณ", enter: "เข้าสู่ระบบ", done: "คุณเข้าสู่ระบบแล้ว", subject: "เข้าสู่ระบบ" },
    { language: "en", send: "Send me a link", title: "Look into your mailbox", enter: "Sign in", done: "You are signed in", subject: "Sign in at" },
  ];
  for (const { language, send, title, enter: press, done, subject } of words) {
    const email = `a-customer-with-a-rather-long-address-indeed.${language}@customers.of.the.online.shop.example`;
    const mailbox = new Mailbox(chain, email);
    await page.goto(`${chain.office}/shop/login`);
    await page.getByRole("banner").getByRole("combobox").selectOption(language);
    await expect(page.getByRole("button", { name: send })).toBeVisible();
    await expectNarrow(page);
    await expectAccessible(page, `shop login ${language}`);
    await look(page, `shop-login-${language}`);
    await page.getByRole("textbox").fill(email);
    await page.getByRole("button", { name: send }).click();
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
    await expectNarrow(page);
    await look(page, `shop-mailbox-${language}`);
    const mail = await mailbox.next();
    expect(mail.subject).toBe(`${subject} ${chain.company}`);
    await page.goto(linkIn(mail));
    await page.getByRole("button", { name: press }).click();
    await expect(page.getByRole("heading", { name: done, level: 1 })).toBeVisible();
    await expectNarrow(page);
    await look(page, `shop-customer-${language}`);
    await page.context().clearCookies();
  }
});

test("a customer's session opens nothing of the office, and the office's nothing of the shop", async ({ page, browser, chain }) => {
  // Even with the address of an administrator.
  const admin = find(chain.logins, ({ role }) => role === "administrator");
  await enter(page, chain, admin.email);
  const tried = await page.evaluate(async (paths) => {
    const answers = await Promise.all(paths.map((path) => fetch(path)));
    return answers.map(({ status }) => status);
  }, ["/v1/overview", "/v1/session", "/v1/staff", "/v1/orders", "/v1/sales", "/v1/stock", "/v1/audit", "/v1/me/sessions"]);
  expect(new Set(tried)).toEqual(new Set([401]));
  await page.goto(`${chain.office}/office`);
  await expect(page.getByRole("heading", { name: "Sign in to the office" })).toBeVisible();
  await page.goto(`${chain.office}/shop`);
  await expect(signedIn(page)).toBeVisible();

  const desk = await (await browser.newContext()).newPage();
  await signInAtOffice(desk, chain);
  expect((await desk.request.get(`${chain.office}/v1/shop/me`)).status()).toBe(401);
  await desk.goto(`${chain.office}/shop`);
  await expect(askForLink(desk)).toBeVisible();
  await desk.context().close();
});

test("a customer signs in by a provider of the customers' realm, and out there too", async ({ page, browser, chain }) => {
  const code = "social";
  const provider = await startProvider({
    callbacks: [`${chain.office}/v1/shop/oidc/${code}/callback`],
    goodbyes: [`${chain.office}/shop`],
    accounts: { "huong@customer.example": { name: "Hương Lê" } },
  });
  const office = await officeOf(browser, chain);
  const entry = {
    code,
    name: "Hello ID",
    realm: "customer",
    issuer: provider.issuer,
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
    scopes: ["email", "profile"],
    unknown: "create",
    active: true,
  };
  const made = await office.put(`/v1/identity-providers/${crypto.randomUUID()}`, { data: entry });
  expect(made.ok(), await made.text()).toBe(true);
  const toProvider = async () => {
    await page.goto(`${chain.office}/shop/login`);
    await page.getByRole("link", { name: "Sign in with Hello ID" }).click();
  };
  const signInThere = async (login: string) => {
    await page.getByRole("textbox", { name: "Login" }).fill(login);
    await page.getByRole("textbox", { name: "Password" }).fill("anything");
    await page.getByRole("button", { name: "Continue" }).click();
  };

  await page.goto(`${chain.office}/shop/login`);
  await expect(page.getByRole("link", { name: "Sign in with Hello ID" })).toBeVisible();
  await expectAccessible(page, "shop providers");
  await expectLargeTargets(page);
  await look(page, "shop-providers");
  // A button of the shop is none of the office.
  const desk = await (await browser.newContext()).newPage();
  await desk.goto(`${chain.office}/office`);
  await expect(desk.getByRole("textbox", { name: "Password" })).toBeVisible();
  await expect(desk.getByText("Hello ID")).toHaveCount(0);
  expect((await desk.request.get(`${chain.office}/v1/session/oidc/${code}`)).status()).toBe(404);
  await desk.context().close();

  await toProvider();
  await signInThere("unverified@customer.example");
  await expect(page.getByRole("alert")).toContainText("has not verified your e-mail address");
  await expect(askForLink(page)).toBeVisible();
  await look(page, "shop-provider-refused");
  await page.context().clearCookies();

  await toProvider();
  await signInThere("huong@customer.example");
  await expect(signedIn(page)).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Hương Lê");
  await expect(page.getByRole("main")).toContainText("huong@customer.example");
  await look(page, "shop-provider");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: /sign me out/i }).click();
  await expect(askForLink(page)).toBeVisible();

  // The same customer by a link.
  await enter(page, chain, "huong@customer.example");
  await expect(page.getByRole("main")).toContainText("Hương Lê");
  await page.context().clearCookies();

  provider.stop();
  // One that was never there: nothing of it is known, so nobody is sent to a dead page.
  const gone = await office.put(`/v1/identity-providers/${crypto.randomUUID()}`, { data: { ...entry, code: "gone", name: "Gone ID", issuer: "http://127.0.0.1:9" } });
  expect(gone.ok(), await gone.text()).toBe(true);
  await page.goto(`${chain.office}/shop/login`);
  await page.getByRole("link", { name: "Sign in with Gone ID" }).click();
  await expect(page.getByRole("alert")).toContainText("ask for a link by e-mail");
  await look(page, "shop-provider-gone");
});
