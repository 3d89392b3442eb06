import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** No serious or critical finding, of WCAG 2.2 AA and below. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("status", { name: "Loading…" })).toHaveCount(0);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const severe = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(severe.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([]);
}
