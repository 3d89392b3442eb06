import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Variant } from "../../api/edge";
import { Problem } from "../../api/problem";
import { paths } from "../../paths";
import { beepError } from "../../station/beep";
import { accountsOf, byBarcode } from "../../station/queries";
import { useScan, useStation } from "../../station/StationContext";
import { useGo } from "../../ui/Go";
import { useWording } from "../../ui/useWording";
import { add, emptyBasket, keep, kept, remove, setQuantity, type Basket, type Line } from "./basket";
import type { Closed } from "./queries";

interface BasketActions {
  basket: Basket;
  /** The sale just closed, until the next customer. */
  closed: Closed | null;
  add: (variant: Line["variant"], quantity: number) => void;
  setQuantity: (variant: string, quantity: number) => void;
  remove: (variant: string) => void;
  clear: () => void;
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

  useEffect(() => keep(register, basket), [register, basket]);

  const actions = useMemo<BasketActions>(() => {
    const knowStock = (variant: Line["variant"] & Partial<Variant>) => {
      const { node_rights, claim_bound } = variant;
      if (node_rights !== undefined && claim_bound !== undefined) client.setQueryData(accountsOf(variant.id).queryKey, { node_rights, claim_bound });
    };
    const change = (step: (basket: Basket) => Basket) =>
      setBasket((current) => (current.attempt ? current : step(current)));
    return {
      basket,
      closed,
      add: (variant, quantity) => {
        notify(null);
        setClosed(null);
        knowStock(variant);
        change((current) => add(current, variant, quantity));
      },
      setQuantity: (variant, quantity) => change((current) => setQuantity(current, variant, quantity)),
      remove: (variant) => change((current) => remove(current, variant)),
      clear: () => change((current) => emptyBasket(current.sale)),
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
        void client.fetchQuery(byBarcode(code)).then(
          ({ variant, quantity }) => {
            notify(null);
            setClosed(null);
            knowStock(variant);
            change((current) => add(current, variant, quantity));
            if (location.pathname !== paths.pos.till()) go(paths.pos.till());
          },
          (problem: unknown) => {
            beepError();
            const named = problem instanceof Problem ? withCode(problem, code) : problem;
            notify({ tone: "bad", text: word(named) });
          },
        );
      },
    };
  }, [basket, closed, client, go, notify, t, word]);

  useScan(actions.scan);
  return <BasketContext value={actions}>{children}</BasketContext>;
}

/** The banner names the code that was scanned, whatever the answer says. */
const withCode = (problem: Problem, code: string) =>
  new Problem(problem.code, problem.status, problem.title, { ...problem.figures, code });
