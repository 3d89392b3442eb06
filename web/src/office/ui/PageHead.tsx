import { ChevronDown, Store } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useGo } from "../../ui/Go";
import { placesOf, useSession } from "../session/SessionContext";

/** The title of a page and what narrows it. */
export function PageHead({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <header className="mb-5 flex flex-wrap items-end gap-x-4 gap-y-3">
      <title>{`${title} · Branchline`}</title>
      <div className="mr-auto min-w-0">
        <h1 className="text-2xl font-semibold sm:text-3xl">{title}</h1>
        {hint && <p className="mt-1 max-w-2xl text-soft">{hint}</p>}
      </div>
      {children}
    </header>
  );
}

interface BranchSelectProps {
  /** Only branches where one has this. */
  permission: string | readonly string[];
  branch: string | undefined;
  to: (branch: string | undefined) => string;
}

/** One branch or all; absent for people with a single branch. */
export function BranchSelect({ permission, branch, to }: BranchSelectProps) {
  const { t } = useTranslation("office");
  const locations = placesOf(useSession(), permission);
  const go = useGo();
  if (locations.length < 2) return null;
  return (
    <div className="relative w-full sm:w-auto">
      <Store aria-hidden className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-soft" />
      <select
        aria-label={t("branch.label")}
        value={branch ?? ""}
        onChange={(event) => go(to(event.target.value || undefined))}
        className="min-h-12 w-full appearance-none truncate rounded-field border border-edge bg-surface pr-10 pl-11 font-medium sm:max-w-72"
      >
        <option value="">{t("branch.all")}</option>
        {locations.map((location) => (
          <option key={location.id} value={location.id}>
            {location.name}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-3 size-4.5 -translate-y-1/2 text-soft" />
    </div>
  );
}

export function Card({ title, action, children, className = "" }: { title?: string; action?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section {...(title ? { "aria-label": title } : {})} className={`min-w-0 rounded-card border border-line bg-surface shadow-card ${className}`}>
      {title && (
        <header className="flex min-h-14 items-center justify-between gap-3 pt-1 pr-2 pl-5">
          <h2 className="text-lg font-semibold">{title}</h2>
          {action}
        </header>
      )}
      {children}
    </section>
  );
}
