import { useWording } from "../../ui/useWording";
import { Problem } from "../../api/problem";

/** Why a row or a file was refused, in words. */
export function useReason(): (code: string, figures?: Record<string, unknown>) => string {
  const word = useWording();
  return (code, figures = {}) => word(new Problem(code, 422, code, figures));
}
