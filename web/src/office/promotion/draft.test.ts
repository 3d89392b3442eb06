import { expect, test } from "vitest";

import { emptyWhen, WHEN_KINDS, type When } from "./condition";
import { canonical, isSame, type Document, type Json } from "./document";
import { card, documentOf, emptyForm, formOf, isForKnown, type Form } from "./draft";
import { emptyGive, GIVE_KINDS, lookOf, type Give } from "./effect";
import { everything } from "./goods";
import { formOfTemplate, TEMPLATES, type Template } from "./templates";

const DIGITS = 2;

/** The document of an empty form with these cards. */
const composed = (part: Partial<Form>) => documentOf({ ...emptyForm(), name: "N", ...part }, DIGITS);

const sent = (part: Partial<Form>) => {
  const { document } = composed(part);
  return { when: document.when, effects: document.effects };
};

/** What a person still has to fill in behind a template, and what is sent then. */
const COMPLETED: Record<Template, { missing: string[]; fill: (form: Form) => Form; effects: Json[]; when: Json[]; limits?: Json }> = {
  threeForTwo: {
    missing: [],
    fill: (form) => form,
    effects: [{ bundle: { parts: [{ of: "all", count: 3, pick: "best" }], reward: { on: { cheapest: 1 }, off: { percent: 10_000 } } } }],
    when: [],
  },
  category: {
    missing: [],
    fill: (form) => withGive(form, (give) => (give.kind === "percent" ? { ...give, target: { ...give.target, goods: { any: { categories: ["c"] }, but: {} } } } : give)),
    effects: [{ percent: { off: 2_000, of: "remaining", target: { of: { categories: ["c"] }, pick: "best" } } }],
    when: [],
  },
  buyTwo: {
    missing: [],
    fill: (form) =>
      withGive(form, (give) => (give.kind === "bundle" ? { ...give, parts: give.parts.map((part, at) => ({ ...part, goods: { any: { categories: [at === 0 ? "shirts" : "belts"] }, but: {} } })) } : give)),
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
    when: [],
  },
  gift: {
    missing: ["effects[0].variant", "when[0].at_least"],
    fill: (form) => ({ ...withGive(form, () => ({ kind: "gift", variant: "v", quantity: "1" })), when: [card<When>({ ...emptyWhen.amount(), kind: "amount", goods: everything(), atLeast: "50", atMost: "", base: "remaining" })] }),
    effects: [{ gift: { variant: "v", quantity: 1 } }],
    when: [{ amount: { of: "all", at_least: 5_000, base: "remaining" } }],
  },
  happyHour: {
    missing: [],
    fill: (form) => form,
    effects: [{ percent: { off: 1_000, of: "remaining", target: { of: "all", pick: "best" } } }],
    when: [{ hours: { weekdays: [1, 2, 3, 4, 5], from: "16:00:00", until: "18:00:00" } }],
  },
  forPrice: {
    missing: ["effects[0].reward.off"],
    fill: (form) => withGive(form, (give) => (give.kind === "bundle" ? { ...give, off: { kind: "price", value: "20" } } : give)),
    effects: [{ bundle: { parts: [{ of: "all", count: 3, pick: "best" }], reward: { on: "all", off: { price: 2_000 } } } }],
    when: [],
  },
  flash: {
    missing: ["when[0]"],
    fill: (form) => ({ ...form, when: [card<When>({ kind: "dates", from: "2026-12-01T00:00", until: "2026-12-02T18:00", grace: "" })] }),
    effects: [{ percent: { off: 3_000, of: "remaining", target: { of: "all", pick: "best" } } }],
    when: [{ dates: { from: "2026-12-01T00:00:00", until: "2026-12-02T18:00:00", grace_minutes: 0 } }],
    limits: { units: 100 },
  },
};

const withGive = (form: Form, change: (give: Give) => Give): Form => ({ ...form, give: form.give.map(({ key, is }) => ({ key, is: change(is) })) });

