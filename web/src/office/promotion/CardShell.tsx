import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Button, IconButton } from "../../ui/Button";
import { useEditing } from "./EditorContext";
import { WrongList } from "./Fields";

interface CardShellProps {
  /** What a screen reader calls the card, with its number. */
  label: string;
  title: string;
  /** What it says, as a sentence. */
  sentence: string;
  removeLabel: string;
  onRemove: () => void;
  /** Its place in the document. */
  place: string;
  children?: ReactNode;
}

/** One sentence of a promotion as a card: the fields, and how it reads. */
export function CardShell({ label, title, sentence, removeLabel, onRemove, place, children }: CardShellProps) {
  const { isLocked } = useEditing();
  return (
    <li>
      <section aria-label={label} className="rounded-card border border-line bg-surface shadow-card">
        <header className="flex min-h-14 items-center gap-3 pt-1 pr-1 pl-4">
          <h3 className="flex-1 font-semibold">{title}</h3>
          {!isLocked && (
            <IconButton label={removeLabel} onClick={onRemove}>
              <Trash2 aria-hidden className="size-5" />
            </IconButton>
          )}
        </header>
        <div className="flex flex-col gap-4 px-4 pb-4">
          {children}
          <WrongList place={place} />
          <p className="rounded-field bg-sunken px-3 py-2 text-soft first-letter:uppercase">{sentence}</p>
        </div>
      </section>
    </li>
  );
}

/** What may be added, each a button to touch. */
export function AddCards<T extends string>({ label, offers, word, onAdd }: { label: string; offers: readonly T[]; word: (offer: T) => string; onAdd: (offer: T) => void }) {
  const { isLocked } = useEditing();
  if (isLocked || offers.length === 0) return null;
  return (
    <div role="group" aria-label={label}>
      <p className="mb-1.5 font-medium text-soft">{label}</p>
      <div className="flex flex-wrap gap-2">
        {offers.map((offer) => (
          <Button key={offer} className="border-dashed" onClick={() => onAdd(offer)}>
            + {word(offer)}
          </Button>
        ))}
      </div>
    </div>
  );
}

/** What the page cannot show. */
export function OtherNote({ what }: { what: string }) {
  const { t } = useTranslation("office");
  return <p className="text-soft">{t("promotion.other", { what })}</p>;
}
