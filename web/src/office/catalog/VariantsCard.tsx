import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Card } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { emptyVariant, type Draft, type VariantDraft } from "./draft";

interface VariantsCardProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  mayPrice: boolean;
}

/** What is sold: an SKU, barcodes and a price for each. */
export function VariantsCard({ draft, change, mayPrice }: VariantsCardProps) {
  const { t } = useTranslation("office");
  const [forAll, setForAll] = useState("");
  const set = (id: string, part: Partial<VariantDraft>) =>
    change({ variants: draft.variants.map((variant) => (variant.id === id ? { ...variant, ...part } : variant)) });
  const isMatrix = draft.options.length > 0;
  return (
    <Card title={t("catalog.variants")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {mayPrice && draft.variants.length > 1 && (
          <div className="flex flex-wrap items-end gap-3">
            <TextField label={t("catalog.priceForAll")} value={forAll} onChange={setForAll} />
            <Button onClick={() => change({ variants: draft.variants.map((variant) => ({ ...variant, price: forAll })) })}>{t("catalog.take")}</Button>
          </div>
        )}
        <ul className="flex flex-col divide-y divide-line">
          {draft.variants.map((variant) => (
            <li key={variant.id}>
              <fieldset className="grid items-end gap-3 py-3 sm:grid-cols-[1fr_1.4fr_8rem_auto]">
                <legend className="font-semibold">{variant.options.join(" · ") || variant.name || draft.name || t("catalog.variant")}</legend>
                <TextField label={t("catalog.sku")} value={variant.sku} onChange={(sku) => set(variant.id, { sku })} isMono />
                <TextField label={t("catalog.barcodes")} value={variant.barcodes} onChange={(barcodes) => set(variant.id, { barcodes })} isMono />
                <TextField label={t("catalog.price")} value={variant.price} onChange={(price) => set(variant.id, { price })} isReadOnly={!mayPrice} />
                <label className="flex min-h-12 cursor-pointer items-center gap-2">
                  <input
                    type="checkbox"
                    checked={variant.active}
                    onChange={(event) => set(variant.id, { active: event.target.checked })}
                    className="size-5 accent-pine"
                  />
                  {t("catalog.sold")}
                </label>
              </fieldset>
            </li>
          ))}
        </ul>
        {!isMatrix && (
          <Button
            className="self-start"
            icon={<Plus aria-hidden className="size-5" />}
            onClick={() => change({ variants: [...draft.variants, emptyVariant()] })}
          >
            {t("catalog.addVariant")}
          </Button>
        )}
      </div>
    </Card>
  );
}
