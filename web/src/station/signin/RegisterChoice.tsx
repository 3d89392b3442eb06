import { Monitor } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { EdgeInfo } from "../../api/edge";
import { Empty } from "../../ui/states";

/** Asked once on each device: which drawer stands beside it. */
export function RegisterChoice({ registers, onChoose }: { registers: EdgeInfo["registers"]; onChoose: (id: string) => void }) {
  const { t } = useTranslation("station");
  if (registers.length === 0) return <Empty title={t("registerChoice.none")} />;
  return (
    <div className="m-auto w-full max-w-3xl p-6">
      <h1 className="text-3xl font-semibold">{t("registerChoice.title")}</h1>
      <p className="mt-1 text-lg text-soft">{t("registerChoice.hint")}</p>
      <ul className="mt-6 grid gap-4 sm:grid-cols-2">
        {registers.map((register) => (
          <li key={register.id}>
            <button
              type="button"
              onClick={() => onChoose(register.id)}
              className="flex min-h-24 w-full items-center gap-4 rounded-card border border-line bg-surface p-5 text-left shadow-card hover:border-pine active:bg-pine-wash"
            >
              <span className="grid size-12 place-items-center rounded-full bg-pine-wash text-pine">
                <Monitor aria-hidden className="size-6" />
              </span>
              <span>
                <span className="block text-xl font-semibold">{register.name}</span>
                <span className="text-soft">{t("registerChoice.prefix", { prefix: register.prefix })}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
