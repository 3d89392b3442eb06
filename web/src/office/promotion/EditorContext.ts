import { createContext, use } from "react";

import type { Wrong } from "./problems";

/** What the fields of the editor share. */
export interface Editing {
  wrongs: Wrong[];
  /** Only to be looked at. */
  isLocked: boolean;
}

export const EditorContext = createContext<Editing>({ wrongs: [], isLocked: false });

export const useEditing = (): Editing => use(EditorContext);
