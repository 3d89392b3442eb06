import { useSyncExternalStore } from "react";

/** Which register this device is; chosen once, kept on the device. */
const REMEMBERED = "branchline.register";
const listeners = new Set<() => void>();

export function rememberRegister(id: string | null): void {
  if (id === null) localStorage.removeItem(REMEMBERED);
  else localStorage.setItem(REMEMBERED, id);
  for (const listener of listeners) listener();
}

export function useRememberedRegister(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(REMEMBERED),
  );
}
