import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Snowflake } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockDetail } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { mayAt, useBranch, useSession, useZone } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { Completeness } from "../ui/Completeness";
import { BranchSelect, Card, PageHead } from "../ui/PageHead";
import { AccountBar, AccountLegend } from "./AccountBar";
import { partOf, PARTS } from "./accounts";
import { CountDialog } from "./CountDialog";
import { GiveDialog } from "./GiveDialog";
import { History } from "./History";
import { stockOf } from "./queries";

/** One product: whose its units are at each branch, how old that is, and what made it so. */
export function StockOfPage() {
  const { t } = useTranslation("office");
  const { variant = "" } = useParams({ strict: false }) as { variant?: string };
  const branch = useBranch("stock.read");
  const found = useQuery(stockOf(variant));
  return (
    <>
      <BackLink href={paths.office.stock({ branch: branch?.id })} label={t("stock.title")} />
      {found.isPending && <Skeleton rows={4} className="h-24" />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <>
          <PageHead title={found.data.name} hint={`${found.data.sku} · ${found.data.category}`}>
            <BranchSelect permission="stock.read" branch={branch?.id} to={(id) => paths.office.stockOf(variant, id)} />
          </PageHead>
          <Branches detail={found.data} branch={branch?.id} />
          <History variant={variant} unit={found.data.unit} branch={branch?.id} />
        </>
      )}
    </>
  );
}

function Branches({ detail, branch }: { detail: StockDetail; branch: string | undefined }) {
  const { t } = useTranslation("office");
  const shown = detail.locations.filter(({ location_id }) => !branch || location_id === branch);
  const most = Math.max(0, ...shown.map(({ on_hand }) => on_hand));
  return (
    <Card title={t("stock.byBranch")} className="mb-5">
      <div className="px-5 pb-4">
        <AccountLegend />
        {shown.length === 0 && <Empty title={t("stock.nothing")} />}
        <ul className="divide-y divide-line">
          {shown.map((at) => (
            <BranchRow key={at.location_id} detail={detail} at={at} most={most} />
          ))}
        </ul>
      </div>
    </Card>
  );
}

function BranchRow({ detail, at, most }: { detail: StockDetail; at: StockDetail["locations"][number]; most: number }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const session = useSession();
  const [doing, setDoing] = useState<"give" | "count" | null>(null);
  const state = detail.as_of.find(({ location_id }) => location_id === at.location_id);
  const show = (quantity: number) => formatQuantity(quantity, detail.unit, locale);
  const mayCount = mayAt(session, "stock.count", at.location_id);
  const whyNotGive = () => {
    if (!mayCount) return t("stock.giveMayNot");
    if (state?.frozen_at) return t("stock.frozen");
    return at.available > 0 ? null : t("stock.nothingToGive");
  };
  const name = state?.name ?? session.locations.find(({ id }) => id === at.location_id)?.name ?? "";
  return (
    <li aria-label={name} className="grid gap-x-6 gap-y-2 py-4 lg:grid-cols-[14rem_1fr]">
      <div>
        <p className="font-semibold">{name}</p>
        {state?.has_node && (
          <Completeness completeTo={state.complete_to} pending={state.on_their_way} isConnected={state.connected} timeZone={zone(at.location_id)} />
        )}
        {state?.frozen_at && (
          <p className="mt-1 flex items-center gap-1.5 text-sm font-medium text-sky">
            <Snowflake aria-hidden className="size-4" />
            {t("stock.frozen")}
          </p>
        )}
      </div>
      <div className="min-w-0">
        <AccountBar accounts={at} unit={detail.unit} most={most} />
        <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
          {PARTS.map(({ name: part }) => (
            <div key={part}>
              <dt className="text-sm text-faint">{t(`stock.accounts.${part}`)}</dt>
              <dd className="font-semibold">{show(partOf(at, part))}</dd>
            </div>
          ))}
          {at.debt > 0 && (
            <div>
              <dt className="text-sm text-rust">{t("stock.accounts.debt")}</dt>
              <dd className="font-semibold text-rust">−{show(at.debt)}</dd>
            </div>
          )}
          <div className="ml-auto text-right">
            <dt className="text-sm text-faint">{t("stock.onHand")}</dt>
            <dd className="text-xl font-bold">{show(at.on_hand)}</dd>
          </div>
        </dl>
        <p className="mt-2 text-sm text-faint">
          {t("stock.equation", {
            on_hand: show(at.on_hand),
            here: show(at.node_rights),
            claims: show(at.claim_bound),
            debt: show(at.debt),
            picked: show(at.picked),
            unsellable: show(at.unsellable),
          })}
        </p>
        <div className="mt-2 flex flex-wrap gap-3">
          <Button blocked={mayCount ? null : t("stock.countMayNot")} onClick={() => setDoing("count")}>
            {t("stock.countHere")}
          </Button>
          {state?.has_node && (
            <Button blocked={whyNotGive()} onClick={() => setDoing("give")}>
              {t("stock.give")}
            </Button>
          )}
        </div>
        {doing === "give" && <GiveDialog detail={detail} at={at} branch={name} onClose={() => setDoing(null)} />}
        {doing === "count" && <CountDialog detail={detail} at={at} branch={name} onClose={() => setDoing(null)} />}
      </div>
    </li>
  );
}
