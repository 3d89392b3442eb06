import { clsx } from "clsx";
import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";

import { changedLines, faultOf } from "./json";

interface JsonEditorProps {
  label: string;
  text: string;
  /** What it was, to mark what is changed. */
  original: string;
  onChange: (text: string) => void;
  isReadOnly: boolean;
}

const MOST_ROWS = 28;

/** Text with numbered lines: what is wrong is marked as one types, and what is changed. */
export function JsonEditor({ label, text, original, onChange, isReadOnly }: JsonEditorProps) {
  const { t } = useTranslation("office");
  const id = useId();
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n");
  const fault = faultOf(text);
  const changed = changedLines(original, text);
  const follow = (top: number) => {
    if (gutter.current) gutter.current.scrollTop = top;
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <div className={clsx("flex overflow-hidden rounded-field border-2 bg-surface font-mono text-sm leading-6", fault ? "border-rust" : "border-edge focus-within:border-pine")}>
        <div
          ref={gutter}
          aria-hidden
          className="overflow-hidden border-r border-line bg-paper py-2 text-right text-faint select-none"
          style={{ maxHeight: `${MOST_ROWS * 1.5 + 1}rem` }}
        >
          {lines.map((_, at) => (
            <div
              // Lines have no other name than their number.
              // oxlint-disable-next-line react/no-array-index-key
              key={at}
              className={clsx("px-3", fault?.line === at + 1 ? "bg-rust text-white" : changed.has(at + 1) && "bg-amber-wash font-bold text-amber")}
            >
              {at + 1}
            </div>
          ))}
        </div>
        <textarea
          id={id}
          value={text}
          readOnly={isReadOnly}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          rows={Math.min(Math.max(lines.length, 6), MOST_ROWS)}
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => follow(event.currentTarget.scrollTop)}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-state`}
          className="min-w-0 flex-1 resize-none overflow-auto bg-transparent px-3 py-2 whitespace-pre outline-none"
        />
      </div>
      <p id={`${id}-state`} role="status" className={clsx("mt-1 text-sm wrap-anywhere", fault ? "font-medium text-rust" : "text-pine")}>
        {fault ? t("held.line", { line: fault.line, text: fault.text || t("held.notJson") }) : t("held.validJson")}
      </p>
    </div>
  );
}
