import type { Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { expect, shopOf, stationOf, test } from "./chain";
import { look } from "./picture";
import { signIn } from "./station";

type Facts = Record<string, unknown>;

/** The branch computer as it would speak in that state; all else is its own. */
async function pretend(page: Page, patch: Facts, sync: Facts = {}): Promise<void> {
  await page.route("**/v1/edge", async (route) => {
    const answer = await route.fetch();
    const edge = (await answer.json()) as { sync: Facts };
    await route.fulfill({ response: answer, json: { ...edge, ...patch, sync: { ...edge.sync, ...sync } } });
  });
  // What it tells by itself as well.
  await page.routeWebSocket("**/v1/live**", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const told = JSON.parse(message.toString()) as Facts;
      socket.send(JSON.stringify(told["type"] === "sync" ? { ...told, ...sync } : told));
    });
  });
}

const STATES: { name: string; patch?: Facts; sync?: Facts; words: RegExp[] }[] = [
  { name: "books", patch: { books: "differ" }, words: [/Selling and buying go on\. Tell your manager/, /Vẫn bán và mua được/, /ขายและรับซื้อต่อได้/] },
  { name: "failed-disk", patch: { mode: "readonly" }, words: [/The disk of the branch computer failed/, /Ổ đĩa của máy chi nhánh bị hỏng/, /ดิสก์ของเครื่องสาขาเสีย/] },
  {
    name: "full-disk",
    patch: { disk: { state: "full", free_bytes: 2_000_000, total_bytes: 40_000_000 } },
    words: [/almost full \(2 MB free\)\. Only sales/, /gần như đầy \(còn 2 MB\)/, /เกือบเต็ม \(เหลือ 2 MB\)/],
  },
  {
    name: "slow-clock",
    patch: { clock: { skewed: true, to_confirm: false, offset_ms: 0, behind_ms: 660_000 } },
    words: [/is 11 min off/, /lệch 11 phút/, /คลาดเคลื่อน 11 นาที/],
  },
  {
    name: "unknown-clock",
    patch: { clock: { skewed: false, to_confirm: true, offset_ms: null, behind_ms: 0 } },
    words: [/could not be compared with the office for days/, /đã nhiều ngày không so được/, /ไม่ได้เทียบกับสำนักงานมาหลายวัน/],
  },
  {
    name: "machine",
    patch: { mode: "restricted", restricted: { cause: "machine", detail: "x", advice: "x" } },
    words: [/not the machine that was enrolled.+needs a supervisor's PIN/, /không phải máy đã đăng ký.+PIN/, /ไม่ใช่เครื่องที่ลงทะเบียนไว้.+PIN/],
  },
  {
    name: "refused",
    sync: { problem: "the cloud refuses: Not so (node.odd)", problem_kind: "refused" },
    words: [/The office refuses the records of this branch.+node\.odd/, /Văn phòng từ chối dữ liệu/, /สำนักงานไม่รับข้อมูล/],
  },
  { name: "held", sync: { problem: "x", problem_kind: "held" }, words: [/could not book some records of this branch yet/, /chưa ghi sổ được/, /ยังลงบัญชี/] },
];

for (const { name, patch = {}, sync = {}, words } of STATES) {
  test(`${name}: told at till and station, in three languages`, async ({ page, chain }) => {
    await pretend(page, patch, sync);
    const [till, station] = [`${shopOf(chain).url}/pos`, `${stationOf(chain).url}/buy`];
    for (const [at, [url, language]] of [[station, "en"] as const, [till, "vi"] as const, [till, "th"] as const].entries()) {
      await page.goto(url);
      await page.evaluate((chosen) => localStorage.setItem("branchline.language", chosen), language);
      await page.reload();
      await expect(page.getByText(words[at] as RegExp)).toBeVisible();
      await expectAccessible(page, `${name} ${language}`);
      await look(page, `banner-${name}-${language}`);
    }
  });
}

test("an office that is out of reach is no refusal; after days it is worth a word, and more to whom it takes something", async ({ page, chain }) => {
  const DAY_MS = 86_400_000;
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  const silent = { connected: false, problem: "the cloud does not answer: refused", problem_kind: "unreachable" };
  const shop = shopOf(chain);
  await pretend(page, {}, { ...silent, last_contact: ago(0.5) });
  await signIn(page, shop, "cashier");
  await expect(page.getByRole("banner").getByText(/Offline since/)).toBeVisible();
  await expect(page.getByText(/No contact with the office|refuses/)).toHaveCount(0);

  await page.unrouteAll();
  await pretend(page, { now: new Date().toISOString() }, { ...silent, last_contact: ago(3) });
  await page.reload();
  await expect(page.getByText(/No contact with the office since \w+ \d+, \d\d:\d\d\. Selling and buying go on/)).toBeVisible();
  await expect(page.getByRole("banner").getByText(/Offline since \w+ \d+, \d\d:\d\d/)).toBeVisible();
  await expectAccessible(page, "alone");
  await look(page, "banner-alone");

  await page.route("**/v1/session", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as Facts), believed_until: ago(-1) } });
  });
  await page.reload();
  await expect(page.getByText(/Some of what you may do ends at \w+ \d+, \d\d:\d\d unless the office is reached/)).toBeVisible();
  await look(page, "banner-lapse");
});
