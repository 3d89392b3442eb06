import { useQuery } from "@tanstack/react-query";

import { useStation } from "../StationContext";
import { printers } from "./queries";

/** The printer of this register; null while it has none, or none is known yet. */
export function usePrinter() {
  const { session } = useStation();
  const list = useQuery(printers);
  return list.data?.find(({ register }) => register.id === session.register.id)?.printer ?? null;
}