test.each(TEMPLATES)("template %s says what is missing, and is sent when that is filled in", (template) => {
  const { missing, fill, effects, when, limits } = COMPLETED[template];
  const begun = formOfTemplate(template, "Name");
  expect([...documentOf(begun, DIGITS).missing.keys()].toSorted()).toEqual(missing);
  const { document, missing: rest } = documentOf(fill(begun), DIGITS);
  expect([...rest.keys()]).toEqual([]);
  expect(document.effects).toEqual(effects);
  expect(document.when).toEqual(when);
  expect(document.limits).toEqual(limits ?? {});
  // What comes back from the server fills the same cards.
  const again = formOf(document, DIGITS);
  expect(again.kept).toEqual({});
  expect(again.give.map(({ is }) => is.kind)).not.toContain("other");
  expect(documentOf(again, DIGITS).document).toEqual(document);
});

test("two shirts, the cheapest belt free, at weekends from 18 to 21, for members", () => {
  const form = COMPLETED.buyTwo.fill(formOfTemplate("buyTwo", "Belts"));
  form.when = [card<When>({ kind: "member" }), card<When>({ kind: "hours", weekdays: [7, 6], from: "18:00", until: "21:00" })];
  const { document, missing } = documentOf(form, DIGITS);
  expect(missing.size).toBe(0);
  expect(document.when).toEqual(["member", { hours: { weekdays: [6, 7], from: "18:00:00", until: "21:00:00" } }]);
});

/** The form in which the engine keeps a document, of each kind of condition and effect (`retail::promotion`). */
const KEPT: Document = {
  name: "All of it",
  labels: { en: "3 for 2", km: "3" },
  when: [
    "member",
    "voucher",
    { segment: ["gold", "staff"] },
    { purchase: 1 },
    { birthday: { before: 3, after: 0 } },
    { location: ["l1", "l2"] },
    { channel: ["till", "web"] },
    { hours: { weekdays: [6, 7], from: "18:00:00", until: "21:00:00" } },
    { hours: { from: "22:15:30", until: "02:00:00" } },
    { dates: { from: "2026-12-01T00:00:00", until: "2026-12-24T18:30:00", grace_minutes: 10 } },
    { dates: { until: "2026-12-24T18:30:00", grace_minutes: 0 } },
    { quantity: { of: { categories: ["c1"] }, at_least: 2, at_most: 5, measure: "pieces" } },
    { quantity: { of: "all", at_most: 1500, measure: "grams" } },
    { distinct: { of: { brands: ["Acme"] }, at_least: 3 } },
    { amount: { of: { tags: ["summer"] }, at_least: 5000, base: "list" } },
    { tender: ["card", "cash"] },
  ],
  effects: [
    { percent: { off: 1250, of: "list", target: { of: { products: ["p1", "p2"] }, most: 3, most_per_line: 1, pick: "dearest" } } },
    { amount: { off: 200, per: 1000, target: { of: { except: { categories: ["c1"] } }, pick: "best" } } },
    { amount: { off: 200, target: { of: "all", pick: "best" } } },
    { price: { price: 0, target: { of: { every: [{ any: [{ products: ["p1"] }, { tags: ["x"] }] }, { except: { variants: ["v1"] } }] }, pick: "best" } } },
    { tiers: { by: { quantity: "pieces" }, steps: [{ from: 2, off: { percent: 1000 } }, { from: 5, off: { amount: 300 } }], target: { of: "all", pick: "best" } } },
    { tiers: { by: { amount: "remaining" }, steps: [{ from: 10_000, off: { percent: 500 } }], target: { of: "all", pick: "best" } } },
    { bundle: { parts: [{ of: "all", count: 3, pick: "best", is_distinct: true }], reward: { on: { cheapest: 1 }, off: { percent: 5000 } }, times: 2 } },
    { bundle: { parts: [{ of: { products: ["p1"] }, count: 1, pick: "best" }, { of: { products: ["p2"] }, count: 2, pick: "cheapest" }], reward: { on: "all", off: { price: 999 } } } },
    { bundle: { parts: [{ of: "all", count: 1, pick: "best" }, { of: "all", count: 1, pick: "best" }], reward: { on: { part: 0 }, off: { amount: 100 } } } },
    { spread: { off: { amount: 1000 }, target: { of: "all", pick: "best" } } },
    { gift: { variant: "v1" } },
    { gift: { variant: "v1", quantity: 2 } },
    { shipping: { off: { percent: 10_000 } } },
    { shipping: { off: { price: 300 }, methods: ["courier"], is_shared: true } },
    { points: { earn: { fixed: 100 }, of: "all" } },
    { points: { earn: { per_unit: 5 }, of: { products: ["p1"] } } },
    { points: { earn: { per_amount: { points: 1, each: 1000 } }, of: "all" } },
  ],
  combination: { mode: { best_of: "autumn" }, priority: -10, only_unreduced: true, below_cost: true, cap: 2000 },
  limits: { uses: 1000, uses_per_day: 50, uses_per_customer: 1, units: 200, budget: 100_000, short: "nothing" },
};

