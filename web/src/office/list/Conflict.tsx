import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";

export interface Difference {
  name: string;
  label: string;
  mine: string;
  theirs: string;
}

interface ConflictProps {
  by: string;
  differences: Difference[];
  isBusy: boolean;
  onMine: () => void;
  onTheirs: () => void;
}

/** Somebody else was faster: both versions side by side, and which one counts. What was typed is not lost. */
export function Conflict({ by, differences, isBusy, onMine, onTheirs }: ConflictProps) {
  const { t } = useTranslation("office");
  return (
    <section role="alert" aria-label={t("conflict.title")} className="flex flex-col gap-3 rounded-field border border-rust-line bg-rust-wash p-4">
      <h2 className="font-semibold text-rust">{t("conflict.title")}</h2>
      <p>{t("conflict.text", { by })}</p>
      <table aria-label={t("conflict.title")} className="w-full table-fixed text-left">
        <thead>
          <tr className="text-sm text-soft">
            <th scope="col" className="w-1/4 py-1 pr-2 font-medium">
              {t("conflict.field")}
            </th>
            <th scope="col" className="py-1 pr-2 font-medium">
              {t("conflict.mine")}
            </th>
            <th scope="col" className="py-1 font-medium">
              {t("conflict.theirs")}
            </th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ name, label, mine, theirs }) => (
            <tr key={name} className="border-t border-rust-line align-top">
              <th scope="row" className="py-2 pr-2 font-medium wrap-anywhere">
                {label}
              </th>
              <td className="py-2 pr-2 wrap-anywhere">{mine || "–"}</td>
              <td className="py-2 wrap-anywhere">{theirs || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="flex flex-wrap gap-3">
        <Button kind="primary" disabled={isBusy} onClick={onMine}>
          {t("conflict.keepMine")}
        </Button>
        <Button disabled={isBusy} onClick={onTheirs}>
          {t("conflict.takeTheirs")}
        </Button>
      </div>
    </section>
  );
}
