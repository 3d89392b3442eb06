import { expect, test } from "vitest";

import type { Shortage } from "../../api/edge";
import { Problem } from "../../api/problem";
import { answer, answersOf, ask, current, needsSupervisor, shortagesOf, skipCount, type Question } from "./shortage";

const lacks = (variant_id: string, may_be_found: boolean): Shortage => ({
  line: 0,
  variant_id,
  name: variant_id,
  unit: "piece",
  needed: 1,
  rights: 0,
  claim_bound: may_be_found ? 0 : 2,
  elsewhere: 0,
  may_be_found,
  count_above: may_be_found ? 0 : 2,
});
const shown = (questions: Question[]) =>
  questions.map(({ shortage, step, answer: given }) => `${shortage.variant_id} ${step} ${given?.answer ?? "?"}`).join(", ");

test("what nobody else can own is found with one tap; the rest is counted", () => {
  expect(shown(ask([lacks("milk", true), lacks("tea", false)]))).toBe("milk found ?, tea count ?");
});

test("one question stands at a time, and all answers go to the edge together", () => {
  let questions = ask([lacks("milk", true), lacks("tea", false)]);
  questions = answer(questions, "milk", "found");
  expect(current(questions)?.shortage.variant_id).toBe("tea");
  questions = answer(questions, "tea", "counted", 4);
  expect(current(questions)).toBeUndefined();
  expect(answersOf(questions)).toEqual([
    { variant_id: "milk", answer: "found" },
    { variant_id: "tea", answer: "counted", counted: 4 },
  ]);
});

test("a count that is not enough leads to the supervisor and says what was counted", () => {
  const counted = answer(ask([lacks("tea", false)]), "tea", "counted", 2);
  const [question] = ask([lacks("tea", false)], counted);
  expect([question?.step, question?.counted, question?.answer]).toEqual(["override", 2, null]);
});

test("what is not asked again keeps its answer", () => {
  let questions = answer(ask([lacks("milk", true), lacks("tea", false)]), "milk", "found");
  questions = ask([lacks("tea", false)], answer(questions, "tea", "counted", 2));
  expect(shown(questions)).toBe("milk found found, tea override ?");
});

test("what was found is counted when the edge has learned of a promise meanwhile", () => {
  const found = answer(ask([lacks("milk", true)]), "milk", "found");
  expect(shown(ask([lacks("milk", false)], found))).toBe("milk count ?");
});

test("who cannot count asks the supervisor at once", () => {
  const questions = skipCount(ask([lacks("tea", false)]), "tea");
  expect(shown(questions)).toBe("tea override ?");
  expect([needsSupervisor(questions), needsSupervisor(answer(questions, "tea", "override"))]).toEqual([false, true]);
});

test("where no count would help, the supervisor is asked at once", () => {
  expect(shown(ask([{ ...lacks("tea", false), count_above: null }]))).toBe("tea override ?");
});

test("only a shortage has items", () => {
  expect(shortagesOf(new Problem("stock.shortage", 409, "Short", { shortages: [lacks("milk", true)] }))).toHaveLength(1);
  expect(shortagesOf(new Problem("sale.underpaid", 422, "Underpaid"))).toEqual([]);
});
