import { X } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { ListFilter } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { DateField } from "./ListFilters";
import { BranchSelect } from "./PageHead";

/** Branch and days; all of it lives in the URL. */
export function DayFilters({ permission, filter, to }: { permission: string; filter: ListFilter; to: (filter: ListFilter) => string }) {
  const { t } = useTranslation("office");
  const go = useGo();
  const narrow = (change: ListFilter) => go(to({ ...filter, ...change }), { replace: true });
  return (
    <div className="mb-4 grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap">
      <div className="col-span-2">
        <BranchSelect permission={permission} branch={filter.branch} to={(branch) => to({ ...filter, branch })} />
      </div>
      <DateField label={t("filter.from")} value={filter.from} onChange={(from) => narrow({ from })} />
      <DateField label={t("filter.to")} value={filter.to} onChange={(day) => narrow({ to: day })} />
      {(filter.from ?? filter.to ?? filter.branch) && (
        <Button kind="quiet" className="col-span-2" icon={<X aria-hidden className="size-5" />} onClick={() => go(to({}))}>
          {t("filter.clear")}
        </Button>
      )}
    </div>
  );
}
