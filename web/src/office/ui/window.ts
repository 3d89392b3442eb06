/** Which rows of a long list are drawn, and how much room the others take: all rows are as high as each other. */
export interface Window {
  first: number;
  /** The one after the last that is drawn. */
  end: number;
  above: number;
  below: number;
}

/** Rows drawn before and after those that are seen, so that nothing flickers in a quick scroll. */
const SPARE = 10;

/** `top` is where the first row is, seen from the top of the screen: negative when it is scrolled away. */
export function windowOf(rows: number, height: number, top: number, screen: number): Window {
  const seenFirst = Math.floor(Math.max(0, -top) / height);
  const seenEnd = Math.ceil(Math.max(0, screen - top) / height);
  const first = Math.min(Math.max(0, seenFirst - SPARE), rows);
  const end = Math.max(first, Math.min(rows, seenEnd + SPARE));
  return { first, end, above: first * height, below: (rows - end) * height };
}
