import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { PackageSearch, Search, X } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Variant } from "../../api/edge";
import { IconButton } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { products } from "../queries";
import { ProductTile } from "./ProductTile";

/** A code typed by hand: digits of a barcode's length. */
const TYPED_CODE = /^\d{8,14}$/;

interface ProductSearchProps {
  onChoose: (variant: Variant) => void;
  /** A barcode typed by hand and ended with Enter. */
  onCode: (code: string) => void;
  label?: string;
  /** Shows what each sells for. */
  hasPrices?: boolean;
}

/** Search as you type, by name, code or barcode; every key asks, and an older answer never replaces a newer one. */
export function ProductSearch({ onChoose, onCode, label, hasPrices = true }: ProductSearchProps) {
  const { t } = useTranslation("station");
  const [q, setQ] = useState("");
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLUListElement>(null);
  const found = useQuery({ ...products(q.trim()), placeholderData: keepPreviousData });
  useFocusKeys(field);

  const choose = (variant: Variant) => {
    onChoose(variant);
    setQ("");
  };
  // Enter may be faster than the answer to the last letter: it waits for it, unless somebody types on.
  const chooseFirst = async (typed: string) => {
    const [first] = await client.ensureQueryData(products(typed)).catch(() => []);
    if (first && field.current?.value.trim() === typed) choose(first);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const tiles = [...(grid.current?.querySelectorAll("button") ?? [])];
    if (event.key === "Enter") {
      event.preventDefault();
      if (TYPED_CODE.test(q.trim())) {
        onCode(q.trim());
        setQ("");
      } else if (q.trim()) void chooseFirst(q.trim());
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      tiles[0]?.focus();
    } else if (event.key === "Escape") setQ("");
  };
  const isEmpty = found.data?.length === 0;
  return (
    <section aria-label={label ?? t("products.search")} className="flex min-h-0 flex-1 flex-col">
      <div className="relative p-3 pb-2 sm:p-4 sm:pb-3">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-7 size-6 -translate-y-1/2 text-soft sm:left-8" />
        <input
          ref={field}
          type="search"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="search"
          aria-label={t("products.search")}
          aria-keyshortcuts="F2"
          placeholder={t("products.placeholder")}
          value={q}
          onChange={(event) => setQ(event.target.value)}
          onKeyDown={onKeyDown}
          className="min-h-14 w-full rounded-field border-2 border-edge bg-surface pr-14 pl-13 text-xl outline-none placeholder:text-faint focus:border-pine [&::-webkit-search-cancel-button]:hidden"
        />
        {q && (
          <IconButton
            label={t("clear", { ns: "common" })}
            onClick={() => setQ("")}
            className="absolute top-1/2 right-4 -translate-y-1/2 sm:right-5"
          >
            <X aria-hidden className="size-5" />
          </IconButton>
        )}
      </div>
      <h2 className="px-4 pb-2 text-sm font-semibold text-faint sm:px-5" aria-live="polite">
        {q.trim() ? found.data && t("products.results", { count: found.data.length }) : t(hasPrices ? "products.mostSold" : "products.mostTraded")}
      </h2>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4 sm:px-4">
        {found.isPending && <Skeleton className="h-24" rows={4} />}
        {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {isEmpty && !found.error && (
          <Empty
            icon={<PackageSearch aria-hidden className="size-7" />}
            title={q.trim() ? t("products.none", { q: q.trim() }) : t("products.empty")}
            {...(q.trim() ? { hint: t("products.noneHint") } : {})}
          />
        )}
        <ul ref={grid} className="grid grid-cols-2 gap-2 sm:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] sm:gap-3">
          {!found.error &&
            found.data?.map((variant) => (
              <li key={variant.id}>
                <ProductTile variant={variant} hasPrice={hasPrices} onChoose={choose} />
              </li>
            ))}
        </ul>
      </div>
    </section>
  );
}

/** F2 goes to the search from anywhere. With a mouse the field has the focus from the start; on glass it would open a keyboard. */
function useFocusKeys(field: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus();
    const hear = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "F2") return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [field]);
}
