import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

import { cashRules } from "./cash/queries";

const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/** Locks a till that nobody has touched for as long as the shop says; the basket stays at the register. */
export function useAutoLock(isSignedIn: boolean, lock: () => void): void {
  const rules = useQuery({ ...cashRules, enabled: isSignedIn });
  const seconds = rules.data?.lock_after_s ?? 0;
  const locked = useEffectEvent(lock);
  useEffect(() => {
    if (!isSignedIn || seconds === 0) return;
    let timer: ReturnType<typeof setTimeout>;
    const touched = () => {
      clearTimeout(timer);
      timer = setTimeout(() => locked(), seconds * 1000);
    };
    touched();
    for (const name of TOUCHES) window.addEventListener(name, touched, { capture: true, passive: true });
    return () => {
      clearTimeout(timer);
      for (const name of TOUCHES) window.removeEventListener(name, touched, { capture: true });
    };
  }, [isSignedIn, seconds]);
}
