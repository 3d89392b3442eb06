import { expect, test, vi } from "vitest";

import { Pace } from "./pace";

test("a storm of asking acts at once, then once for each pause, and ends", () => {
  vi.useFakeTimers();
  const action = vi.fn<() => void>();
  const pace = new Pace(action, 1000);
  for (let ask = 0; ask < 50; ask += 1) {
    pace.ask();
    vi.advanceTimersByTime(30);
  }
  vi.advanceTimersByTime(5000);
  // At 0 ms, at 1000 ms, and at 2000 ms for what was asked after 1000 ms.
  expect(action).toHaveBeenCalledTimes(3);
  vi.useRealTimers();
});
