import { Problem } from "../../api/problem";
import type { Preview } from "./contract";

/** How often a preview is asked how far it is. */
export const POLL_MS = 700;
/** The same after an answer that did not come. */
export const RETRY_MS = 3_000;

/** In how many milliseconds a preview is asked again how far it is; false: it is over, or not for this person. */
export function nextPoll(preview: Pick<Preview, "state"> | undefined, error: Error | null): number | false {
  if (preview && preview.state !== "running") return false;
  if (!error) return POLL_MS;
  const isFinal = error instanceof Problem && [403, 404].includes(error.status);
  return isFinal ? false : RETRY_MS;
}
