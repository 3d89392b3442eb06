import type { Day } from "../../api/cloud";

export type DayState = "complete" | "ready" | "blocked" | "reopened";

/** What a day shows. A late record is told before anything else. */
export function stateOf(day: Day): DayState {
  if (day.complete) return "complete";
  if (day.state === "reopened") return "reopened";
  return day.blockers.length === 0 ? "ready" : "blocked";
}

/** The business dates from one to another, the newest first. */
export function datesOf(days: Day[]): string[] {
  return [...new Set(days.map(({ business_date }) => business_date))].toSorted().toReversed();
}
