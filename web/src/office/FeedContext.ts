import { createContext } from "react";

import type { LiveSale } from "./live/useOfficeLive";

/** The last sales of all branches, newest first. */
export const FeedContext = createContext<LiveSale[]>([]);