test("every kind of condition and effect has a card, and goes back as it came", () => {
  const form = formOf(KEPT, DIGITS);
  expect(form.when.filter(({ is }) => is.kind === "other")).toEqual([]);
  expect(form.give.filter(({ is }) => is.kind === "other")).toEqual([]);
  expect(form.kept).toEqual({});
  const { document, missing } = documentOf(form, DIGITS);
  expect([...missing]).toEqual([]);
  expect(canonical(document as Json)).toBe(canonical(KEPT as Json));
  // Times to the minute are typed, and seconds are kept where there are any.
  expect(document.when?.[8]).toEqual({ hours: { from: "22:15:30", until: "02:00:00" } });
});

test("what the page cannot show is kept byte for byte, wherever it stands", () => {
  const strange: Json[] = [{ any: ["member", { channel: ["web"] }] }, { not: { tender: ["coupon"] } }, { quantity: { of: { list_price: { at_least: 100 } }, at_least: 1 } }, { moon: { phase: "full" } }, "solstice"];
  const effects: Json[] = [
    { percent: { off: 1000, of: "remaining", target: { of: { every: [{ tags: ["a"] }, { tags: ["b"] }] }, pick: "best" } } },
    { tiers: { by: { amount: "list" }, steps: [{ from: 1, off: { percent: 1 } }], target: { of: "all" } } },
    { bundle: { parts: [{ of: { any: [{ tags: ["a"] }, { tags: ["b"] }] }, count: 1 }], reward: { on: "all", off: { percent: 1 } } } },
    { percent: { off: 500, of: "remaining", target: { of: "all", pick: "best" }, sparkle: true } },
    { confetti: { amount: 3 } },
  ];
  const combination = { mode: { round_robin: 3 }, priority: 4 };
  const limits = { uses: 3, per_household: 1 };
  const document: Document = { name: "Strange", when: strange, effects, combination, limits, audience: { radio: true }, note: "kept" };
  const form = formOf(document, DIGITS);
  expect(form.when.every(({ is }) => is.kind === "other")).toBe(true);
  expect(form.give.every(({ is }) => is.kind === "other")).toBe(true);
  const edited = documentOf({ ...form, name: "Other name", when: [...form.when, card<When>({ kind: "member" })] }, DIGITS).document;
  expect(JSON.stringify(edited.when)).toBe(JSON.stringify([...strange, "member"]));
  expect(JSON.stringify(edited.effects)).toBe(JSON.stringify(effects));
  expect([edited.combination, edited.limits, edited["audience"], edited["note"]]).toEqual([combination, limits, { radio: true }, "kept"]);
});

test("a short form says the same as one with everything that is so by default", () => {
  expect(isSame({ percent: { off: 5 } }, { percent: { off: 5, of: "remaining", target: { of: "all", pick: "best", most: null } } })).toBe(true);
  expect(isSame({ hours: { weekdays: [7, 6], from: "1" } }, { hours: { from: "1", weekdays: [6, 7] } })).toBe(true);
  expect(isSame({ percent: { off: 5 } }, { percent: { off: 6 } })).toBe(false);
  // Tiers are an order, not a set.
  expect(isSame([{ from: 1 }, { from: 2 }], [{ from: 2 }, { from: 1 }])).toBe(false);
  expect(formOf({ name: "N", effects: [{ percent: { off: 500 } }] }, DIGITS).give[0]?.is.kind).toBe("percent");
});

