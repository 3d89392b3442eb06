import type { Overview } from "../../api/cloud";

/** Absolute figures of one branch and day, as the socket tells them; a figure one may not see is left out. */
export interface OverviewMessage {
  location_id: string;
  business_date: string;
  revenue_minor?: number;
  sales?: number;
  units?: number;
  purchases_minor?: number;
  purchases?: number;
  complete_to: string | null;
}

const SUMMED = ["revenue_minor", "sales", "units", "purchases_minor", "purchases"] as const;

/** The overview with the branch moved to its new figures; `null` when the message is about another day or branch. */
export function patchOverview(overview: Overview, message: OverviewMessage): Overview | null {
  if (overview.date !== message.business_date) return null;
  const before = overview.locations.find(({ location_id }) => location_id === message.location_id);
  if (!before) return null;
  const after = { ...before, complete_to: message.complete_to };
  const sums: Partial<Overview> = {};
  for (const figure of SUMMED) {
    const told = message[figure];
    if (told === undefined) continue;
    sums[figure] = (overview[figure] ?? 0) + told - (before[figure] ?? 0);
    after[figure] = told;
  }
  return {
    ...overview,
    ...sums,
    locations: overview.locations.map((location) => (location === before ? after : location)),
  };
}
