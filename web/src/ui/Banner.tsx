import { clsx } from "clsx";
import { Info, OctagonAlert, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

type Tone = "note" | "warn" | "bad";

const TONES: Record<Tone, string> = {
  note: "bg-sky-wash text-sky border-sky-line",
  warn: "bg-amber-wash text-amber border-amber-line",
  bad: "bg-rust-wash text-rust border-rust-line",
};
const ICONS = { note: Info, warn: TriangleAlert, bad: OctagonAlert };

/** A line across the page that stays until its reason is gone, or until it is dismissed. */
export function Banner({ tone, children, onDismiss }: { tone: Tone; children: ReactNode; onDismiss?: () => void }) {
  const { t } = useTranslation();
  const Icon = ICONS[tone];
  return (
    <div
      role={tone === "note" ? "status" : "alert"}
      className={clsx("animate-fade flex items-center gap-3 border-b px-4 py-2 font-medium", TONES[tone])}
    >
      <Icon aria-hidden className="size-5 shrink-0" />
      <p className="min-w-0 flex-1 wrap-anywhere">{children}</p>
      {onDismiss && (
        <button
          type="button"
          aria-label={t("close")}
          onClick={onDismiss}
          className="-my-1 grid size-12 shrink-0 place-items-center rounded-field hover:bg-white/60"
        >
          <X aria-hidden className="size-5" />
        </button>
      )}
    </div>
  );
}
