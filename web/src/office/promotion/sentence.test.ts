import i18next from "i18next";
import { expect, test } from "vitest";

import type { Language } from "../../i18n";
import english from "../../i18n/en/office.json";
import thai from "../../i18n/th/office.json";
import vietnamese from "../../i18n/vi/office.json";
import { emptyWhen, type When } from "./condition";
import type { Document } from "./document";
import { card, emptyForm, formOf, type Form } from "./draft";
import { emptyGive, type Give } from "./effect";
import { sayGoods, sentencesOf, type Words } from "./sentence";
import { formOfTemplate, TEMPLATES } from "./templates";

const i18n = i18next.createInstance();
await i18n.init({ lng: "en", resources: { en: { office: english }, vi: { office: vietnamese }, th: { office: thai } }, defaultNS: "office", interpolation: { escapeValue: false } });

const NAMES: Record<string, string> = { shirts: "Shirts", belts: "Belts", v1: "Tote bag", l1: "Old Town", l2: "Riverside" };

const words = (locale: Language): Words => ({
  t: i18n.getFixedT(locale, "office") as Words["t"],
  locale,
  currency: locale === "vi" ? { code: "VND", exponent: 0 } : { code: locale === "th" ? "THB" : "USD", exponent: 2 },
  name: (kind, id) => NAMES[id] ?? (kind === "brands" || kind === "tags" ? id : undefined),
});

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");
const say = (form: Form, locale: Language = "en") => plain(sentencesOf(form, words(locale)).join(" "));
const document = (part: Partial<Document>): Form => formOf({ name: "N", effects: [], ...part }, 2);

const belts = document({
  effects: [
    {
      bundle: {
        parts: [
          { of: { categories: ["shirts"] }, count: 2, pick: "best" },
          { of: { categories: ["belts"] }, count: 1, pick: "cheapest" },
        ],
        reward: { on: { part: 1 }, off: { percent: 10_000 } },
      },
    },
  ],
  when: [{ hours: { weekdays: [6, 7], from: "18:00:00", until: "21:00:00" } }, "member"],
});

test("two shirts and the cheapest belt, in three languages", () => {
  expect(say(belts)).toBe("Who buys 2 of Shirts gets the cheapest of Belts free. Saturday and Sunday 18:00–21:00. Members only.");
  expect(say(belts, "vi")).toBe("Mua 2 Shirts được 1 Belts rẻ nhất miễn phí. Thứ Bảy và Chủ Nhật 18:00–21:00. Chỉ dành cho thành viên.");
  expect(say(belts, "th")).toBe("ซื้อShirts 2 ชิ้น รับBeltsที่ถูกสุด 1 ชิ้น ฟรี วันเสาร์และวันอาทิตย์ 18:00–21:00 เฉพาะสมาชิก");
});

test.each([
  ["threeForTwo", "Of each 3 of all goods, the cheapest free."],
  ["category", "20% off all goods."],
  ["buyTwo", "Who buys 2 of all goods gets the cheapest of all goods free."],
  ["gift", "… as a gift. With at least … of all goods in the basket."],
  ["happyHour", "10% off all goods. Monday, Tuesday, Wednesday, Thursday, and Friday 16:00–18:00."],
  ["forPrice", "Any 3 of all goods for …."],
  ["flash", "30% off all goods. From … on. Only 100 units in all."],
] as const)("template %s in a sentence", (template, sentence) => {
  expect(say(formOfTemplate(template, "N"))).toBe(sentence);
});

