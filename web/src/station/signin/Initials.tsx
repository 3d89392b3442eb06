/** The hue comes from the id, so that a person keeps a colour on every till. */
export function Initials({ id, text }: { id: string; text: string }) {
  let hue = 0;
  for (const letter of id) hue = (hue * 137 + letter.charCodeAt(0) * 47) % 360;
  return (
    <span
      aria-hidden
      className="grid size-14 place-items-center rounded-full text-lg font-semibold text-white"
      style={{ backgroundColor: `oklch(0.47 0.075 ${hue})` }}
    >
      {text}
    </span>
  );
}
