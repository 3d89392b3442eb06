import { useMutation } from "@tanstack/react-query";
import { Grid3x3, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { Card } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { partsOf, withCells, type Draft, type OptionDraft } from "./draft";
import { makeMatrix } from "./queries";

const MOST_OPTIONS = 3;

/** In what the variants differ: size, colour. Makes a variant of every cell. */
export function OptionsCard({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  const { t } = useTranslation("office");
  const [pattern, setPattern] = useState("");
  const set = (place: number, part: Partial<OptionDraft>) =>
    change({ options: draft.options.map((option, at) => (at === place ? { ...option, ...part } : option)) });
  const making = useMutation({
    mutationFn: () => {
      const options = draft.options.map(({ name, choices }) => ({ name: name.trim(), choices: partsOf(choices) }));
      return makeMatrix(options, pattern.trim());
    },
    onSuccess: (cells) => change({ variants: withCells(draft.variants, cells) }),
  });
  const missing = draft.options.every(({ name, choices }) => name.trim() && partsOf(choices).length > 0) ? null : t("catalog.optionMissing");
  return (
    <Card title={t("catalog.options")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {draft.options.length === 0 && <p className="text-soft">{t("catalog.optionsHint")}</p>}
        {draft.options.map((option, place) => (
          // An option has no other name than its place.
          // oxlint-disable-next-line no-array-index-key
          <div key={place} className="grid gap-3 sm:grid-cols-[12rem_1fr]">
            <TextField label={t("catalog.optionName", { number: place + 1 })} value={option.name} onChange={(name) => set(place, { name })} />
            <TextField
              label={t("catalog.optionChoices", { number: place + 1 })}
              hint={t("catalog.commas")}
              value={option.choices}
              onChange={(choices) => set(place, { choices })}
            />
          </div>
        ))}
        {draft.options.length > 0 && <TextField label={t("catalog.pattern")} hint={t("catalog.patternHint")} value={pattern} onChange={setPattern} isMono />}
        <Refusal error={making.error} />
        <div className="flex flex-wrap gap-3">
          {draft.options.length < MOST_OPTIONS && (
            <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => change({ options: [...draft.options, { name: "", choices: "" }] })}>
              {t("catalog.addOption")}
            </Button>
          )}
          {draft.options.length > 0 && (
            <Button icon={<Grid3x3 aria-hidden className="size-5" />} blocked={missing} disabled={making.isPending} onClick={() => making.mutate()}>
              {t("catalog.makeVariants")}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}
