import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

export const STATES = ["held", "claimed", "cancelling", "picked", "handed_over", "cancelled", "expired"] as const;

const LOOKS: Record<string, string> = {
  held: "border-amber-line bg-amber-wash text-amber",
  claimed: "border-sky-line bg-sky-wash text-sky",
  cancelling: "border-amber-line bg-amber-wash text-amber",
  picked: "border-pine-line bg-pine-wash text-pine",
  handed_over: "border-pine-line bg-pine-wash text-pine",
  short: "border-rust-line bg-rust-wash text-rust",
  broken: "border-rust-line bg-rust-wash text-rust",
};

/** Where an order, or one promise of it, stands. */
export function OrderState({ state }: { state: string }) {
  const { t } = useTranslation("office");
  return (
    <span className={clsx("rounded-full border px-2.5 py-0.5 text-sm font-semibold whitespace-nowrap", LOOKS[state] ?? "border-line bg-sunken text-soft")}>
      {t(`orders.states.${state as "held"}`, { defaultValue: state })}
    </span>
  );
}
