import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Eraser, Pencil } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PatronDetail } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { DataTable, type Column } from "../ui/DataTable";
import { Card, PageHead } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { birthdayOf, PatronDialog } from "./PatronDialog";
import { said } from "./PatronsPage";
import { erasePatron, patron as patronQuery } from "./queries";

/** Sales that the page shows at most. */
const MOST_SALES = 100;

/** One customer: who they are, what they bought, and what they have said. */
export function PatronPage() {
  const { t } = useTranslation("office");
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const found = useQuery(patronQuery(id));
  return (
    <>
      <BackLink href={paths.office.customers()} label={t("patron.title")} />
      {found.isPending && <Skeleton rows={6} />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Shown patron={found.data} />}
    </>
  );
}

function Shown({ patron }: { patron: PatronDetail }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const [asks, setAsks] = useState<"edit" | "erase" | null>(null);
  const mayChange = mayEverywhere(session, "customer.manage") && !patron.erased_at;
  const facts: [string, ReactNode][] = [
    [t("patron.phone"), patron.phone],
    [t("patron.email"), patron.email],
    [t("patron.segments"), (patron.segments ?? []).join(", ")],
    [t("patron.birthday"), patron.birthday && birthdayOf(patron.birthday, locale)],
    [t("patron.note"), patron.note],
    [t("patron.marketing"), t(`patron.said.${said(patron.marketing)}`)],
    [t("patron.since"), formatInstant(patron.registered_at, locale)],
    [t("patron.where"), patron.registered_in],
  ];
  return (
    <>
      <PageHead title={patron.name || t("patron.unnamed")}>
        {mayChange && (
          <Button icon={<Pencil aria-hidden className="size-5" />} onClick={() => setAsks("edit")}>
            {t("patron.edit")}
          </Button>
        )}
        {mayChange && (
          <Button icon={<Eraser aria-hidden className="size-5" />} onClick={() => setAsks("erase")}>
            {t("patron.erase")}
          </Button>
        )}
      </PageHead>
      {patron.erased_at && <Note>{t("patron.erased", { date: formatInstant(patron.erased_at, locale) })}</Note>}
      {!patron.complete && <Note>{t("patron.incomplete")}</Note>}
      {patron.masked && <Note>{t("patron.masked")}</Note>}
      <div className="grid gap-5 xl:grid-cols-[1fr_22rem]">
        <Sales sales={patron.sales} />
        <div className="flex min-w-0 flex-col gap-5">
          <Card>
            <dl className="space-y-2 p-5">
              {facts
                .filter(([, value]) => value)
                .map(([name, value]) => (
                  <div key={name} className="flex justify-between gap-4">
                    <dt className="text-soft">{name}</dt>
                    <dd className="text-right wrap-anywhere">{value}</dd>
                  </div>
                ))}
            </dl>
          </Card>
          {patron.consents.length > 0 && (
            <Card title={t("patron.consents")}>
              <ul className="space-y-2 px-5 pb-5">
                {patron.consents.map((one) => (
                  <li key={`${one.said_at} ${one.granted}`} className="flex justify-between gap-4">
                    <span>{t(`patron.said.${said(one.granted)}`)}</span>
                    <span className="text-right text-soft">
                      {formatInstant(one.said_at, locale)} · {one.location ?? t(one.how === "till" ? "patron.atTill" : "patron.inOffice")}
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {patron.aliases.length > 0 && (
            <Card title={t("patron.merges")}>
              <p className="px-5 text-soft">{t("patron.mergesHint")}</p>
              <ul className="space-y-2 px-5 pt-2 pb-5">
                {patron.aliases.map((one) => (
                  <li key={one.id} className="flex justify-between gap-4">
                    <span className="font-mono text-sm">{one.id.slice(-8)}</span>
                    <span className="text-soft">{formatInstant(one.merged_at, locale)}</span>
                  </li>
                ))}
              </ul>
            </Card>
          )}
        </div>
      </div>
      {asks === "edit" && <PatronDialog patron={patron} onClose={() => setAsks(null)} />}
      {asks === "erase" && <EraseDialog id={patron.id} onClose={() => setAsks(null)} />}
    </>
  );
}

const Note = ({ children }: { children: ReactNode }) => <p className="mb-4 rounded-field bg-amber-wash px-4 py-3 text-amber">{children}</p>;

function Sales({ sales }: { sales: PatronDetail["sales"] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const columns: Column<PatronDetail["sales"][number]>[] = [
    { name: "number", header: t("patron.receipt"), isTitle: true, cell: (row) => row.receipt_number },
    { name: "branch", header: t("patron.branch"), cell: (row) => row.location_name },
    { name: "date", header: t("patron.date"), cell: (row) => formatInstant(row.closed_at, locale) },
    { name: "total", header: t("patron.total"), isNumber: true, cell: (row) => money.amount(row.total_minor) },
  ];
  return (
    <section aria-labelledby="sales-title" className="min-w-0">
      <h2 id="sales-title" className="text-xl font-semibold">
        {t("patron.sales")}
      </h2>
      <p className="mb-3 text-soft">{t("patron.salesHint", { count: MOST_SALES })}</p>
      {sales.length === 0 ? (
        <Empty title={t("patron.noSales")} />
      ) : (
        <DataTable label={t("patron.sales")} rows={sales} columns={columns} id={(row) => row.id} href={(row) => paths.office.sale(row.location_id, row.business_date, row.id)} />
      )}
    </section>
  );
}

/** Asks once more: what is forgotten does not come back. */
function EraseDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const erasing = useMutation({
    mutationFn: () => erasePatron(id, reason),
    onSuccess: () => {
      for (const key of ["patrons", "patron"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Dialog title={t("patron.eraseTitle")} description={t("patron.eraseHint")} onClose={onClose} isBusy={erasing.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!erasing.isPending) erasing.mutate();
        }}
      >
        <TextField label={t("patron.eraseReason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={erasing.error} />
        <Button type="submit" kind="primary" size="large" disabled={erasing.isPending} icon={<Eraser aria-hidden className="size-5" />}>
          {t("patron.erase")}
        </Button>
      </form>
    </Dialog>
  );
}
