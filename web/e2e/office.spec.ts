import { expect, shopOf, test } from "./chain";
import { signInAtOffice } from "./office";

test("a wrong password says no more than that", async ({ page, chain }) => {
  await page.goto(`${chain.office}/office/stock`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(chain.logins[0]?.email ?? "");
  await page.getByRole("textbox", { name: "Password" }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("E-mail or password is not right.");
});

test("a manager sees the own branch and nothing else", async ({ page, chain }) => {
  await signInAtOffice(page, chain, "branch_manager");
  await expect(page.getByRole("combobox", { name: "Branch" })).toHaveCount(0);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages.getByRole("link", { name: "Jobs" })).toHaveCount(0);
  await pages.getByRole("link", { name: "Sales" }).click();
  const rows = page.getByRole("table", { name: "Sales" }).getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  const others = chain.locations.filter(({ id }) => id !== shopOf(chain).id).map(({ name }) => name);
  const branches = new Set(await rows.getByRole("cell").nth(0).allTextContents());
  for (const name of others) expect(branches.has(name) && branches.size > 1).toBe(false);
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
  await pages.getByRole("link", { name: "Stock" }).click();
  await expect(page.getByRole("table", { name: "Stock" }).getByRole("row").nth(1)).toBeVisible();
  await pages.getByRole("link", { name: "Nodes" }).click();
  await expect(page.getByRole("region", { name: shopOf(chain).name })).toContainText("Online");
  await page.getByRole("region", { name: shopOf(chain).name }).getByRole("link", { name: "No problems" }).click();
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
