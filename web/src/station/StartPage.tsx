import { Scale, ShoppingBasket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { paths } from "../paths";
import { Go } from "../ui/Go";
import { LanguageSelect } from "../ui/LanguageSelect";
import { Logo } from "../ui/Logo";
import { edgeState } from "./queries";

/** The address of the branch computer itself: sell or buy. */
export function StartPage() {
  const { t } = useTranslation("station");
  const edge = useQuery(edgeState);
  return (
    <div className="on-night flex min-h-dvh flex-col bg-night text-night-ink">
      <title>Branchline</title>
      <header className="flex items-center justify-between p-4 sm:p-6">
        <span className="flex items-center gap-3 text-lg font-semibold">
          <Logo />
          Branchline
        </span>
        <LanguageSelect isOnNight />
      </header>
      <main className="m-auto flex w-full max-w-3xl flex-col gap-6 p-5">
        <div>
          <p className="min-h-7 text-lg text-night-soft">{edge.data?.location.name}</p>
          <h1 className="text-3xl font-semibold sm:text-4xl">{t("start.title")}</h1>
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          <Choice href={paths.pos.till()} icon={<ShoppingBasket />} title={t("start.sell")} hint={t("start.sellHint")} />
          <Choice href={paths.buy.station()} icon={<Scale />} title={t("start.buy")} hint={t("start.buyHint")} />
        </div>
      </main>
    </div>
  );
}

function Choice({ href, icon, title, hint }: { href: string; icon: ReactNode; title: string; hint: string }) {
  return (
    <Go
      href={href}
      className="flex min-h-40 flex-col justify-end gap-1 rounded-2xl border border-night-line bg-night-raised p-6 transition-colors hover:border-mint"
    >
      <span aria-hidden className="mb-auto text-mint *:size-9">
        {icon}
      </span>
      <span className="mt-4 text-2xl font-semibold">{title}</span>
      <span className="text-night-soft">{hint}</span>
    </Go>
  );
}
