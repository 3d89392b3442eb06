/** Where a text stops being JSON; `null` when it is. Lines count from one; `text` is the browser's own word. */
export interface JsonFault {
  line: number;
  text: string;
}

export function faultOf(text: string): JsonFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { line: lineOf(text, message), text: message };
  }
}

/** Engines say the place in their own way: a line, a position, or nothing when the text has ended. */
function lineOf(text: string, message: string): number {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line) return Number(line);
  const position = /position (\d+)/.exec(message)?.[1];
  const end = position === undefined ? text.length : Number(position);
  return text.slice(0, end).split("\n").length;
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
