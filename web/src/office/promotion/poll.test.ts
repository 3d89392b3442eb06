import { expect, test } from "vitest";

import { NETWORK, Problem } from "../../api/problem";
import { nextPoll, POLL_MS, RETRY_MS } from "./poll";

test("a preview is asked until it is over, also when an answer does not come", () => {
  const line = new Problem(NETWORK, 0, "No answer");
  const busy = new Problem("store.unavailable", 503, "The database rests");
  const gone = new Problem("preview.unknown", 404, "There is no such preview");
  const running = { state: "running" };
  expect([
    nextPoll(undefined, null),
    nextPoll(running, null),
    nextPoll(running, line),
    nextPoll(running, busy),
    nextPoll(undefined, new Error("what?")),
    nextPoll(running, gone),
    nextPoll({ state: "done" }, null),
    nextPoll({ state: "failed" }, line),
  ]).toEqual([POLL_MS, POLL_MS, RETRY_MS, RETRY_MS, RETRY_MS, false, false, false]);
});
