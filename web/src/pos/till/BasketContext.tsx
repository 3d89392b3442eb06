import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Patron, RecalledBasket, ShownVoucher, Variant } from "../../api/edge";
import { Problem } from "../../api/problem";
import { paths } from "../../paths";
import { beepError } from "../../station/beep";
import { accountsOf, byBarcode } from "../../station/queries";
import { useScan, useStation } from "../../station/StationContext";
import { useGo } from "../../ui/Go";
import { useWording } from "../../ui/useWording";
import { isReceiptNumber } from "../returns/back";
import { add, begun, emptyBasket, fromRecalled, keep, keepAtMost, kept, makeCheaper, makePlain, setQuantity, show, takeBack, type Basket, type Line } from "./basket";
import { showVoucher, type Closed } from "./queries";
import { looksLikeVoucher } from "./voucher";

/** What is to be taken out: so much of each line, or all of it. */
export interface Going {
  isWhole: boolean;
  quantities: Record<string, number>;
}

/** A question about the basket that stands. */
export type Ask = { kind: "void"; going: Going } | { kind: "cheaper"; key: string } | { kind: "park" } | { kind: "parked" } | { kind: "patron" } | { kind: "voucher" };

interface BasketActions {
  basket: Basket;
  /** The sale just closed, until the next customer. */
  closed: Closed | null;
  add: (variant: Line["variant"], quantity: number) => void;
  /** More of a line; less of it is asked about first, as it is a void. */
  setQuantity: (key: string, quantity: number) => void;
  /** What the till has no right to sell goes. */
  keepAtMost: (variant: string, most: number) => void;
  /** What was voided goes. */
  takeOut: (going: Going) => void;
  makeCheaper: (key: string, approval: string) => void;
  makePlain: (key: string) => void;
  /** It waits elsewhere: the next one begins. */
  leave: () => void;
  /** One that waited is here again. */
  load: (recalled: RecalledBasket) => void;
  /** Somebody buys, or nobody whom the till knows. */
  setPatron: (patron: Patron | null) => void;
  /** What a voucher opens counts from now on, or no more. */
  showVoucher: (voucher: ShownVoucher) => void;
  takeVoucherBack: (voucher: string) => void;
  ask: Ask | null;
  setAsk: (ask: Ask | null) => void;
  /** Remembers a payment on its way, or that it was refused. */
  setAttempt: (attempt: Basket["attempt"]) => void;
  close: (closed: Closed) => void;
  next: () => void;
  /** Looks a code up and adds what it stands for. */
  scan: (code: string) => void;
}

const BasketContext = createContext<BasketActions | null>(null);

export function useBasket(): BasketActions {
  const basket = use(BasketContext);
  if (!basket) throw new Error("useBasket outside of the till");
  return basket;
}

/** The basket lives above the pages of the till: a scan reaches it from any of them. */
export function BasketProvider({ children }: { children: ReactNode }) {
  const { session, notify } = useStation();
  const { t } = useTranslation("station");
  const word = useWording();
  const go = useGo();
  const client = useQueryClient();
  const register = session.register.id;
  const [basket, setBasket] = useState(() => kept(register));
  const [closed, setClosed] = useState<Closed | null>(null);
  const [ask, setAsk] = useState<Ask | null>(null);

  useEffect(() => keep(register, basket), [register, basket]);

  const actions = useMemo<BasketActions>(() => {
    const knowStock = (variant: Line["variant"] & Partial<Variant>) => {
      const { node_rights, claim_bound } = variant;
      if (node_rights !== undefined && claim_bound !== undefined) client.setQueryData(accountsOf(variant.id).queryKey, { node_rights, claim_bound });
    };
    const change = (step: (basket: Basket) => Basket) =>
      setBasket((current) => (current.attempt ? current : begun(step(current))));
    const showIt = (voucher: ShownVoucher) => {
      notify(null);
      setClosed(null);
      change((current) => show(current, voucher));
    };
    return {
      basket,
      closed,
      add: (variant, quantity) => {
        notify(null);
        setClosed(null);
        knowStock(variant);
        change((current) => add(current, variant, quantity));
      },
      setQuantity: (key, quantity) => {
        const line = basket.lines.find((one) => one.key === key);
        if (!line || basket.attempt) return;
        if (quantity < line.quantity) setAsk({ kind: "void", going: { isWhole: false, quantities: { [key]: line.quantity - Math.max(0, quantity) } } });
        else change((current) => setQuantity(current, key, quantity));
      },
      keepAtMost: (variant, most) => change((current) => keepAtMost(current, variant, most)),
      takeOut: (going) => change((current) => takeOut(current, going)),
      makeCheaper: (key, approval) => change((current) => makeCheaper(current, key, approval)),
      makePlain: (key) => change((current) => makePlain(current, key)),
      leave: () => setBasket(emptyBasket()),
      load: (recalled) => {
        notify(null);
        setClosed(null);
        setBasket(fromRecalled(recalled));
      },
      setPatron: (patron) => {
        notify(null);
        setClosed(null);
        change((current) => ({ ...current, patron }));
      },
      showVoucher: showIt,
      takeVoucherBack: (voucher) => change((current) => takeBack(current, voucher)),
      ask,
      setAsk,
      setAttempt: (attempt) => setBasket((current) => ({ ...current, attempt })),
      close: (sale) => {
        notify(null);
        setClosed(sale);
        setBasket(emptyBasket());
      },
      next: () => setClosed(null),
      scan: (code) => {
        if (basket.attempt) {
          beepError();
          notify({ tone: "warn", text: t("scan.busy", { code }) });
          return;
        }
        // The code of a receipt: somebody brings something back.
        if (isReceiptNumber(code)) {
          notify(null);
          go(paths.pos.returns(code.trim().toUpperCase()));
          return;
        }
        void client.fetchQuery(byBarcode(code)).then(
          ({ variant, quantity }) => {
            notify(null);
            setClosed(null);
            knowStock(variant);
            change((current) => add(current, variant, quantity));
            if (location.pathname !== paths.pos.till()) go(paths.pos.till());
          },
          async (problem: unknown) => {
            let refusal = problem;
            // No product: it may be a voucher.
            if (problem instanceof Problem && !problem.isUncertain && looksLikeVoucher(code)) {
              try {
                showIt(await showVoucher(basket, code));
                if (location.pathname !== paths.pos.till()) go(paths.pos.till());
                return;
              } catch (other) {
                refusal = other;
              }
            }
            beepError();
            notify({ tone: "bad", text: word(refusal instanceof Problem ? withCode(refusal, code) : refusal) });
          },
        );
      },
    };
  }, [ask, basket, closed, client, go, notify, t, word]);

  useScan(actions.scan);
  return <BasketContext value={actions}>{children}</BasketContext>;
}

/** Without what was voided; of a basket that was voided whole nothing is left, not even its id. */
function takeOut(basket: Basket, { isWhole, quantities }: Going): Basket {
  if (isWhole) return emptyBasket();
  return basket.lines.reduce((left, { key, quantity }) => {
    const gone = quantities[key] ?? 0;
    return gone > 0 ? setQuantity(left, key, quantity - gone) : left;
  }, basket);
}

/** The banner names the code that was scanned, whatever the answer says. */
const withCode = (problem: Problem, code: string) =>
  new Problem(problem.code, problem.status, problem.title, { ...problem.figures, code });
