import { useSearch } from "@tanstack/react-router";

/** The query of the URL, as text. */
export const useQueryText = (): Record<string, string | undefined> => useSearch({ strict: false }) as Record<string, string | undefined>;
