import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Upload } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Import, ImportKind } from "../../api/cloud";
import { newId } from "../../api/id";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { DataTable } from "../ui/DataTable";
import { Card, PageHead } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { useReason } from "./useReason";
import { cancelImport, importErrors, importOf, startImport, upload } from "./queries";

/** What one needs to take a kind in, in the order in which a shop moves in. */
const KINDS: [ImportKind, string][] = [
  ["products", "catalog.manage"],
  ["categories", "catalog.manage"],
  ["brands", "catalog.manage"],
  ["suppliers", "catalog.manage"],
  ["containers", "catalog.manage"],
  ["taxes", "catalog.manage"],
  ["price_lists", "price.manage"],
  ["prices", "price.manage"],
  ["stock", "stock.count"],
  ["locations", "location.manage"],
  ["staff", "staff.manage"],
];
/** The columns of each kind, those that it needs first with a star. */
const COLUMNS: Record<ImportKind, string> = {
  products: "sku*, name*, product, description, category, brand, unit, tax, barcode, price, price_per, option1…3, supplier, pack_size, active",
  categories: "code*, name*, parent",
  brands: "name*",
  suppliers: "code*, name*, phone, email, address, active",
  containers: "code*, name*, tare* (g), active",
  taxes: "rate*, name*",
  price_lists: "code*, name*, tax_included, currency, priority, valid_from, valid_until",
  prices: "sku*, price*, price_per, unit, price_list, valid_from",
  stock: "location*, sku*, quantity*, unit",
  locations: "code*, name*, kind, time_zone, address, registers",
  staff: "name*, email, role, location",
};

/** Takes a file in: it is tried first, then kept; what is wrong with it is said by line. */
export function ImportPage() {
  const { t } = useTranslation("office");
  const session = useSession();
  const [id, setId] = useState<string | null>(null);
  const [kind, setKind] = useState<ImportKind>("products");
  const [file, setFile] = useState<File | null>(null);
  const field = useId();
  const sending = useMutation({
    mutationFn: async () => {
      if (!file) return;
      const made = newId();
      await upload(made, kind, file);
      await startImport(made, true, {});
      setId(made);
    },
  });
  return (
    <>
      <BackLink href={paths.office.products()} label={t("catalog.title")} />
      <PageHead title={t("catalog.import.title")} hint={t("catalog.import.hint")} />
      <div className="flex flex-col gap-5">
        <Card title={t("catalog.import.file")}>
          <form
            className="grid gap-4 px-5 pb-5 sm:grid-cols-2"
            onSubmit={(event) => {
              event.preventDefault();
              if (file && !sending.isPending) sending.mutate();
            }}
          >
            <SelectField
              label={t("catalog.import.kind")}
              value={kind}
              hint={`${t("catalog.import.columns")}: ${COLUMNS[kind]}`}
              options={KINDS.filter(([, permission]) => mayEverywhere(session, permission)).map(([one]): [string, string] => [one, t(`catalog.import.kinds.${one}`)])}
              onChange={(one) => setKind(one as ImportKind)}
            />
            <div>
              <label htmlFor={field} className="mb-1 block font-medium text-soft">
                {t("catalog.import.choose")}
              </label>
              <input
                id={field}
                type="file"
                accept=".csv,.tsv,.txt,text/csv"
                onChange={(event) => setFile(event.target.files?.[0] ?? null)}
                className="min-h-12 w-full rounded-field border border-edge bg-surface px-3 py-2.5"
              />
            </div>
            <Refusal error={sending.error} className="sm:col-span-2" />
            <div className="flex flex-wrap gap-3 sm:col-span-2">
              <Button
                type="submit"
                kind="primary"
                icon={<Upload aria-hidden className="size-5" />}
                disabled={sending.isPending}
                blocked={file ? null : t("catalog.import.fileMissing")}
              >
                {t("catalog.import.try")}
              </Button>
              <a
                href={paths.exportFile(kind)}
                download
                className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
              >
                <Download aria-hidden className="size-5" />
                {t("catalog.import.export")}
              </a>
              <a
                href={paths.exportFile(kind, "xlsx")}
                download
                className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
              >
                <Download aria-hidden className="size-5" />
                {t("catalog.import.exportBook")}
              </a>
            </div>
          </form>
        </Card>
        {id && <Outcome key={id} id={id} />}
      </div>
    </>
  );
}

