import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Order } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { mayAt, useCommonZone, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { WhyList } from "../promotion/WhyList";
import { Card, PageHead } from "../ui/PageHead";
import { CancelDialog } from "./CancelDialog";
import { ClaimDialog } from "./ClaimDialog";
import { OrderState } from "./OrderState";
import { handOverAtOffice, order, pickAtOffice } from "./queries";

/** One order: what was promised, from which shelf, and what became of each promise. */
export function OrderPage() {
  const { t } = useTranslation("office");
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const found = useQuery(order(id));
  return (
    <>
      <BackLink href={paths.office.orders()} label={t("orders.title")} />
      {found.isPending && <Skeleton rows={4} className="h-24" />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Found order={found.data} />}
    </>
  );
}

const CANCELLABLE = ["held", "claimed", "picked"];

function Found({ order: shown }: { order: Order }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const [doing, setDoing] = useState<"claim" | "cancel" | null>(null);
  const mayManage = shown.reservations.some(({ location_id }) => mayAt(session, "order.manage", location_id));
  return (
    <>
      <PageHead title={t("orders.one", { number: shown.number })} {...(shown.customer ? { hint: shown.customer } : {})}>
        <OrderState state={shown.state} />
        {mayManage && shown.state === "held" && (
          <Button kind="primary" onClick={() => setDoing("claim")}>
            {t("orders.claim")}
          </Button>
        )}
        {mayManage && CANCELLABLE.includes(shown.state) && (
          <Button kind="danger" onClick={() => setDoing("cancel")}>
            {t("orders.cancel")}
          </Button>
        )}
      </PageHead>
      <div className="grid items-start gap-5 xl:grid-cols-[3fr_2fr]">
        <Lines order={shown} />
        <div className="flex flex-col gap-5">
          <Facts order={shown} />
          {shown.reasons && (
            <Card title={t("orders.why")}>
              <div className="px-5 pb-5">
                <WhyList reasons={shown.reasons} lines={shown.lines.map(({ name }) => name)} />
              </div>
            </Card>
          )}
        </div>
      </div>
      {doing === "claim" && <ClaimDialog order={shown} onClose={() => setDoing(null)} />}
      {doing === "cancel" && <CancelDialog order={shown} onClose={() => setDoing(null)} />}
    </>
  );
}

function Lines({ order: shown }: { order: Order }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  return (
    <Card title={t("orders.promises")}>
      <ul className="divide-y divide-line">
        {shown.lines.map((line) => (
          <li key={line.line} className="px-5 py-4">
            <div className="flex justify-between gap-4">
              <p className="min-w-0">
                <span className="font-semibold wrap-anywhere">{line.name}</span>
                <span className="block text-sm text-faint">{line.sku}</span>
              </p>
              <p className="shrink-0 text-right">
                <span className="font-semibold">{money.amount(line.total_minor)}</span>
                <span className="block text-sm text-faint">{formatQuantity(line.quantity, line.unit, locale)}</span>
              </p>
            </div>
            <ul className="mt-2 flex flex-col gap-2">
              {shown.reservations
                .filter((reservation) => reservation.line === line.line)
                .map((reservation) => (
                  <li key={reservation.id} className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 rounded-field bg-paper px-3 py-2">
                    <strong>{formatQuantity(reservation.quantity, line.unit, locale)}</strong>
                    <span>{t("orders.from", { branch: reservation.location_name })}</span>
                    <span className="ml-auto">
                      <OrderState state={reservation.state} />
                    </span>
                    {reservation.home === "cloud" && <WarehouseStep order={shown} reservation={reservation} />}
                  </li>
                ))}
            </ul>
            {line.lost > 0 && (
              <p className="mt-2 font-medium text-rust">{t("orders.lostUnits", { quantity: formatQuantity(line.lost, line.unit, locale) })}</p>
            )}
          </li>
        ))}
      </ul>
      {(shown.discount_minor > 0 || shown.shipping_method) && (
        <dl className="flex flex-col gap-1 border-t border-line px-5 pt-4 text-soft">
          {shown.discount_minor > 0 && <Part term={t("orders.off")} text={money.amount(-shown.discount_minor)} />}
          {shown.shipping_method && <Part term={t("orders.shipping", { method: shown.shipping_method })} text={money.amount(shown.shipping_minor)} />}
        </dl>
      )}
      <p className={`flex justify-between gap-4 px-5 py-4 text-lg font-bold ${shown.discount_minor > 0 || shown.shipping_method ? "" : "border-t border-line"}`}>
        <span>{t("total", { ns: "common" })}</span>
        {money.amount(shown.total_minor)}
      </p>
    </Card>
  );
}

function Part({ term, text }: { term: string; text: string }) {
  return (
    <div className="flex justify-between gap-4">
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** A warehouse without a computer of its own is picked from here. */
function WarehouseStep({ order: shown, reservation }: { order: Order; reservation: Order["reservations"][number] }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const step = useMutation({
    mutationFn: () =>
      reservation.state === "claimed"
        ? pickAtOffice(shown.id, reservation.location_id, reservation.id, reservation.quantity)
        : handOverAtOffice(shown.id, reservation.location_id),
    onSettled: () => client.invalidateQueries({ queryKey: ["order", shown.id] }),
  });
  if (!["claimed", "picked"].includes(reservation.state) || !mayAt(session, "order.pick", reservation.location_id)) return null;
  return (
    <>
      <Button disabled={step.isPending} onClick={() => step.mutate()}>
        {t(reservation.state === "claimed" ? "orders.pickHere" : "orders.handOverHere")}
      </Button>
      <Refusal error={step.error} className="w-full" />
    </>
  );
}

function Facts({ order: shown }: { order: Order }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useCommonZone();
  const when = (instant: string | null | undefined) => (instant ? formatInstant(instant, locale, zone) : "–");
  const rows: [string, string][] = [
    [t("orders.channel"), shown.channel_name],
    [t("orders.customer"), shown.customer || "–"],
    [t("orders.placed"), when(shown.placed_at)],
    ...(shown.state === "held" ? ([[t("orders.holdUntil"), when(shown.hold_until)]] as [string, string][]) : []),
    [t("orders.claimedAt"), when(shown.claimed_at)],
    [t("orders.payment"), shown.payment ?? "–"],
    [t("orders.closedAt"), when(shown.closed_at)],
    ...(shown.vouchers.length > 0 ? ([[t("orders.codes"), shown.vouchers.join(", ")]] as [string, string][]) : []),
    ...(shown.close_reason ? ([[t("orders.reason"), shown.close_reason]] as [string, string][]) : []),
  ];
  return (
    <Card title={t("orders.facts")}>
      <dl className="divide-y divide-line px-5 pb-3">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 py-2.5">
            <dt className="text-soft">{name}</dt>
            <dd className="text-right font-medium wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
