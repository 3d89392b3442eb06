import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { RecordChange } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Failure, Skeleton } from "../../ui/states";

const PRICED = "price.changed";
const PICTURED = "product.pictured";
/** What says nothing to people. */
const HIDDEN = ["version", "id"];

const said = (value: unknown): string => (typeof value === "string" ? value : value === null || value === undefined ? "–" : JSON.stringify(value));

/** Who changed something, when, and how. */
export function ChangeList({ list, nameOf }: { list: UseQueryResult<RecordChange[]>; nameOf?: (field: string, value: unknown) => string | undefined }) {
  const { t, i18n } = useTranslation("office");
  const locale = useLocale();
  // The fields are the server's; those without a word are shown as they are.
  const word = i18n.t as unknown as (key: string) => string;
  const label = (field: string) => (i18n.exists(`office:lists.fields.${field}`) ? word(`office:lists.fields.${field}`) : field);
  const shown = (field: string, value: unknown) => nameOf?.(field, value) ?? said(value);
  return (
    <>
      {list.isPending && <Skeleton rows={2} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      <ol className="flex flex-col divide-y divide-line">
        {list.data?.map((one) => {
          const before = (one.before ?? {}) as Record<string, unknown>;
          const after = (one.after ?? {}) as Record<string, unknown>;
          const isPictured = one.action === PICTURED;
          const isNew = one.action !== PRICED && !isPictured && !one.before;
          const act = isPictured ? "pictured" : isNew ? "created" : one.action === PRICED ? "priced" : "changed";
          const fields = isNew || isPictured ? [] : Object.keys(after).filter((field) => !HIDDEN.includes(field));
          return (
            <li key={one.id} className="py-3">
              <p>
                <strong>{one.by}</strong> · {t(`catalog.acts.${act}`)} · <span className="text-soft">{formatInstant(one.at, locale)}</span>
              </p>
              {fields.map((field) => (
                <p key={field} className="line-clamp-2 text-sm break-all text-soft">
                  {label(field)}: {shown(field, before[field])} → {shown(field, after[field])}
                </p>
              ))}
            </li>
          );
        })}
      </ol>
    </>
  );
}
