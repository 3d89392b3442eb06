import { useEffect, useRef, useState } from "react";

import { Problem } from "../../api/problem";

const isLock = (error: unknown): error is Problem => error instanceof Problem && error.code === "pin.locked";

/** A lock after wrong PINs: whether it lasts, and the refusal to show, which counts down by itself and goes when it is over. */
export function useLock(error: unknown): { isLocked: boolean; shown: unknown } {
  const [left, setLeft] = useState(0);
  const until = useRef(0);
  useEffect(() => {
    if (!isLock(error)) return;
    until.current = performance.now() + Number(error.figures["retry_after_s"] ?? 30) * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((until.current - performance.now()) / 1000)));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [error]);
  if (!isLock(error)) return { isLocked: false, shown: error };
  if (left <= 0) return { isLocked: false, shown: null };
  return { isLocked: true, shown: new Problem(error.code, error.status, error.title, { retry_after_s: left }) };
}
