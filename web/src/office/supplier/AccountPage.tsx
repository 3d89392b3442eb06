import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Banknote, Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SupplierAccountDetail, SupplierEntry } from "../../api/cloud";
import { paths, type ListFilter } from "../../paths";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Failure, Skeleton } from "../../ui/states";
import { may, useBranch, useQueryText, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { PagedTable } from "../ui/PagedTable";
import { Card, PageHead } from "../ui/PageHead";
import { DayFilters } from "../ui/DayFilters";
import { DocumentDialog } from "./DocumentDialog";
import { Figure } from "./Figure";
import { Owed } from "./Owed";
import { accountOf, entriesOf } from "./queries";
import { ReverseDialog } from "./ReverseDialog";
import { useEntryColumns } from "./useEntryColumns";

/** The account of a supplier: what is owed and since when, and everything that led to it. */
export function AccountPage() {
  const { t } = useTranslation("office");
  const { supplier = "" } = useParams({ strict: false }) as Record<string, string>;
  const session = useSession();
  const branch = useBranch("purchase.read");
  const { from, to } = useQueryText();
  const filter: ListFilter = { branch: branch?.id, from, to };
  const account = useQuery(accountOf(supplier, filter.branch));
  const [isRecording, setRecording] = useState(false);
  const [warnings, setWarnings] = useState<string[]>([]);
  const done = (told: string[]) => {
    setWarnings(told);
    setRecording(false);
  };
  const back = <BackLink href={paths.office.supplierAccounts({ branch: filter.branch })} label={t("supplierAccount.title")} />;
  if (account.isPending) return <Skeleton />;
  if (account.error) {
    return (
      <>
        {back}
        <Failure error={account.error} onRetry={() => void account.refetch()} />
      </>
    );
  }
  const { name, code, phone, email } = account.data;
  return (
    <>
      {back}
      {warnings.length > 0 && (
        <div className="mb-4 overflow-hidden rounded-card">
          <Banner tone="warn" onDismiss={() => setWarnings([])}>
            {warnings.map((one) => t(`supplierAccount.warning.${one as "advance"}`, { defaultValue: one })).join(" ")}
          </Banner>
        </div>
      )}
      <PageHead title={name} hint={[code, phone, email].filter(Boolean).join(" · ")}>
        <a
          href={paths.supplierFile(supplier, { location: filter.branch, from, to })}
          download
          className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
        >
          <Download aria-hidden className="size-5" />
          {t("audit.export")}
        </a>
        {may(session, "supplier.pay") && (
          <Button kind="primary" icon={<Banknote aria-hidden className="size-5" />} onClick={() => setRecording(true)}>
            {t("supplierAccount.record")}
          </Button>
        )}
      </PageHead>
      <Standing account={account.data} />
      <Statement supplier={supplier} filter={filter} onReversed={() => setWarnings([])} />
      {isRecording && <DocumentDialog account={account.data} branch={filter.branch} onDone={done} onClose={() => setRecording(false)} />}
    </>
  );
}

/** What is owed, by age and by branch. */
function Standing({ account }: { account: SupplierAccountDetail }) {
  const { t } = useTranslation("office");
  const { aging, places } = account;
  return (
    <>
      <dl className="mb-2 grid grid-cols-2 gap-3 sm:grid-cols-4 lg:grid-cols-2 xl:grid-cols-5">
        <div className="col-span-2 rounded-card border border-line bg-surface px-4 py-3 shadow-card sm:col-span-4 lg:col-span-2 xl:col-span-1">
          <dt className="text-sm text-soft">{t("supplierAccount.owed")}</dt>
          <dd className="text-xl">
            <Owed minor={account.owed_minor} />
          </dd>
        </div>
        {(["days_0_30", "days_31_60", "days_61_90", "days_over_90"] as const).map((age) => (
          <Figure key={age} name={t(`supplierAccount.age.${age}`)} minor={aging[age]} isBad={age === "days_over_90"} />
        ))}
      </dl>
      <p className="mb-4 text-sm text-faint">{t("supplierAccount.agingHint")}</p>
      {places.length > 1 && (
        <Card title={t("supplierAccount.byPlace")} className="mb-4">
          <ul className="divide-y divide-line px-5 pb-3">
            {places.map((place) => (
              <li key={place.location_id ?? ""} className="flex min-h-12 items-center justify-between gap-4">
                <span>{place.location_name ?? t("supplierAccount.company")}</span>
                <Owed minor={place.owed_minor} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function Statement({ supplier, filter, onReversed }: { supplier: string; filter: ListFilter; onReversed: () => void }) {
  const { t } = useTranslation("office");
  const entries = useInfiniteQuery({ ...entriesOf(supplier, filter), placeholderData: keepPreviousData });
  const [reversed, setReversed] = useState<SupplierEntry | null>(null);
  const columns = useEntryColumns(setReversed);
  return (
    <>
      <h2 className="mb-3 text-xl font-semibold">{t("supplierAccount.statement")}</h2>
      <DayFilters permission="purchase.read" filter={filter} to={(narrowed) => paths.office.supplierAccount(supplier, narrowed)} />
      <PagedTable
        label={t("supplierAccount.statement")}
        list={entries}
        columns={columns}
        id={(entry) => `${entry.location_id ?? ""}${entry.id}${entry.kind}`}
        empty={{ title: t("supplierAccount.nothing"), hint: t("supplierAccount.nothingHint") }}
      />
      {reversed && <ReverseDialog supplier={supplier} entry={reversed} onDone={onReversed} onClose={() => setReversed(null)} />}
    </>
  );
}
