import { Check, Pencil, X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { useEditing } from "./EditorContext";
import { WrongList } from "./Fields";
import { GoodsDialog } from "./GoodsDialog";
import { isNamed, type Goods } from "./goods";
import { sayGoods, type Words } from "./sentence";

interface GoodsFieldProps {
  label: string;
  /** Its place in the document. */
  field: string;
  value: Goods;
  onChange: (goods: Goods) => void;
  words: Words;
}

/** Which goods, in words; a touch opens the choice. */
export function GoodsField({ label, field, value, onChange, words }: GoodsFieldProps) {
  const { t } = useTranslation("office");
  const id = useId();
  const { isLocked } = useEditing();
  const [isOpen, setOpen] = useState(false);
  const said = sayGoods(value, words);
  const isAll = !isNamed(value.any) && !isNamed(value.but);
  return (
    <div className="min-w-0">
      <p id={id} className="mb-1 font-medium text-soft">
        {label}
      </p>
      <div className="flex gap-2">
        <button
          type="button"
          disabled={isLocked}
          aria-label={`${label}: ${said}`}
          onClick={() => setOpen(true)}
          className="flex min-h-12 min-w-0 flex-1 items-center gap-2 rounded-field border border-edge bg-surface px-3 py-1.5 text-left font-medium hover:bg-sunken disabled:bg-sunken disabled:text-soft"
        >
          {isAll ? <Check aria-hidden className="size-5 shrink-0 text-soft" /> : <Pencil aria-hidden className="size-5 shrink-0 text-soft" />}
          <span className="min-w-0 flex-1 wrap-anywhere first-letter:uppercase">{said}</span>
        </button>
        {!isAll && !isLocked && (
          <Button aria-label={`${label}: ${t("promotion.goods.everything")}`} className="px-0!" onClick={() => onChange({ any: {}, but: {} })}>
            <X aria-hidden className="size-5" />
          </Button>
        )}
      </div>
      <div className="mt-1">
        <WrongList place={field} isDeep />
      </div>
      {isOpen && <GoodsDialog label={label} value={value} onChange={onChange} words={words} onClose={() => setOpen(false)} />}
    </div>
  );
}
