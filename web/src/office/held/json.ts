/** Where a text stops being JSON. Lines count from one. */
export interface JsonFault {
  line: number;
  /** The browser's own word for it. */
  text: string;
}

export function faultOf(text: string): JsonFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    // Not every browser says where, so the place is looked for here.
    const place = new Scanner(text).firstFault();
    return { line: text.slice(0, place).split("\n").length, text: error instanceof Error ? error.message : String(error) };
  }
}

// Control characters are what ends a string too early.
// oxlint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Reads a text as JSON for as long as it is. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstFault(): number {
    this.#value();
    return this.#at;
  }

  /** Whether the rest of what was begun may be read. */
  #value(): boolean {
    this.#take(SPACE);
    const isRead = this.#is("{") ? this.#list("}", () => this.#member()) : this.#is("[") ? this.#list("]", () => this.#value()) : this.#take(STRING) || this.#take(SCALAR);
    if (isRead) this.#take(SPACE);
    return isRead;
  }

  #list(end: string, item: () => boolean): boolean {
    this.#take(SPACE);
    if (this.#is(end)) return true;
    for (;;) {
      if (!item()) return false;
      if (this.#is(end)) return true;
      if (!this.#is(",")) return false;
    }
  }

  #member(): boolean {
    this.#take(SPACE);
    if (!this.#take(STRING)) return false;
    this.#take(SPACE);
    return this.#is(":") && this.#value();
  }

  #is(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found !== null;
  }
}

/** Indented by two; what is no JSON stays as it is. */
export function tidied(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Lines of `after` that `before` does not have at their place: what a person has changed. */
export function changedLines(before: string, after: string): Set<number> {
  const old = before.split("\n");
  const now = after.split("\n");
  // What follows an inserted or removed line is compared from the end.
  let tail = 0;
  while (tail < Math.min(old.length, now.length) && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const changed = new Set<number>();
  for (let at = 0; at < now.length - tail; at += 1) if (old[at] !== now[at]) changed.add(at + 1);
  return changed;
}