function Outcome({ id }: { id: string }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const found = useQuery(importOf(id));
  const [columns, setColumns] = useState<Record<string, string>>({});
  const locale = useLocale();
  const figure = (count: number) => new Intl.NumberFormat(locale).format(count);
  const again = () => {
    void client.invalidateQueries({ queryKey: ["import", id] });
    for (const key of ["products", "categories", "taxes", "price-lists", "list", "prices", "locations", "people", "session"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const starting = useMutation({ mutationFn: (isDry: boolean) => startImport(id, isDry, columns), onSuccess: again });
  const cancelling = useMutation({ mutationFn: () => cancelImport(id), onSuccess: again });
  const one = found.data;
  if (!one) return <Refusal error={found.error} />;
  const isUnderWay = one.state === "waiting" || one.state === "running";
  return (
    <Card title={t(one.is_dry ? "catalog.import.trial" : "catalog.import.outcome")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p role="status" className="font-medium">
          {t(`catalog.import.states.${one.state as "done"}`)}
          {one.rows > 0 && ` · ${t("catalog.import.rows", { done: figure(one.next_row), rows: figure(one.rows) })}`}
        </p>
        {isUnderWay && <progress aria-label={t("catalog.import.outcome")} max={Math.max(one.rows, 1)} value={one.next_row} className="h-3 w-full accent-pine" />}
        {one.failure && <WrongHeader failure={one.failure} columns={columns} setColumns={setColumns} />}
        {!one.failure && (
          <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
            {(["created", "changed", "unchanged", "refused"] as const).map((part) => (
              <div key={part} className="rounded-field bg-sunken p-3">
                <dt className="text-sm text-soft">{t(`catalog.import.counts.${part}`)}</dt>
                <dd className="text-xl font-semibold">{figure(one[part])}</dd>
              </div>
            ))}
          </dl>
        )}
        <Refusal error={starting.error ?? cancelling.error} />
        <div className="flex flex-wrap gap-3">
          {isUnderWay && <Button onClick={() => cancelling.mutate()}>{t("catalog.import.cancel")}</Button>}
          {one.state === "failed" && <Button onClick={() => starting.mutate(true)}>{t("catalog.import.tryAgain")}</Button>}
          {one.state === "done" && one.is_dry && (
            <Button kind="primary" disabled={starting.isPending} blocked={one.created + one.changed > 0 ? null : t("catalog.import.nothing")} onClick={() => starting.mutate(false)}>
              {t("catalog.import.go")}
            </Button>
          )}
        </div>
        {!isUnderWay && one.refused > 0 && <Refusals one={one} />}
      </div>
    </Card>
  );
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

interface WrongHeaderProps {
  failure: Record<string, unknown>;
  columns: Record<string, string>;
  setColumns: (columns: Record<string, string>) => void;
}

/** Which columns are needed, and which came: the person says which is which. */
function WrongHeader({ failure, columns, setColumns }: WrongHeaderProps) {
  const { t } = useTranslation("office");
  const reason = useReason();
  const found = texts(failure["found"]);
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-field border border-rust-line bg-rust-wash p-4">
      <p className="font-medium text-rust">{reason(String(failure["code"]), failure)}</p>
      {found.length > 0 && <p className="text-soft">{t("catalog.import.found", { columns: found.join(", ") })}</p>}
      {texts(failure["missing"]).map((name) => (
        <SelectField
          key={name}
          label={t("catalog.import.column", { name })}
          value={columns[name] ?? ""}
          options={[["", t("catalog.none")], ...found.map((column): [string, string] => [column, column])]}
          onChange={(column) => setColumns({ ...columns, [name]: column })}
        />
      ))}
    </div>
  );
}

function Refusals({ one }: { one: Import }) {
  const { t } = useTranslation("office");
  const reason = useReason();
  const list = useQuery(importErrors(one.id));
  return (
    <>
      <a href={paths.importErrors(one.id)} download className="inline-flex min-h-12 items-center gap-2 self-start font-semibold text-pine underline">
        <Download aria-hidden className="size-5" />
        {t("catalog.import.download")}
      </a>
      <DataTable
        label={t("catalog.import.refused")}
        rows={list.data ?? []}
        id={(row) => `${row.line} ${row.field} ${row.code}`}
        columns={[
          { name: "line", header: t("catalog.import.line"), isTitle: true, cell: (row) => row.line },
          { name: "field", header: t("catalog.import.field"), cell: (row) => row.field || "–" },
          { name: "reason", header: t("catalog.import.reason"), cell: (row) => reason(row.code, { value: row.value, code: row.value, name: row.value, sku: row.value }) },
          { name: "value", header: t("catalog.import.value"), cell: (row) => row.value },
        ]}
      />
    </>
  );
}
