import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search, Truck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty, Failure, Skeleton } from "../../ui/states";
import { useDraft } from "./DraftContext";
import { suppliers } from "./queries";

/** Who is selling; Enter takes the first of the list. */
export function SupplierSearch() {
  const { t } = useTranslation("station");
  const { setSupplier } = useDraft();
  const [q, setQ] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const found = useQuery({ ...suppliers(q.trim()), placeholderData: keepPreviousData });
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  return (
    <section aria-label={t("buy.chooseSupplier")} className="flex min-h-0 flex-1 flex-col p-4 sm:p-6">
      <h2 className="mb-3 text-2xl font-semibold">{t("buy.chooseSupplier")}</h2>
      <div className="relative">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-4 size-6 -translate-y-1/2 text-soft" />
        <input
          ref={field}
          type="search"
          autoComplete="off"
          aria-label={t("buy.chooseSupplier")}
          placeholder={t("buy.supplierPlaceholder")}
          value={q}
          onChange={(event) => setQ(event.target.value)}
          onKeyDown={(event) => {
            const first = found.isPlaceholderData ? undefined : found.data?.[0];
            if (event.key === "Enter" && first) setSupplier(first);
          }}
          className="min-h-14 w-full rounded-field border-2 border-edge bg-surface pr-4 pl-13 text-xl outline-none placeholder:text-faint focus:border-pine"
        />
      </div>
      <div className="mt-3 min-h-0 flex-1 overflow-y-auto">
        {found.isPending && <Skeleton />}
        {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {found.data?.length === 0 && <Empty icon={<Truck aria-hidden className="size-7" />} title={t("buy.noSupplier", { q })} />}
        <ul className="grid gap-2 sm:grid-cols-2">
          {found.data?.map((supplier) => (
            <li key={supplier.id}>
              <button
                type="button"
                onClick={() => setSupplier(supplier)}
                className="flex min-h-16 w-full items-center gap-4 rounded-card border border-line bg-surface px-4 py-2 text-left shadow-card hover:border-pine-line hover:bg-pine-wash"
              >
                <Truck aria-hidden className="size-5 shrink-0 text-pine" />
                <span className="min-w-0">
                  <span className="line-clamp-2 text-lg leading-snug font-semibold wrap-anywhere">{supplier.name}</span>
                  <span className="text-sm text-soft">{supplier.code}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
