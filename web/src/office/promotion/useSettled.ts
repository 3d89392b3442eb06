import { useEffect, useState } from "react";

const SETTLE_MS = 400;

/** A value once it has stayed the same for a moment: nobody is asked about half a number. `key` tells values apart. */
export function useSettled<T>(value: T, key: string): T {
  const [settled, setSettled] = useState({ value, key });
  useEffect(() => {
    if (settled.key === key) return;
    const timer = setTimeout(() => setSettled({ value, key }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value, key, settled.key]);
  return settled.value;
}
