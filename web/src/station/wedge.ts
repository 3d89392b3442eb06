/**
 * Tells a scanner from fingers. A scanner is a keyboard that types a whole code within milliseconds and ends it
 * with Enter; fingers are slower. Keys are held back until that is clear, so that a code never shows up in the
 * search field or in a quantity, and what fingers type arrives whole and in order.
 */

/** Between two keys of a scanner at most. Slow wireless scanners need 20 ms; a fast typist needs 60. */
export const LONGEST_GAP_MS = 35;
/** How long a key is held before it is taken for a finger's. */
export const HOLD_MS = 45;
/** Shorter bursts are fingers rolling over the keys. */
export const SHORTEST_CODE = 4;
/** The longest code that is passed on: GS1 DataMatrix and QR codes of tickets stay below. */
export const LONGEST_CODE = 256;

export interface Key {
  key: string;
  /** When it was pressed, in milliseconds of a monotonic clock. */
  at: number;
  /** Ctrl, Alt or Meta is down. */
  isCommand?: boolean;
  /** The keyboard repeats a key that is held down. */
  isRepeat?: boolean;
}

export interface Verdict {
  /** What fingers typed before this key and is now due. */
  release: string;
  /** `pass` lets the key through, `hold` keeps it back, `scan` ends a code. */
  kind: "pass" | "hold" | "scan";
  code?: string;
}

const MODIFIERS = new Set(["Shift", "CapsLock", "Control", "Alt", "AltGraph", "Meta", "NumLock"]);

export class Wedge {
  #held = "";
  #last = Number.NEGATIVE_INFINITY;

  /** Judges one pressed key. */
  press({ key, at, isCommand = false, isRepeat = false }: Key): Verdict {
    // A scanner presses Shift for capital letters in the middle of a code.
    if (MODIFIERS.has(key)) return { kind: "pass", release: "" };
    const isBurst = this.#held !== "" && at - this.#last <= LONGEST_GAP_MS;
    if (key === "Enter" || key === "Tab") return this.#end(isBurst);
    const isCharacter = [...key].length === 1;
    if (!isCharacter || isCommand || isRepeat) return { kind: "pass", release: this.#take() };

    const release = isBurst && this.#held.length < LONGEST_CODE ? "" : this.#take();
    this.#held += key;
    this.#last = at;
    return { kind: "hold", release };
  }

  /** No key came for [`HOLD_MS`]: what is held was typed by fingers. */
  release(): string {
    return this.#take();
  }

  get isHolding(): boolean {
    return this.#held !== "";
  }

  #end(isBurst: boolean): Verdict {
    const typed = this.#take();
    if (isBurst && typed.length >= SHORTEST_CODE) return { kind: "scan", release: "", code: typed };
    return { kind: "pass", release: typed };
  }

  #take(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }
}
