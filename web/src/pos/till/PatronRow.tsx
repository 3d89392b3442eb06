import { UserRound, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button, IconButton } from "../../ui/Button";
import { useBasket } from "./BasketContext";
import { patronText } from "./patron";

/** Who buys, at the head of the basket; or the way to say it. */
export function PatronRow() {
  const { t } = useTranslation("station");
  const { basket, setAsk, setPatron } = useBasket();
  const { patron } = basket;
  return (
    <div className="flex min-h-14 items-center gap-2 border-b border-line pr-2 pl-3">
      <Button
        kind="quiet"
        className="min-w-0 flex-1 justify-start"
        aria-keyshortcuts="F2"
        disabled={basket.attempt !== null}
        icon={<UserRound aria-hidden className="size-5 shrink-0" />}
        onClick={() => setAsk({ kind: "patron" })}
      >
        <span className="truncate">{patron ? <><span className="sr-only">{t("patron.title")}: </span>{patronText(patron)}</> : t("patron.title")}</span>
      </Button>
      {patron && (
        <IconButton label={t("patron.remove")} disabled={basket.attempt !== null} onClick={() => setPatron(null)}>
          <X aria-hidden className="size-5" />
        </IconButton>
      )}
    </div>
  );
}
