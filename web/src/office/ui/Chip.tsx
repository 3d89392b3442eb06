import { clsx } from "clsx";
import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "plain";

const TONES: Record<Tone, string> = {
  good: "border-mint bg-pine-wash text-pine",
  warn: "border-amber-line bg-amber-wash text-amber",
  bad: "border-rust-line bg-rust-wash text-rust",
  plain: "border-line bg-paper text-soft",
};

/** A state in one or two words. */
export function Chip({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={clsx("inline-block rounded-full border px-2.5 py-0.5 text-sm font-semibold whitespace-nowrap", TONES[tone])}>{children}</span>;
}
