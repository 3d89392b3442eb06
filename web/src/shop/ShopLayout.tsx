import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { paths } from "../paths";
import { Go } from "../ui/Go";
import { LanguageSelect } from "../ui/LanguageSelect";
import { shop } from "./queries";

/** Whose shop it is stands above every page; until that is known, nothing does. */
export function ShopLayout() {
  const name = useQuery(shop).data?.name;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="on-night flex min-h-16 items-center justify-between gap-3 bg-night px-4 py-2 text-night-ink sm:px-8">
        <Go href={paths.shop.customer()} className="flex min-h-12 min-w-0 items-center rounded-field">
          <span className="text-lg leading-tight font-semibold wrap-anywhere">{name}</span>
        </Go>
        <div className="shrink-0">
          <LanguageSelect isOnNight />
        </div>
      </header>
      <main className="flex flex-1 flex-col px-4 py-8 sm:py-16">
        <Outlet />
      </main>
    </div>
  );
}

/** What a page of the shop is about. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const name = useQuery(shop).data?.name;
  return (
    <section className="mx-auto flex w-full max-w-md flex-col gap-4 rounded-card border border-line bg-surface p-5 shadow-card sm:p-8">
      <title>{name ? `${title} · ${name}` : title}</title>
      <h1 className="text-2xl leading-tight font-semibold text-balance sm:text-3xl">{title}</h1>
      {children}
    </section>
  );
}
