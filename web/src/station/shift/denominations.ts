/** Notes and coins in minor units, largest first; empty for a currency whose drawer we do not know. */
const DENOMINATIONS: Record<string, readonly number[]> = {
  USD: [10_000, 5000, 2000, 1000, 500, 100, 25, 10, 5, 1],
  EUR: [10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
  VND: [500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000],
  THB: [100_000, 50_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50, 25],
};

export const denominationsOf = (currency: string): readonly number[] => DENOMINATIONS[currency] ?? [];

/** What the counted notes and coins are worth. */
export function worth(counts: Record<number, number>): number {
  return Object.entries(counts).reduce((sum, [value, count]) => sum + Number(value) * count, 0);
}
