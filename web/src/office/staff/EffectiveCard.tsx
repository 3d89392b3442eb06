import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Effective, Person } from "../../api/cloud";
import { Failure, Skeleton } from "../../ui/states";
import { useLimit } from "../role/useLimit";
import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { usePermissionName } from "../ui/usePermissionName";
import { effective } from "./queries";

type Item = Effective["items"][number];

/** What a person can see and do, with everything added up: by place. */
export function EffectiveCard({ person }: { person: Person }) {
  const { t } = useTranslation("office");
  const found = useQuery(effective(person.id));
  return (
    <Card title={t("people.effective", { name: person.name })}>
      <div className="px-5 pb-5">
        {found.isPending && <Skeleton rows={3} />}
        {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {found.data?.items.length === 0 && <p className="text-soft">{t("people.nothing")}</p>}
        {found.data && <Places items={found.data.items} />}
      </div>
    </Card>
  );
}

function Places({ items }: { items: Item[] }) {
  const { t } = useTranslation("office");
  const { locations } = useSession();
  const places = [...new Set(items.map((item) => item.location_id ?? null))];
  return (
    <div className="flex flex-col gap-2">
      {places.map((place) => {
        const here = items.filter((item) => (item.location_id ?? null) === place);
        const name = place === null ? t("people.wholeChain") : (locations.find(({ id }) => id === place)?.name ?? place);
        return (
          <details key={place ?? ""} open={places.length === 1} className="rounded-field border border-line">
            <summary className="flex min-h-12 cursor-pointer items-center gap-2 px-3 font-medium">
              <span className="mr-auto">{name}</span>
              <span className="text-sm text-faint">{t("people.permissions", { count: here.length })}</span>
            </summary>
            <ul className="grid gap-x-4 gap-y-1 px-3 pb-3 sm:grid-cols-2">
              {here.map((item) => (
                <Permission key={item.permission} item={item} />
              ))}
            </ul>
          </details>
        );
      })}
    </div>
  );
}

function Permission({ item }: { item: Item }) {
  const name = usePermissionName();
  const limit = useLimit()(item);
  return (
    <li className="text-sm">
      {name(item.permission)}
      {limit && <span className="text-faint"> · {limit}</span>}
    </li>
  );
}
