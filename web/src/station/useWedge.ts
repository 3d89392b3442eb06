import { useEffect, useEffectEvent } from "react";

import { takesText } from "../ui/NumberPad";
import { HOLD_MS, Wedge } from "./wedge";

/** Keys we pass on ourselves; they are not judged again. */
const replayed = new WeakSet<Event>();

/** Hears scanner codes on the whole page, before any field or button does. */
export function useWedge(onScan: (code: string) => void): void {
  const scan = useEffectEvent(onScan);
  useEffect(() => {
    const wedge = new Wedge();
    let timer: ReturnType<typeof setTimeout> | undefined;

    // A timer that comes late was held up by a busy page, as keys may be that a scanner has long sent: they get their turn.
    const wait = () => {
      const since = performance.now();
      timer = setTimeout(() => (performance.now() - since > 2 * HOLD_MS ? wait() : type(wedge.release())), HOLD_MS);
    };

    const hear = (event: KeyboardEvent) => {
      if (replayed.has(event) || event.isComposing || event.key === "Process") return;
      // Space presses the focused button; it cannot begin a code.
      if (event.key === " " && !wedge.isHolding && !takesText(event.target)) return;
      const verdict = wedge.press({
        key: event.key,
        at: event.timeStamp,
        isCommand: event.ctrlKey || event.metaKey || event.altKey,
        isRepeat: event.repeat,
      });
      clearTimeout(timer);
      if (verdict.release) type(verdict.release);
      if (verdict.kind === "pass") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (verdict.kind === "scan") scan(verdict.code ?? "");
      else wait();
    };

    window.addEventListener("keydown", hear, { capture: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", hear, { capture: true });
    };
  }, []);
}

/** Types what was held back, as if it had just been pressed. */
function type(text: string): void {
  const target = document.activeElement;
  if (takesText(target)) {
    // Keeps the caret, the selection and undo, and tells React; nothing newer does.
    document.execCommand("insertText", false, text);
    return;
  }
  for (const key of text) {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    replayed.add(event);
    (target ?? document.body).dispatchEvent(event);
  }
}
