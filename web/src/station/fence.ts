/**
 * A till keeps the highest record it has seen of its branch computer and refuses to sell against a lower one: an
 * old backup or a second copy would number, stock and account the same things twice.
 */
export interface Mark {
  epoch: number;
  seq: number;
}

const key = (node: string) => `branchline.highest.${node}`;

const isLower = (a: Mark, b: Mark) => a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);

/** The highest record seen of a node on this device. */
export function highestSeen(node: string): Mark | null {
  const text = localStorage.getItem(key(node));
  const match = /^(\d+)\/(\d+)$/.exec(text ?? "");
  return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : null;
}

/** Remembers a record; a lower one changes nothing. */
export function remember(node: string, mark: Mark): void {
  const highest = highestSeen(node);
  if (!highest || isLower(highest, mark)) localStorage.setItem(key(node), `${mark.epoch}/${mark.seq}`);
}

/**
 * Judges an answer of the node. `before` is what had been seen when it was asked: an answer that was under way
 * while a sale was recorded is older than that sale, and no reason to stop.
 */
export function fenced(before: Mark | null, answer: Mark): { highest: Mark; found: Mark } | null {
  return before && isLower(answer, before) ? { highest: before, found: answer } : null;
}
