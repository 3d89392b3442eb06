import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import type { Page } from "@playwright/test";

import { expect, shopOf, test } from "./chain";
import { basket, scan, scannable, signIn } from "./station";

/** A printer without paper: answers how it is, and keeps what it is sent. */
class Printer {
  readonly papers: Buffer[] = [];
  hasPaper = true;
  private readonly server: Server;

  constructor() {
    this.server = createServer((socket) => this.serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, "127.0.0.1", resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }

  private serve(socket: Socket): void {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      if (chunk.length === 12 && chunk[0] === 0x10) {
        socket.write(Buffer.from([0x12, 0x12, 0x12, this.hasPaper ? 0x12 : 0x72]));
        return;
      }
      chunks.push(chunk);
      if (chunk.subarray(-3).equals(Buffer.from([0x1d, 0x72, 1]))) socket.write(Buffer.from([0]));
    });
    // A till that goes away is no error of the printer's.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (chunks.length > 0) this.papers.push(Buffer.concat(chunks));
    });
  }
}

async function sellOne(page: Page): Promise<void> {
  const [product] = await scannable(page);
  if (!product) throw new Error("a product with a barcode is needed");
  await scan(page, product.barcode);
  await expect(basket(page).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: /^Pay \$/ }).click();
  await page.getByRole("button", { name: /^Exact cash/ }).click();
}

test("a receipt is printed, waits for paper, and is printed again as a copy", async ({ page, chain }) => {
  const shop = shopOf(chain);
  const printer = new Printer();
  const port = await printer.listen();
  await signIn(page, shop, "branch_manager");
  const register = shop.registers.at(-1)?.name ?? "";

  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Printing" }).click();
  await page.getByRole("button", { name: `Printer of ${register}` }).click();
  await page.getByRole("textbox", { name: "Address in the network" }).fill("127.0.0.1");
  await page.getByRole("spinbutton", { name: "Port" }).fill(String(port));
  await page.getByRole("radio", { name: "Tiếng Việt" }).check({ force: true });
  await page.getByRole("button", { name: "Save and print a test page" }).click();
  await expect(page.getByRole("listitem", { name: "Test page" })).toContainText("Printed");
  await expect.poll(() => printer.papers.length).toBe(1);

  await page.getByRole("link", { name: /To the till|till/i }).first().click();
  await sellOne(page);
  await expect(page.getByRole("status").filter({ hasText: "Printed" })).toBeVisible();
  await expect.poll(() => printer.papers.length).toBe(2);
  const kick = Buffer.from([0x1b, 0x70, 0]);
  expect(printer.papers[1]?.includes(kick)).toBe(true);

  await page.getByRole("button", { name: "Print a copy" }).click();
  await expect.poll(() => printer.papers.length).toBe(3);
  expect(printer.papers[2]?.includes(kick)).toBe(false);

  printer.hasPaper = false;
  await page.getByRole("button", { name: "Next customer" }).click();
  await sellOne(page);
  await expect(page.getByText("The printer has no paper: put in a new roll.")).toBeVisible();
  const badge = page.getByRole("link", { name: "1 print waits: look at the printer" });
  await badge.click();
  await expect(page.getByRole("list", { name: "Printing" }).getByText("no paper")).toBeVisible();
  printer.hasPaper = true;
  await expect(badge).toBeHidden();
  await expect.poll(() => printer.papers.length).toBe(4);

  // Nothing is left behind for the tests after this one.
  await page.getByRole("button", { name: `Printer of ${register}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "No printer" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  printer.close();
});