test.each(WHEN_KINDS)("a new condition %s and what it becomes", (kind) => {
  const when: When = emptyWhen[kind]();
  const { document } = composed({ when: [card(when)], give: [card<Give>(emptyGive.spread())] });
  expect(formOf({ ...document }, DIGITS).when[0]?.is.kind).toBe(kind);
});

test.each(GIVE_KINDS)("a new effect %s and what it becomes", (kind) => {
  const give: Give = emptyGive[kind]();
  const again = formOf(composed({ give: [card(give)] }).document, DIGITS).give[0]?.is;
  expect(again?.kind === "bundle" ? lookOf(again) : again?.kind).toBe(kind);
});

test("numbers are read exactly, and fields without one are named", () => {
  const give: Give = { ...emptyGive.percent(), off: "12,5", target: { ...emptyGive.percent().target, most: "x" } };
  const { document, missing } = composed({ give: [card(give)], limits: { ...emptyForm().limits, budget: "1.005", units: "0" }, name: " " });
  expect(document.effects).toEqual([{ percent: { off: 1250, of: "remaining", target: { of: "all", pick: "best" } } }]);
  expect(Object.fromEntries(missing)).toEqual({ name: "missing", "effects[0].target.most": "number", "limits.budget": "number" });
  // A quota of none is sent: the server says what is wrong with it.
  expect(document.limits).toEqual({ units: 0 });
});

test("money without decimals is typed without", () => {
  const give: Give = { ...emptyGive.amount(), off: "25000" };
  expect(documentOf({ ...emptyForm(), name: "N", give: [card(give)] }, 0).document.effects).toEqual([{ amount: { off: 25_000, per: 1, target: { of: "all", pick: "best" } } }]);
  expect(formOf({ name: "N", effects: [{ amount: { off: 25_000 } }] }, 0).give[0]?.is).toMatchObject({ off: "25000" });
  const { missing } = documentOf({ ...emptyForm(), name: "N", give: [card<Give>({ ...emptyGive.amount(), off: "2.50" })] }, 0);
  expect(missing.get("effects[0].off")).toBe("number");
});

test("goods that were chosen twice are there once, in order", () => {
  const goods = { any: { products: ["b", "a", "b"], tags: [] }, but: { brands: ["Z"] } };
  expect(sent({ give: [card<Give>({ ...emptyGive.points(), goods, points: "1" })] }).effects).toEqual([
    { points: { earn: { fixed: 1 }, of: { every: [{ products: ["a", "b"] }, { except: { brands: ["Z"] } }] } } },
  ]);
});

test("a promotion without effects, or with an empty list, is not sent", () => {
  expect([...composed({}).missing.keys()]).toEqual(["effects"]);
  const lists = [emptyWhen.segment(), emptyWhen.location(), { ...emptyWhen.tender(), kinds: [] }].map((when) => card<When>(when));
  expect([...composed({ when: lists, give: [card<Give>(emptyGive.shipping())] }).missing.keys()]).toEqual(["when[0]", "when[1]", "when[2]"]);
  expect([isForKnown({ ...emptyForm(), when: lists }), isForKnown(emptyForm())]).toEqual([true, false]);
});

test("money of a currency without decimals is whole, there and back; percents keep theirs", () => {
  const dong = 0;
  const kept: Document = {
    name: "Tết",
    when: [{ amount: { of: "all", at_least: 500_000, base: "remaining" } }],
    effects: [{ price: { price: 25_900, target: { of: "all", pick: "best" } } }, { percent: { off: 1250, of: "remaining", target: { of: "all", pick: "best" } } }],
    combination: { cap: 100_000 },
    limits: { budget: 5_000_000 },
  };
  const form = formOf(kept, dong);
  expect(form.give[0]?.is).toMatchObject({ kind: "price", price: "25900" });
  expect(form.give[1]?.is).toMatchObject({ kind: "percent", off: "12.5" });
  const { document, missing } = documentOf(form, dong);
  expect([...missing]).toEqual([]);
  expect(document).toMatchObject(kept);
  for (const typed of ["25.900", "25900.5", "25900,0"]) {
    const half = documentOf({ ...form, give: [card<Give>({ ...emptyGive.price(), price: typed } as Give)] }, dong);
    expect([...half.missing.entries()], typed).toEqual([["effects[0].price", "number"]]);
  }
});
