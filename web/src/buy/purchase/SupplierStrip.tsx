import { Truck } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Supplier } from "../../api/edge";
import { Button } from "../../ui/Button";
import { useDraft } from "./DraftContext";

/** The chosen supplier, and the number of their paper. */
export function SupplierStrip({ supplier }: { supplier: Supplier }) {
  const { t } = useTranslation("station");
  const { draft, setSupplier, setDocument } = useDraft();
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-surface px-4 py-2">
      <p className="flex min-w-0 flex-1 items-center gap-3">
        <Truck aria-hidden className="size-5 shrink-0 text-pine" />
        <span className="min-w-0 truncate">
          <span className="text-lg font-semibold">{supplier.name}</span> <span className="text-soft">{supplier.code}</span>
        </span>
      </p>
      <input
        aria-label={t("buy.document")}
        placeholder={t("buy.document")}
        autoComplete="off"
        maxLength={60}
        value={draft.document}
        onChange={(event) => setDocument(event.target.value)}
        className="order-last min-h-12 w-full rounded-field border border-edge bg-surface px-3 placeholder:text-faint xl:order-none xl:w-96"
      />
      <Button kind="quiet" onClick={() => setSupplier(null)}>
        {t("buy.changeSupplier")}
      </Button>
    </div>
  );
}
