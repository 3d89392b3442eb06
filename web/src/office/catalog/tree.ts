import type { Category } from "../../api/cloud";

export interface Placed {
  id: string;
  /** From the top: "Food > Fruit". */
  path: string;
}

/** Categories with their paths, in the order of a tree that is read from above. */
export function treeOf(categories: Category[]): Placed[] {
  const below = new Map<string, Category[]>();
  for (const one of categories) {
    const above = one.parent ?? "";
    below.set(above, [...(below.get(above) ?? []), one]);
  }
  const placed = (above: string, path: string): Placed[] =>
    (below.get(above) ?? []).flatMap((one) => {
      const own = path ? `${path} > ${one.name}` : one.name;
      return [{ id: one.id, path: own }, ...placed(one.id, own)];
    });
  return placed("", "");
}
