import type { StockItem } from "../../api/cloud";
import { isMeasured } from "../../format/quantity";

/** Goods in a cart that is composed at the office. */
export interface CartLine {
  item: StockItem;
  quantity: number;
}

/** What one tap adds of goods by measure: half a kilogram, half a litre. */
const MEASURED_STEP = 500;
export const stepOf = (unit: string) => (isMeasured(unit) ? MEASURED_STEP : 1);
