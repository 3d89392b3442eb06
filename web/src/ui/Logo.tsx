/** A branch leaving the line. */
export function Logo({ className = "size-8" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <path d="M10 6v20M10 20c0-6 12-4 12-11" fill="none" stroke="var(--color-mint)" strokeWidth="3" strokeLinecap="round" />
      <circle cx="22" cy="8" r="3" fill="var(--color-gold)" />
      <circle cx="10" cy="26" r="3" fill="var(--color-mint)" />
    </svg>
  );
}
