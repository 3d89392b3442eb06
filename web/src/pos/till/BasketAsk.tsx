import { useBasket } from "./BasketContext";
import { CheaperDialog } from "./CheaperDialog";
import { LineVoidDialog } from "./LineVoidDialog";
import { ParkDialog } from "./ParkDialog";
import { ParkedDialog } from "./ParkedDialog";
import { PatronDialog } from "./PatronDialog";
import { VoucherDialog } from "./VoucherDialog";

/** The question about the basket that stands, above whichever page asked it. */
export function BasketAsk() {
  const { basket, ask, setAsk } = useBasket();
  const close = () => setAsk(null);
  if (ask?.kind === "void") return <LineVoidDialog going={ask.going} onClose={close} />;
  if (ask?.kind === "park") return <ParkDialog onClose={close} />;
  if (ask?.kind === "parked") return <ParkedDialog onClose={close} />;
  if (ask?.kind === "patron") return <PatronDialog onClose={close} />;
  if (ask?.kind === "voucher") return <VoucherDialog onClose={close} />;
  const line = ask?.kind === "cheaper" ? basket.lines.find(({ key }) => key === ask.key) : undefined;
  return line ? <CheaperDialog line={line} onClose={close} /> : null;
}
