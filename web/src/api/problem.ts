/** One field that is wrong, and why, in the server's words. */
export interface WrongField {
  field: string;
  code: string;
  message: string;
}

/** A refusal of the server, or the network's: what the pages word for people. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly figures: Record<string, unknown>;
  /** The fields that are wrong, by their place in what was sent. */
  readonly fields: readonly WrongField[];

  constructor(code: string, status: number, title: string, figures: Record<string, unknown> = {}, fields: readonly WrongField[] = []) {
    super(`${code}: ${title}`);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.title = title;
    this.figures = figures;
    this.fields = fields;
  }

  /** The request may have reached the server or not: the same request may be sent again. */
  get isUncertain(): boolean {
    return this.code === NETWORK || ([502, 503, 504].includes(this.status) && this.code !== READONLY);
  }
}

/** No answer came: the cable, the wireless, or the server itself. */
export const NETWORK = "network.unreachable";
/** The disk takes nothing until a person has looked at it: asking again helps nobody. */
const READONLY = "store.readonly";

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer, or a [`Problem`]. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(NETWORK, 0, "No answer");
  });
  if (response.ok) return data as T;
  throw toProblem(error, response.status);
}

/** Whether it was done, or a second person is asked to allow it (202). */
export async function doneOrAsked<T>(answer: Promise<Answer<T>>): Promise<"done" | "asked"> {
  await unwrap(answer);
  return (await answer).response.status === 202 ? "asked" : "done";
}

function toProblem(body: unknown, status: number): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const code = typeof fields["code"] === "string" ? fields["code"] : `http.${status}`;
  const title = typeof fields["title"] === "string" ? fields["title"] : `HTTP ${status}`;
  const figures = fields["figures"];
  const errors = Array.isArray(fields["errors"]) ? fields["errors"].filter(isWrongField) : [];
  return new Problem(code, status, title, isRecord(figures) ? figures : {}, errors);
}

const isWrongField = (value: unknown): value is WrongField =>
  isRecord(value) && ["field", "code", "message"].every((name) => typeof value[name] === "string");

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Retries reads that met a broken line; a refusal is an answer and is not asked again. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof Problem && error.isUncertain;
}
