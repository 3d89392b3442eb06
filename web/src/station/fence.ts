/**
 * A till keeps the highest record it has seen of its branch computer and refuses to sell against a lower one, or
 * against another record of the same number: an old backup or a second copy would number, stock and account the same
 * things twice (decision 25).
 */
export interface Mark {
  epoch: number;
  seq: number;
  /** Of the record's chain; older answers do not tell it. */
  hash?: string | undefined;
}

/** A place in the log of a node, as headers say it: `node.epoch.seq.hash`. */
export interface Head extends Mark {
  node: string;
  hash: string;
}

/** What the branch computer says of itself with every answer. */
export const HEAD_HEADER = "x-branchline-head";
/** What this device has seen, told with every question: a computer that has gone back learns it from its tills. */
export const SEEN_HEADER = "x-branchline-seen";

const key = (node: string) => `branchline.highest.${node}`;

const isLower = (a: Mark, b: Mark) => a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);
const isSamePlace = (a: Mark, b: Mark) => a.epoch === b.epoch && a.seq === b.seq;
const isFork = (a: Mark, b: Mark) => isSamePlace(a, b) && a.hash !== undefined && b.hash !== undefined && a.hash !== b.hash;

const parseMark = (text: string): Mark | null => {
  const match = /^(\d+)\/(\d+)(?:\/([0-9a-f]+))?$/.exec(text);
  return match ? { epoch: Number(match[1]), seq: Number(match[2]), hash: match[3] } : null;
};
const formatMark = ({ epoch, seq, hash }: Mark) => `${epoch}/${seq}${hash === undefined ? "" : `/${hash}`}`;

/** Reads a header; `null` when it is none of ours. */
export function parseHead(text: string | null): Head | null {
  const match = /^([^.]+)\.(\d+)\.(\d+)\.([0-9a-f]+)$/.exec(text ?? "");
  const [, node, epoch, seq, hash] = match ?? [];
  return node && hash ? { node, epoch: Number(epoch), seq: Number(seq), hash } : null;
}

export const formatHead = ({ node, epoch, seq, hash }: Head): string => [node, epoch, seq, hash].join(".");

/** The highest record seen of a node on this device. */
export const highestSeen = (node: string): Mark | null => parseMark(localStorage.getItem(key(node)) ?? "");

/** Remembers a record; a lower one changes nothing, a hash completes what was known without one. */
export function remember(node: string, mark: Mark): void {
  const highest = highestSeen(node);
  const completes = highest && highest.hash === undefined && mark.hash !== undefined && isSamePlace(highest, mark);
  if (!highest || completes || isLower(highest, mark)) localStorage.setItem(key(node), formatMark(mark));
}

/**
 * Whether a device may move its memory by what the node says. A node that does not trust its own books may go on under
 * numbers that this device has seen otherwise: its memory is then the only proof of the first story.
 */
export const isBelieved = ({ mode }: { mode: string }): boolean => mode !== "restricted";

export interface Fence {
  highest: Mark;
  found: Mark;
  /** The computer was replaced and goes on, it went back, or it tells another story under the same number. */
  cause: "replaced" | "older" | "other";
}

/**
 * Judges an answer of the node. `before` is what had been seen when it was asked: an answer that was under way
 * while a sale was recorded is older than that sale, and no reason to stop.
 */
export function fenced(before: Mark | null, answer: Mark): Fence | null {
  if (!before) return null;
  if (isLower(answer, before)) return { highest: before, found: answer, cause: answer.epoch < before.epoch ? "replaced" : "older" };
  return isFork(before, answer) ? { highest: before, found: answer, cause: "other" } : null;
}
