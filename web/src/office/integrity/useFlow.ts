import { useState } from "react";

export interface Sample {
  at: number;
  count: number;
}

/** Five minutes at one sample a second. */
const MOST = 300;

/** What a figure has been since the page was opened. */
export function useFlow(at: string | undefined, count: number | undefined): Sample[] {
  const [samples, setSamples] = useState<Sample[]>([]);
  const moment = at === undefined ? 0 : Date.parse(at);
  if (at !== undefined && count !== undefined && samples.at(-1)?.at !== moment) {
    setSamples([...samples, { at: moment, count }].slice(-MOST));
  }
  return samples;
}
