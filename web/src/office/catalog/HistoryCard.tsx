import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Failure, Skeleton } from "../../ui/states";
import { Card } from "../ui/PageHead";
import { changes } from "./queries";

const ACTS = { "product.created": "created", "product.changed": "changed", "price.changed": "priced" } as const;
/** What says nothing to people. */
const HIDDEN = ["version", "id"];

const said = (value: unknown): string => (typeof value === "string" ? value : value === null || value === undefined ? "–" : JSON.stringify(value));

/** Who changed it, when, and how. */
export function HistoryCard({ id }: { id: string }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const list = useQuery(changes(id));
  return (
    <Card title={t("catalog.history")}>
      {list.isPending && <Skeleton rows={2} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      <ol className="flex flex-col divide-y divide-line px-5 pb-3">
        {list.data?.map((one) => {
          const act = ACTS[one.action as keyof typeof ACTS];
          const before = (one.before ?? {}) as Record<string, unknown>;
          const after = (one.after ?? {}) as Record<string, unknown>;
          const fields = act === "created" ? [] : Object.keys(after).filter((field) => !HIDDEN.includes(field));
          return (
            <li key={one.id} className="py-3">
              <p>
                <strong>{one.by}</strong> · {t(`catalog.acts.${act}`)} · <span className="text-soft">{formatInstant(one.at, locale)}</span>
              </p>
              {fields.map((field) => (
                <p key={field} className="line-clamp-2 text-sm break-all text-soft">
                  {field}: {said(before[field])} → {said(after[field])}
                </p>
              ))}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
