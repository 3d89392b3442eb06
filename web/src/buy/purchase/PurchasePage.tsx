import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProductSearch } from "../../station/product/ProductSearch";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useDraft } from "./DraftContext";
import { LineEditor } from "./LineEditor";
import { SupplierSearch } from "./SupplierSearch";
import { SupplierStrip } from "./SupplierStrip";
import { TicketDonePage } from "./TicketDonePage";
import { TicketPanel } from "./TicketPanel";

/** Who sells, what is bought, what it weighs and costs; the ticket grows on the right. */
export function PurchasePage() {
  const { t } = useTranslation("station");
  const { draft, editing, recorded, choose, scan, giveUp } = useDraft();
  const [isTicketShown, setTicketShown] = useState(false);
  if (recorded) return <TicketDonePage recorded={recorded} />;
  const step = () => {
    if (!draft.supplier) return <SupplierSearch />;
    if (editing) return <LineEditor key={editing.id} line={editing} />;
    return <ProductSearch label={t("buy.chooseProduct")} onChoose={choose} onCode={scan} hasPrices={false} />;
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <h1 className="sr-only">{t("buy.title")}</h1>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {draft.corrects && (
          <div role="status" className="flex flex-wrap items-center justify-between gap-3 border-b border-amber-line bg-amber-wash px-4 py-2">
            <p className="font-semibold">{t("reversal.correcting", { number: draft.corrects.number })}</p>
            <Button onClick={giveUp}>{t("reversal.giveUp")}</Button>
          </div>
        )}
        {draft.supplier && <SupplierStrip supplier={draft.supplier} />}
        {step()}
      </div>
      <aside aria-label={t("buy.ticket")} className="hidden w-104 shrink-0 border-l border-line bg-surface lg:flex xl:w-112">
        <TicketPanel />
      </aside>
      <div className="border-t border-line bg-surface p-3 lg:hidden">
        <Button size="large" className="w-full justify-between!" onClick={() => setTicketShown(true)}>
          <span>{t("buy.ticket")}</span>
          <span className="font-normal text-soft">{t("lines", { ns: "common", count: draft.lines.length })}</span>
        </Button>
      </div>
      {isTicketShown && (
        <Dialog title={t("buy.ticket")} onClose={() => setTicketShown(false)} className="h-[94dvh] sm:max-w-lg">
          <div className="-m-5 flex h-[calc(94dvh-4.1rem)]">
            <TicketPanel onLeave={() => setTicketShown(false)} />
          </div>
        </Dialog>
      )}
    </div>
  );
}
