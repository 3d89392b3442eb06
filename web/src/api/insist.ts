import { Problem } from "./problem";

/** Waits between the tries of a write whose answer did not come. The write names itself, so it happens once. */
const WAITS_MS = [400, 800, 1600, 3200];

/** Sends until an answer comes or the tries are used up; a refusal is an answer. */
export async function insist<T>(send: () => Promise<T>, onRetry: (attempt: number) => void): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      // One after the other: the next try needs the outcome of this one.
      // oxlint-disable-next-line no-await-in-loop
      return await send();
    } catch (problem) {
      const wait = WAITS_MS[attempt];
      if (!(problem instanceof Problem && problem.isUncertain) || wait === undefined) throw problem;
      onRetry(attempt + 1);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
      });
    }
  }
}
