import { clsx } from "clsx";
import { CircleCheck, OctagonAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLocale } from "../../i18n/useLocale";

interface BalanceProps {
  accepted: number;
  applied: number;
  waiting: number;
  quarantined: number;
  queued: number;
  isSmall?: boolean;
}

/** accepted = applied + waiting + set aside + queued, as an equation that people can read. */
export function Balance({ accepted, isSmall = false, ...parts }: BalanceProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale);
  const whole = parts.applied + parts.waiting + parts.quarantined + parts.queued;
  const holds = whole === accepted;
  const Icon = holds ? CircleCheck : OctagonAlert;
  const terms = [
    { name: "applied", look: "text-pine" },
    { name: "waiting", look: parts.waiting > 0 ? "text-amber" : "text-faint" },
    { name: "quarantined", look: parts.quarantined > 0 ? "text-rust" : "text-faint" },
    { name: "queued", look: parts.queued > 0 ? "text-sky" : "text-faint" },
  ] as const;
  const size = isSmall ? "text-xl" : "text-2xl sm:text-4xl";
  return (
    <div role="group" aria-label={t("integrity.equation")} className="flex flex-wrap items-end gap-x-3 gap-y-3">
      <Term name={t("integrity.accepted")} value={number.format(accepted)} size={size} />
      <Sign text="=" size={size} />
      {terms.map(({ name, look }, at) => (
        <span key={name} className="flex items-end gap-3">
          {at > 0 && <Sign text="+" size={size} />}
          <Term name={t(`integrity.${name}`)} value={number.format(parts[name])} size={size} look={look} />
        </span>
      ))}
      <span
        role="status"
        className={clsx(
          "ml-auto flex items-center gap-2 rounded-full border px-3 py-1 font-semibold",
          holds ? "border-pine-line bg-pine-wash text-pine" : "border-rust-line bg-rust-wash text-rust",
        )}
      >
        <Icon aria-hidden className="size-5" />
        {holds ? t("integrity.holds") : t("integrity.differs", { difference: number.format(accepted - whole) })}
      </span>
    </div>
  );
}

function Term({ name, value, size, look = "" }: { name: string; value: string; size: string; look?: string }) {
  return (
    <span className="flex flex-col">
      <span className={clsx("leading-none font-bold", size, look)}>{value}</span>
      <span className="mt-1 text-sm text-soft">{name}</span>
    </span>
  );
}

function Sign({ text, size }: { text: string; size: string }) {
  return <span className={clsx("pb-6 leading-none text-faint", size)}>{text}</span>;
}
