import i18n from "i18next";
import { initReactI18next } from "react-i18next";

import enCommon from "./en/common.json";
import type enOffice from "./en/office.json";
import type enShop from "./en/shop.json";
import type enStation from "./en/station.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: { common: typeof enCommon; station: typeof enStation; office: typeof enOffice; shop: typeof enShop };
  }
}

export const languages = { en: "English", vi: "Tiếng Việt", th: "ไทย" } as const;
export type Language = keyof typeof languages;
export type Namespace = "common" | "station" | "office" | "shop";

const REMEMBERED = "branchline.language";

// Literal patterns, so that every file becomes a chunk of its own.
const files = import.meta.glob<{ default: Record<string, unknown> }>("./{en,vi,th}/{common,station,office,shop}.json");

const isLanguage = (text: string | null | undefined): text is Language => text !== null && text !== undefined && text in languages;

/** The language chosen on this device, or the browser's, or English. */
function firstLanguage(): Language {
  const remembered = localStorage.getItem(REMEMBERED);
  if (isLanguage(remembered)) return remembered;
  const spoken = navigator.languages.map((tag) => tag.split("-")[0]);
  return spoken.find(isLanguage) ?? "en";
}

async function load(language: Language, namespace: Namespace): Promise<void> {
  if (i18n.hasResourceBundle(language, namespace)) return;
  const file = await files[`./${language}/${namespace}.json`]?.();
  if (file) i18n.addResourceBundle(language, namespace, file.default);
}

let wanted: Namespace[] = ["common"];

/** Starts with the words of `namespace` in the language of this device. */
export async function startWords(namespace: Namespace): Promise<void> {
  wanted = ["common", namespace];
  await i18n.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    ns: wanted,
    defaultNS: "common",
    resources: { en: { common: enCommon } },
    interpolation: { escapeValue: false },
  });
  await load("en", namespace);
  await apply(firstLanguage());
}

async function apply(language: Language): Promise<void> {
  await Promise.all(wanted.map((namespace) => load(language, namespace)));
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Switches the language and remembers it on this device. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(REMEMBERED, language);
  await apply(language);
}
