import { CloseShiftPage } from "../../station/shift/CloseShiftPage";
import { useBasket } from "../till/BasketContext";

export function ShiftPage() {
  const { basket } = useBasket();
  return <CloseShiftPage hasBasket={basket.lines.length > 0} />;
}
