/** How many of each note and coin, by what one is worth in minor units. */
export type Counts = Record<number, number>;

/** What the counted notes and coins are worth. */
export function worth(counts: Counts): number {
  return Object.entries(counts).reduce((sum, [value, count]) => sum + Number(value) * count, 0);
}

/** The counted ones as the branch computer takes them. */
export const pieces = (counts: Counts) =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([value, count]) => ({ value_minor: Number(value), count }));
