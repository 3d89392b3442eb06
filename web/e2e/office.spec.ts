import { expect, find, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";

test("a wrong password says no more than that", async ({ page, chain }) => {
  await page.goto(`${chain.office}/office/stock`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(chain.logins[0]?.email ?? "");
  await page.getByRole("textbox", { name: "Password" }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("E-mail or password is not right.");
});

test("a manager sees the own branch and nothing else", async ({ page, browser, chain }) => {
  await signInAtOffice(page, chain, "branch_manager");
  await expect(page.getByRole("combobox", { name: "Branch" })).toHaveCount(0);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages.getByRole("link", { name: "Jobs" })).toHaveCount(0);
  await pages.getByRole("link", { name: "Sales" }).click();
  const table = page.getByRole("table", { name: "Sales" });
  await expect(table.getByRole("rowheader").first()).toBeVisible();
  const own = table.getByRole("cell", { name: shopOf(chain).name, exact: true });
  await expect(own).toHaveCount(await table.getByRole("rowheader").count());

  // Nor by asking for it: a foreign sale's address leads nowhere.
  const admin = await browser.newContext();
  const login = find(chain.logins, ({ role }) => role === "administrator");
  await admin.request.post(`${chain.office}/v1/session`, { data: { email: login.email, password: login.password } });
  const other = find(chain.locations, ({ kind, id }) => kind === "shop" && id !== shopOf(chain).id);
  const answer = await admin.request.get(`${chain.office}/v1/sales?location=${other.id}&limit=1`);
  const [foreign] = ((await answer.json()) as { items: { id: string; business_date: string }[] }).items;
  await admin.close();
  await page.goto(`${chain.office}/office/sales/${other.id}/${foreign?.business_date}/${foreign?.id}`);
  await expect(page.getByRole("alert")).toBeVisible();
});

test("filters live in the address and survive a reload", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  const shop = shopOf(chain);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sales" }).click();
  await page.getByRole("combobox", { name: "Branch" }).selectOption({ label: shop.name });
  await expect(page).toHaveURL(new RegExp(`branch=${shop.id}`));
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Branch" })).toHaveValue(shop.id);
  await page.getByRole("searchbox", { name: "Receipt number" }).fill("no such receipt");
  await expect(page.getByText("No sales match")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page.getByRole("table", { name: "Sales" }).getByRole("row").nth(1)).toBeVisible();
});

test("stock, nodes and jobs are there for the administrator", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Stock", exact: true }).click();
  await expect(page.getByRole("table", { name: "Stock" }).getByRole("row").nth(1)).toBeVisible();
  await pages.getByRole("link", { name: "Nodes" }).click();
  await expect(page.getByRole("region", { name: shopOf(chain).name })).toContainText("Online");
  await page.getByRole("region", { name: shopOf(chain).name }).getByRole("link", { name: "Details" }).click();
  await expect(page.getByText("Every record that arrived is in the figures.")).toBeVisible();
  await pages.getByRole("link", { name: "Jobs" }).click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
});

test("the language is remembered", async ({ page, chain }) => {
  await signInAtOffice(page, chain);
  await page.getByRole("combobox", { name: "Language" }).selectOption("vi");
  await expect(page.getByRole("heading", { name: "Tổng quan", level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Tổng quan", level: 1 })).toBeVisible();
  await expect(page).toHaveTitle(/Branchline/);
});
