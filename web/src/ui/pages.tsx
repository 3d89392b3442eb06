import { useTranslation } from "react-i18next";

import { Button } from "./Button";
import { Go } from "./Go";
import { Empty } from "./states";

/** A page has thrown: what was confirmed is safe, and a reload goes on. */
export function CrashPage() {
  const { t } = useTranslation();
  return (
    <main className="grid min-h-dvh place-items-center">
      <title>{`${t("crash.title")} · Branchline`}</title>
      <Empty title={t("crash.title")} hint={t("crash.hint")}>
        <Button kind="primary" className="mt-3" onClick={() => location.reload()}>
          {t("reload")}
        </Button>
      </Empty>
    </main>
  );
}

export function NotFoundPage({ start }: { start: string }) {
  const { t } = useTranslation();
  return (
    <main className="grid min-h-dvh place-items-center">
      <title>{`${t("notFound.title")} · Branchline`}</title>
      <Empty title={t("notFound.title")}>
        <Go href={start} className="mt-3 inline-flex min-h-12 items-center rounded-field bg-pine px-4 font-semibold text-white">
          {t("notFound.toStart")}
        </Go>
      </Empty>
    </main>
  );
}

/** Queries of a URL stay text: a receipt number is not a number. */
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

export const stringifySearch = (search: Record<string, unknown>): string => {
  const text = new URLSearchParams(search as Record<string, string>).toString();
  return text ? `?${text}` : "";
};
