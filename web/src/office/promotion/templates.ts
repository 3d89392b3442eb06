import { emptyWhen, type When } from "./condition";
import { card, emptyForm, type Form } from "./draft";
import { emptyGive, type Give } from "./effect";

/** Beginnings of the usual campaigns, in the order in which they are offered. */
export const TEMPLATES = ["threeForTwo", "category", "buyTwo", "gift", "happyHour", "forPrice", "flash"] as const;
export type Template = (typeof TEMPLATES)[number];

interface Beginning {
  give: Give;
  when?: When[];
  limits?: Partial<Form["limits"]>;
}

/** What a template puts on the cards; the rest is as in an empty form. */
const BEGINNINGS: Record<Template, () => Beginning> = {
  threeForTwo: () => ({ give: emptyGive.cheapest() }),
  category: () => ({ give: { ...emptyGive.percent(), off: "20" } }),
  buyTwo: () => ({ give: emptyGive.bxgy() }),
  gift: () => ({ give: emptyGive.gift(), when: [emptyWhen.amount()] }),
  happyHour: () => ({ give: { ...emptyGive.percent(), off: "10" }, when: [{ kind: "hours", weekdays: [1, 2, 3, 4, 5], from: "16:00", until: "18:00" }] }),
  forPrice: () => ({ give: emptyGive.forPrice() }),
  flash: () => ({ give: { ...emptyGive.percent(), off: "30" }, when: [emptyWhen.dates()], limits: { units: "100" } }),
};

/** The cards of a template, with its name. */
export function formOfTemplate(template: Template, name: string): Form {
  const { give, when = [], limits } = BEGINNINGS[template]();
  const empty = emptyForm();
  return { ...empty, name, when: when.map(card), give: [card(give)], limits: { ...empty.limits, ...limits } };
}
