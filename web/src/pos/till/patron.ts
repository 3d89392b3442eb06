import type { Patron } from "../../api/edge";

/** A customer in one line, as little of them as tells one from another. */
export const patronText = ({ name, phone_tail }: Pick<Patron, "name" | "phone_tail">): string =>
  [name, phone_tail && `···${phone_tail}`].filter(Boolean).join(" ");
