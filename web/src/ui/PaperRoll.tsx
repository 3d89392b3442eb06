import { clsx } from "clsx";
import type { ReactNode } from "react";

/** A strip of paper, on the screen and out of an 80 mm printer. */
export function PaperRoll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <article
      aria-label={label}
      className="print-roll mx-auto w-full max-w-88 rounded-t-sm bg-white px-6 pt-6 pb-7 leading-snug shadow-card"
    >
      {children}
    </article>
  );
}

export function PaperHead({ name, children }: { name: string; children: ReactNode }) {
  return (
    <header className="border-b border-dashed border-edge pb-3 text-center text-sm">
      <p className="text-lg font-bold">{name}</p>
      {children}
    </header>
  );
}

interface PaperFigureProps {
  name: string;
  value: string;
  isStrong?: boolean;
  isQuiet?: boolean;
}

export function PaperFigure({ name, value, isStrong = false, isQuiet = false }: PaperFigureProps) {
  return (
    <div className={clsx("flex justify-between gap-3", isStrong && "text-lg font-bold", isQuiet && "text-sm text-soft")}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