test("every template and every card has words in each language", () => {
  const cards: Form = {
    ...emptyForm(),
    when: Object.values(emptyWhen).map((make) => card<When>(make())),
    give: Object.values(emptyGive).map((make) => card<Give>(make())),
    limits: { uses: "1", usesPerDay: "2", usesPerCustomer: "1", units: "5", budget: "100", short: "rest" },
    combination: { mode: "best_of", group: "g", priority: "10", onlyUnreduced: true, belowCost: true, cap: "5" },
    kept: { audience: 1 },
  };
  for (const locale of ["en", "vi", "th"] as const) {
    for (const form of [cards, ...TEMPLATES.map((template) => formOfTemplate(template, "N"))]) {
      const said = say(form, locale);
      // A key without words would be said as itself, and a figure without a value in its braces.
      expect(said).not.toMatch(/promotion\.|\{\{|undefined|NaN/);
      expect(said.length).toBeGreaterThan(10);
    }
  }
});

test.each([
  [{ effects: [{ percent: { off: 1250, of: "list", target: { of: { except: { brands: ["Acme"] } }, most: 1, pick: "cheapest" } } }] }, "12.5% of the price before other promotions off all goods except goods of Acme. At most 1 in a basket. The cheapest first."],
  [{ effects: [{ amount: { off: 200, per: 1000, target: { of: { tags: ["ripe"] } } } }] }, "$2.00 off every 1,000 (g, ml, mm) of goods with the tag ripe."],
  [{ effects: [{ price: { price: 990, target: { of: { categories: ["shirts"] } } } }] }, "Each of Shirts for $9.90."],
  [{ effects: [{ tiers: { steps: [{ from: 3, off: { percent: 1000 } }, { from: 5, off: { price: 800 } }], target: { of: { categories: ["shirts"] } } } }] }, "The more of Shirts: from 3 10% cheaper; from 5 for $8.00."],
  [{ effects: [{ bundle: { parts: [{ of: { categories: ["shirts"] }, count: 1 }, { of: { categories: ["belts"] }, count: 1 }], reward: { on: "all", off: { price: 3000 } } } }] }, "Together 1 of Shirts and 1 of Belts: for $30.00."],
  [{ effects: [{ bundle: { parts: [{ of: "all", count: 4, is_distinct: true }], reward: { on: { cheapest: 2 }, off: { percent: 5000 } }, times: 1 } }] }, "Of each 4 of all goods, the 2 cheapest 50% cheaper. All of them different. At most 1 time in a basket."],
  [{ effects: [{ spread: { off: { amount: 500 } } }], when: [{ amount: { at_least: 5000 } }] }, "The whole basket $5.00 cheaper. With at least $50.00 of all goods in the basket."],
  [{ effects: [{ gift: { variant: "v1", quantity: 2 } }], when: ["voucher", { location: ["l1", "l2"] }] }, "2 Tote bag as a gift. With a voucher code. Only in Old Town and Riverside."],
  [{ effects: [{ points: { earn: { per_amount: { points: 2, each: 1000 } } } }], when: [{ purchase: 1 }] }, "2 points more for each $10.00 paid for all goods. On the first purchase."],
  [{ effects: [{ shipping: { off: { percent: 10_000 } } }], when: [{ dates: { from: "2026-12-01T00:00:00", until: "2026-12-24T18:00:00", grace_minutes: 5 } }] }, "Shipping free. From Dec 1, 2026 until Dec 24, 2026, 18:00. Begun baskets keep it 5 minutes longer."],
  [{ effects: [{ spread: { off: { percent: 1000 } } }], combination: { mode: "exclusive", priority: -3, cap: 2000 }, limits: { uses_per_customer: 1, budget: 100_000 } }, "The whole basket 10% cheaper. Never together with others. After other promotions. At most $20.00 in a basket. 1 time for each customer. Until $1,000.00 is given."],
  [{ effects: [{ confetti: 1 }], when: [{ not: "member" }] }, "A rule is kept as it is (confetti). A rule is kept as it is (not)."],
] as [Partial<Document>, string][])("%j in a sentence", (part, sentence) => {
  expect(say(document(part))).toBe(sentence);
});

test("of many goods a sentence says the first ones, and how many more", () => {
  const ids = ["shirts", "belts", "x", "y", "z"];
  expect(sayGoods({ any: { products: ids }, but: {} }, words("en"))).toBe("Shirts, Belts and 3 more");
  expect(sayGoods({ any: { variants: ["x", "y"] }, but: {} }, words("en"))).toBe("2 certain variants");
  expect(sayGoods({ any: { categories: ["shirts"], tags: ["new"] }, but: { products: ["x"] } }, words("en"))).toBe("Shirts or goods with the tag new except 1 product");
});
