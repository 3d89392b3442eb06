import { useMutation } from "@tanstack/react-query";
import { SearchCheck } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Refusal, Refused } from "../../ui/states";
import { codesOf, lookUp, MOST_CODES, type Found } from "./lookup";

/** SKUs or barcodes as a list, typed, pasted or from a file; what is not known is said by its line. */
export function CodeList({ onFound }: { onFound: (found: Found[]) => void }) {
  const { t } = useTranslation("office");
  const [text, setText] = useState("");
  const { codes, twice } = codesOf(text);
  const looking = useMutation({
    mutationFn: () => lookUp(codes),
    onSuccess: ({ found }) => onFound(found),
  });
  const isTooLong = codes.length > MOST_CODES;
  const unknown = looking.data?.unknown ?? [];
  return (
    <div className="flex flex-col gap-3">
      <CodeText label={t("promotion.goods.upload")} file={t("promotion.goods.file")} hint={t("promotion.goods.uploadHint")} text={text} onChange={setText} />
      {isTooLong && <Refused>{t("promotion.goods.tooMany", { most: MOST_CODES })}</Refused>}
      <Button icon={<SearchCheck aria-hidden className="size-5" />} disabled={looking.isPending || codes.length === 0 || isTooLong} onClick={() => looking.mutate()}>
        {looking.isPending ? t("promotion.goods.looking") : t("promotion.goods.look")}
      </Button>
      <Refusal error={looking.error} />
      <div role="status" className="flex flex-col gap-1">
        {looking.data && <p className="font-medium text-pine">{t("promotion.goods.found", { count: looking.data.found.length })}</p>}
        {looking.data && unknown.length + twice.length > 0 && (
          <ul className="max-h-48 overflow-y-auto text-rust">
            {unknown.map(({ line, code }) => (
              <li key={line}>{t("promotion.goods.unknown", { line, code })}</li>
            ))}
            {twice.map(({ line, code }) => (
              <li key={line} className="text-amber">
                {t("promotion.goods.twice", { line, code })}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

interface CodeTextProps {
  label: string;
  file: string;
  hint?: string;
  text: string;
  onChange: (text: string) => void;
}

/** Codes with one in each line, or a file of them. */
export function CodeText({ label, file, hint, text, onChange }: CodeTextProps) {
  const id = useId();
  return (
    <>
      <div>
        <label htmlFor={id} className="mb-1 block font-medium text-soft">
          {label}
        </label>
        <textarea
          id={id}
          rows={4}
          value={text}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
          className="w-full rounded-field border border-edge bg-surface px-3 py-2 font-mono"
        />
        {hint && <p className="text-sm text-faint">{hint}</p>}
      </div>
      <input
        type="file"
        aria-label={file}
        accept=".csv,.txt,text/plain,text/csv"
        onChange={(event) => {
          void event.target.files?.[0]?.text().then(onChange);
          event.target.value = "";
        }}
        className="min-h-12 w-full rounded-field border border-edge bg-surface px-3 py-2 file:mr-3 file:min-h-8 file:rounded-field file:border-0 file:bg-sunken file:px-3 file:font-medium"
      />
    </>
  );
}
