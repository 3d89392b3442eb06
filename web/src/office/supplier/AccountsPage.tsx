import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { SupplierAccount } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { useGo } from "../../ui/Go";
import { useBranch, useQueryText } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { Figure } from "./Figure";
import { Owed } from "./Owed";
import { accounts, type AccountsFilter } from "./queries";

/** What is owed to every supplier, and how old it is. */
export function AccountsPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const go = useGo();
  const branch = useBranch("purchase.read");
  const { q, only, sort } = useQueryText();
  const filter: AccountsFilter = { branch: branch?.id, q, only, sort };
  const list = useInfiniteQuery({ ...accounts(filter), placeholderData: keepPreviousData });
  const narrow = (change: AccountsFilter) => go(paths.office.supplierAccounts({ ...filter, ...change }), { replace: true });
  const [first] = list.data?.pages ?? [];
  return (
    <>
      <PageHead title={t("supplierAccount.title")} hint={t("supplierAccount.hint")} />
      {first && (
        <dl className="mb-4 grid gap-3 sm:grid-cols-2 lg:max-w-xl">
          <Figure name={t("supplierAccount.owedInAll")} minor={first.owed_minor} />
          <Figure name={t("supplierAccount.advanceInAll")} minor={first.advance_minor} />
        </dl>
      )}
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <BranchSelect permission="purchase.read" branch={filter.branch} to={(id) => paths.office.supplierAccounts({ ...filter, branch: id })} />
        <Choice
          label={t("supplierAccount.which")}
          value={only === "all" ? "all" : ""}
          options={[
            ["", t("supplierAccount.onlyOpen")],
            ["all", t("supplierAccount.all")],
          ]}
          onChange={(value) => narrow({ only: value || undefined })}
        />
        <Choice
          label={t("supplierAccount.order")}
          value={sort === "name" ? "name" : ""}
          options={[
            ["", t("supplierAccount.byOwed")],
            ["name", t("supplierAccount.byName")],
          ]}
          onChange={(value) => narrow({ sort: value || undefined })}
        />
        <div className="w-full sm:w-64">
          <SearchField label={t("supplierAccount.search")} value={q} onChange={(text) => narrow({ q: text })} />
        </div>
      </div>
      <PagedTable
        label={t("supplierAccount.title")}
        list={list}
        columns={useColumns()}
        id={(account) => account.supplier_id}
        href={(account) => paths.office.supplierAccount(account.supplier_id, { branch: filter.branch })}
        empty={{ title: t("supplierAccount.empty"), hint: t("supplierAccount.emptyHint") }}
      />
      {first && <p className="mt-3 text-sm text-faint">{`${t("supplierAccount.agingHint")} ${common("date")}: ${formatDate(first.as_of, locale)}`}</p>}
    </>
  );
}

function useColumns(): Column<SupplierAccount>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const part = (name: "days_0_30" | "days_31_60" | "days_61_90" | "days_over_90"): Column<SupplierAccount> => ({
    name,
    header: t(`supplierAccount.age.${name}`),
    isNumber: true,
    isWide: true,
    cell: ({ aging }) => <span className={aging[name] === 0 ? "text-faint" : name === "days_over_90" ? "font-semibold text-rust" : ""}>{money.amount(aging[name])}</span>,
  });
  return [
    {
      name: "supplier",
      header: common("supplier"),
      isTitle: true,
      cell: (account) => (
        <>
          {account.name}
          {!account.active && (
            <span className="ml-2">
              <Chip>{t("supplierAccount.inactive")}</Chip>
            </span>
          )}
        </>
      ),
    },
    { name: "code", header: t("supplierAccount.code"), isWide: true, cell: (account) => <span className="font-mono text-sm">{account.code}</span> },
    { name: "owed", header: t("supplierAccount.owed"), isNumber: true, cell: (account) => <Owed minor={account.owed_minor} /> },
    part("days_0_30"),
    part("days_31_60"),
    part("days_61_90"),
    part("days_over_90"),
    { name: "last", header: t("supplierAccount.last"), cell: (account) => (account.last_date ? formatDate(account.last_date, locale) : "–") },
  ];
}
