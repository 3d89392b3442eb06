import { Search } from "lucide-react";
import { useState } from "react";

/** Searches when one has stopped typing; Enter is quicker. */
const PAUSE_MS = 350;

export function SearchField({ label, value, onSearch }: { label: string; value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  const change = (typed: string) => {
    setText(typed);
    clearTimeout(timer);
    setTimer(setTimeout(() => onSearch(typed.trim()), PAUSE_MS));
  };
  return (
    <form
      role="search"
      className="relative w-full sm:w-64"
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(timer);
        onSearch(text.trim());
      }}
    >
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => change(event.target.value)}
        className="min-h-12 w-full rounded-field border border-edge bg-surface pr-3 pl-11"
      />
    </form>
  );
}
