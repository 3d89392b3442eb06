/** What becomes of the money, so that it is counted before the button is pressed. */
export function Flow({ label, amount }: { label: string; amount: string }) {
  return (
    <p className="flex items-baseline justify-between gap-3 rounded-field bg-sunken px-4 py-3">
      <span>{label}</span>
      <span className="text-2xl font-bold">{amount}</span>
    </p>
  );
}
