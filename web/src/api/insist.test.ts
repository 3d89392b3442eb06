import { expect, test, vi } from "vitest";

import { insist } from "./insist";
import { NETWORK, Problem } from "./problem";

test("a lost answer is asked again with the same request", async () => {
  vi.useFakeTimers();
  const retries: number[] = [];
  const send = vi.fn<() => Promise<string>>();
  send.mockRejectedValueOnce(new Problem(NETWORK, 0, ""));
  send.mockRejectedValueOnce(new Problem("store.unavailable", 503, ""));
  send.mockResolvedValueOnce("receipt");
  const answer = insist(send, (attempt) => retries.push(attempt));
  await vi.runAllTimersAsync();
  expect([await answer, retries, send.mock.calls.length]).toEqual(["receipt", [1, 2], 3]);
  vi.useRealTimers();
});

test("a refusal is an answer", async () => {
  const send = vi.fn<() => Promise<string>>().mockRejectedValue(new Problem("disk.full", 507, ""));
  await expect(insist(send, () => undefined)).rejects.toMatchObject({ code: "disk.full" });
  expect(send).toHaveBeenCalledTimes(1);
});
