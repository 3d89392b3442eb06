import { Search, X } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";

import type { ListFilter } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { BranchSelect } from "./PageHead";

interface ListFiltersProps {
  /** What one needs at a branch to choose it. */
  permission: string;
  filter: ListFilter;
  to: (filter: ListFilter) => string;
  searchLabel: string;
}

/** Branch, days and a number; all of it lives in the URL. */
export function ListFilters({ permission, filter, to, searchLabel }: ListFiltersProps) {
  const { t } = useTranslation("office");
  const go = useGo();
  const narrow = (change: ListFilter) => go(to({ ...filter, ...change }), { replace: true });
  const isNarrowed = Boolean(filter.from ?? filter.to ?? filter.q ?? filter.branch);
  return (
    <div className="mb-4 grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap">
      <div className="col-span-2">
        <BranchSelect permission={permission} branch={filter.branch} to={(branch) => to({ ...filter, branch })} />
      </div>
      <DateField label={t("filter.from")} value={filter.from} onChange={(from) => narrow({ from })} />
      <DateField label={t("filter.to")} value={filter.to} onChange={(day) => narrow({ to: day })} />
      <div className="col-span-2 sm:w-64">
        <SearchField label={searchLabel} value={filter.q} onChange={(q) => narrow({ q })} />
      </div>
      {isNarrowed && (
        <Button kind="quiet" className="col-span-2" icon={<X aria-hidden className="size-5" />} onClick={() => go(to({}))}>
          {t("filter.clear")}
        </Button>
      )}
    </div>
  );
}

export function DateField({ label, value, onChange }: { label: string; value: string | undefined; onChange: (day: string | undefined) => void }) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-0.5 block text-sm text-soft">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value || undefined)}
        className="min-h-12 w-full rounded-field border border-edge bg-surface px-3"
      />
    </div>
  );
}

/** Typing settles for a moment before the URL changes. */
const SETTLE_MS = 250;

export function SearchField({ label, value, onChange }: { label: string; value: string | undefined; onChange: (q: string | undefined) => void }) {
  const [text, setText] = useState(value ?? "");
  const [told, setTold] = useState(value);
  if (told !== value) {
    // The URL changed from outside: the back button, or clearing the filters.
    setTold(value);
    if ((value ?? "") !== text.trim()) setText(value ?? "");
  }
  useEffect(() => {
    if (text.trim() === (value ?? "")) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="min-h-12 w-full rounded-field border border-edge bg-surface pr-3 pl-11 placeholder:text-faint"
      />
    </div>
  );
}
