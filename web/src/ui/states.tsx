import { CircleAlert, Inbox } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "./Button";
import { useWording } from "./useWording";

/** Nothing to show, and what to do about it. */
export function Empty({ title, hint, icon, children }: { title?: string; hint?: string; icon?: ReactNode; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <div className="mb-1 grid size-14 place-items-center rounded-full bg-sunken text-soft">
        {icon ?? <Inbox aria-hidden className="size-7" />}
      </div>
      <p className="text-lg font-semibold text-balance">{title ?? t("empty.title")}</p>
      {hint && <p className="max-w-sm text-soft text-balance">{hint}</p>}
      {children}
    </div>
  );
}

/** A refusal in words, with the way on. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const word = useWording();
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-10 text-center">
      <div className="grid size-14 place-items-center rounded-full bg-rust-wash text-rust">
        <CircleAlert aria-hidden className="size-7" />
      </div>
      <p className="text-lg font-semibold">{t("problem.title")}</p>
      <p className="max-w-md text-soft text-balance">{word(error)}</p>
      {onRetry && <Button onClick={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

/** A refusal beside the field or button it belongs to. */
export function Refusal({ error, className = "" }: { error: unknown; className?: string }) {
  const word = useWording();
  return error ? <Refused className={className}>{word(error)}</Refused> : null;
}

/** A refusal that the page itself has words for. */
export function Refused({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <p
      role="alert"
      className={`flex items-start gap-2 rounded-field border border-rust-line bg-rust-wash px-3 py-2.5 font-medium text-rust ${className}`}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
      {children}
    </p>
  );
}

/** Waiting shows itself only when it lasts. */
const SLOW_MS = 180;

/** Grey rows while a list is on its way. */
export function Skeleton({ rows = 5, className = "h-14" }: { rows?: number; className?: string }) {
  const { t } = useTranslation();
  const isSlow = useSlow();
  return (
    <div role="status" aria-label={t("loading")} className="flex flex-col gap-2 p-1">
      {isSlow &&
        Array.from({ length: rows }, (_, row) => (
          <div key={row} className={`animate-pulse rounded-field bg-sunken ${className}`} style={{ opacity: 1 - row / (rows + 2) }} />
        ))}
    </div>
  );
}

function useSlow(): boolean {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return isSlow;
}
