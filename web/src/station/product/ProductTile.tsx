import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Variant } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, priceBasis } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";

/** The price as one says it: `$1.99`, or `$3.50 / kg`. */
export function usePrice() {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  return (line: Pick<Variant, "unit_price" | "price_quantity" | "unit">) => {
    if (line.unit_price === "") return t("products.noPrice");
    const price = money.decimal(line.unit_price);
    const basis = priceBasis(line.price_quantity, line.unit, locale);
    return basis ? t("products.perUnit", { price, basis }) : price;
  };
}

/** A name that two lines of a narrow tile do not hold. */
const LONG_NAME = 36;
/** Size and colour, not half of a name. */
const LONGEST_TAIL = 26;

/** A long name without its end, and its end, where size and colour stand: what tells two tiles apart is never cut off. */
export function partsOf(name: string): [head: string, tail: string] {
  const parts = name.split(", ");
  if (name.length <= LONG_NAME) return [name, ""];
  for (const count of [2, 1]) {
    const tail = parts.slice(-count).join(", ");
    if (parts.length > count && tail.length <= LONGEST_TAIL) return [name.slice(0, -tail.length), tail];
  }
  return [name, ""];
}

interface ProductTileProps {
  variant: Variant;
  /** A buyer asks what it costs, not what it sells for. */
  hasPrice: boolean;
  onChoose: (variant: Variant) => void;
}

export function ProductTile({ variant, hasPrice, onChoose }: ProductTileProps) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const price = usePrice();
  const isHere = variant.node_rights > 0;
  const [head, tail] = partsOf(variant.name);
  const show = (quantity: number) => formatQuantity(quantity, variant.unit, locale);
  return (
    <button
      type="button"
      onClick={() => onChoose(variant)}
      onKeyDown={moveFocus}
      className="flex h-full min-h-28 w-full flex-col items-start gap-1 rounded-card border border-line bg-surface p-3 text-left shadow-card transition-colors hover:border-pine-line hover:bg-pine-wash active:bg-pine-wash"
    >
      <span className="w-full truncate text-sm text-faint">{variant.category}</span>
      <span className="flex w-full flex-col leading-snug font-medium">
        <span className="line-clamp-2 wrap-anywhere">{head}</span>
        {tail && <span className="wrap-anywhere">{tail}</span>}
      </span>
      <span className="mt-auto flex w-full flex-wrap items-baseline justify-between gap-x-2">
        {hasPrice && <span className="text-lg font-bold">{price(variant)}</span>}
        <span className={isHere ? "text-sm text-soft" : "text-sm font-medium text-amber"}>
          {isHere ? t("products.onHand", { quantity: show(variant.node_rights) }) : t("products.notOnHand")}
        </span>
        {variant.claim_bound > 0 && (
          <span className="w-full text-sm text-sky">{t("products.online", { quantity: show(variant.claim_bound) })}</span>
        )}
      </span>
    </button>
  );
}

/** Arrow keys walk over the tiles as they lie. */
function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  const tiles = [...(event.currentTarget.closest("ul")?.querySelectorAll("button") ?? [])];
  const at = tiles.indexOf(event.currentTarget);
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0]?.offsetTop).length;
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  tiles[at + step]?.focus();
}
