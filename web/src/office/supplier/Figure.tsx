import { useMoney } from "../../format/CurrencyContext";

/** An amount with its name. */
export function Figure({ name, minor, isBad = false }: { name: string; minor: number; isBad?: boolean }) {
  const money = useMoney();
  return (
    <div className="rounded-card border border-line bg-surface px-4 py-3 shadow-card">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className={`text-xl font-semibold ${isBad && minor !== 0 ? "text-rust" : ""}`}>{money.amount(minor)}</dd>
    </div>
  );
}
