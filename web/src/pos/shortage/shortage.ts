import type { Shortage, ShortageAnswer } from "../../api/edge";
import { Problem } from "../../api/problem";

/** What is to be found out about one item before it may be sold. The edge judges every answer; this only asks on. */
export interface Question {
  shortage: Shortage;
  /** The question that stands: in the customer's hand, how many on the shelf, or a supervisor's decision. */
  step: "found" | "count" | "override";
  answer: ShortageAnswer | null;
  /** A count that was not enough, to say so. */
  counted: number | null;
}

export const SHORTAGE = "stock.shortage";

/** The items that a refused sale lacks; empty for any other refusal. */
export function shortagesOf(problem: unknown): Shortage[] {
  if (!(problem instanceof Problem) || problem.code !== SHORTAGE) return [];
  const shortages = problem.figures["shortages"];
  return Array.isArray(shortages) ? (shortages as Shortage[]) : [];
}

/**
 * The questions of a refusal, in the light of what had been answered: an answer that was not enough asks on. What the
 * edge does not ask again keeps its answer, as nothing was recorded.
 */
export function ask(shortages: Shortage[], before: Question[] = []): Question[] {
  const asked = new Set(shortages.map(({ variant_id }) => variant_id));
  const settled = before.filter(({ shortage, answer: given }) => given !== null && !asked.has(shortage.variant_id));
  return [...settled, ...shortages.map((shortage) => askOn(shortage, before))];
}

function askOn(shortage: Shortage, before: Question[]): Question {
  const given = before.find((question) => question.shortage.variant_id === shortage.variant_id)?.answer;
  if (given?.answer === "override") return { shortage, step: "override", answer: null, counted: null };
  if (given?.answer === "counted") return { shortage, step: "override", answer: null, counted: given.counted ?? null };
  if (shortage.may_be_found && !given) return { shortage, step: "found", answer: null, counted: null };
  // A node that may not trust its own books cannot be helped by a count.
  return { shortage, step: shortage.count_above === null ? "override" : "count", answer: null, counted: null };
}

/** The answers so far with one more. */
export function answer(questions: Question[], variant: string, given: ShortageAnswer["answer"], counted?: number): Question[] {
  return change(questions, variant, (question) => ({
    ...question,
    answer: { variant_id: variant, answer: given, ...(counted === undefined ? {} : { counted }) },
  }));
}

/** Nobody can count now: the supervisor is asked at once. */
export const skipCount = (questions: Question[], variant: string): Question[] =>
  change(questions, variant, (question) => ({ ...question, step: "override" }));

/** The item whose question stands; nothing when all are answered. */
export const current = (questions: Question[]): Question | undefined => questions.find((question) => question.answer === null);

export const answersOf = (questions: Question[]): ShortageAnswer[] => questions.flatMap((question) => question.answer ?? []);

export const needsSupervisor = (questions: Question[]): boolean => questions.some((question) => question.answer?.answer === "override");

function change(questions: Question[], variant: string, step: (question: Question) => Question): Question[] {
  return questions.map((question) => (question.shortage.variant_id === variant ? step(question) : question));
}
