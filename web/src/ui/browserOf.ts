/** `Firefox · Linux`: what of a user agent people know. */
export function browserOf(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(agent)?.[1];
  return [browser && (names[browser] ?? browser), system].filter(Boolean).join(" · ") || agent.slice(0, 60);
}
