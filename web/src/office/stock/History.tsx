import { useInfiniteQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import type { StockChange } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useSession, useZone } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { stockHistory } from "./queries";

const BUCKETS = { N: "here", C: "claims", D: "debt", K: "picked", U: "unsellable", T: "shipped" } as const;

/** Every event and every step of the online account, newest first: the number is their sum. */
export function History({ variant, unit, branch }: { variant: string; unit: string; branch: string | undefined }) {
  const { t } = useTranslation("office");
  const list = useInfiniteQuery(stockHistory(variant, branch));
  const changes = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title={t("stock.history")}>
      {list.isPending && <Skeleton rows={6} />}
      {list.error && changes.length === 0 && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && changes.length === 0 && <Empty title={t("stock.noHistory")} />}
      <ol aria-label={t("stock.history")} className="divide-y divide-line">
        {changes.map((change) => (
          <Row key={change.id} change={change} unit={unit} />
        ))}
      </ol>
      {list.hasNextPage && (
        <div className="p-4">
          <Button className="w-full" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("loadMore", { ns: "common" })}
          </Button>
        </div>
      )}
    </Card>
  );
}

/** More debt is no gain. */
const lookOf = (isDebt: boolean, quantity: number) => {
  if (isDebt) return quantity > 0 ? "bg-rust-wash text-rust" : "bg-pine-wash text-pine";
  return quantity > 0 ? "bg-pine-wash text-pine" : "bg-sunken text-ink";
};

function Row({ change, unit }: { change: StockChange; unit: string }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const { locations } = useSession();
  const branch = locations.find(({ id }) => id === change.location_id)?.name;
  const signed = (quantity: number) => `${quantity > 0 ? "+" : "−"}${formatQuantity(Math.abs(quantity), unit, locale)}`;
  const moves = [
    ...change.moves.map(({ bucket, quantity }) => ({ name: t(`stock.accounts.${BUCKETS[bucket as "N"] ?? "here"}`), quantity })),
    ...(["available", "granting", "promised"] as const).map((name) => ({ name: t(`stock.accounts.${name === "available" ? "online" : name === "granting" ? "transit" : "promised"}`), quantity: change[name] })),
  ].filter(({ quantity }) => quantity !== 0);
  return (
    <li className="flex flex-wrap items-baseline gap-x-5 gap-y-1 px-5 py-3">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-semibold">
          {t(`stock.kind.${change.kind.replaceAll(".", "_") as "sale_closed"}`, { defaultValue: change.kind })}
          {change.document && <span className="ml-2 font-normal text-soft">{change.document}</span>}
        </p>
        <p className="text-sm text-faint">
          {[formatInstant(change.at, locale, zone(change.location_id)), branch, change.staff, change.seq !== null && change.epoch !== null && t("nodes.record", { epoch: change.epoch, seq: change.seq })]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <ul className="flex flex-wrap gap-2">
        {moves.map(({ name, quantity }) => (
          <li key={name} className={clsx("rounded-full px-3 py-0.5", lookOf(name === t("stock.accounts.debt"), quantity))}>
            <span className="text-sm">{name}</span> <strong>{signed(quantity)}</strong>
          </li>
        ))}
      </ul>
    </li>
  );
}
