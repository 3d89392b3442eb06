/** Large enough to read across the counter, and never wider than its place: seven digits of dong as well as `$3.54`. The place is a container. */
export function LargeAmount({ text }: { text: string }) {
  return (
    <span className="block font-bold tracking-tight whitespace-nowrap" style={{ fontSize: `clamp(2rem, ${Math.round(160 / text.length)}cqi, 9rem)` }}>
      {text}
    </span>
  );
}
