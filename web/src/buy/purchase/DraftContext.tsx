import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PurchaseTicket, Supplier } from "../../api/edge";
import { Problem } from "../../api/problem";
import { paths } from "../../paths";
import { beepError } from "../../station/beep";
import { byBarcode } from "../../station/queries";
import { useScan, useStation } from "../../station/StationContext";
import { useGo } from "../../ui/Go";
import { useWording } from "../../ui/useWording";
import type { Recorded } from "./queries";
import { draftOf, emptyDraft, keep, kept, lastContainer, lastCost, noEntries, rememberContainer, rememberCost, type Draft, type Line } from "./ticket";

interface DraftActions {
  draft: Draft;
  /** The line on the scale: new, or one of the ticket that is being changed. */
  editing: Line | null;
  recorded: Recorded | null;
  setSupplier: (supplier: Supplier | null) => void;
  setDocument: (document: string) => void;
  /** Puts a product on the scale. */
  choose: (variant: Line["variant"]) => void;
  edit: (line: Line | null) => void;
  save: (line: Line) => void;
  remove: (id: string) => void;
  setAttempt: (attempt: Draft["attempt"]) => void;
  finish: (recorded: Recorded) => void;
  next: () => void;
  /** Lays a recorded purchase out again, to be corrected. */
  correct: (ticket: PurchaseTicket) => void;
  /** Leaves it as it is. */
  giveUp: () => void;
  scan: (code: string) => void;
}

const DraftContext = createContext<DraftActions | null>(null);

export function useDraft(): DraftActions {
  const draft = use(DraftContext);
  if (!draft) throw new Error("useDraft outside of the buying station");
  return draft;
}

/** The purchase lives above the pages of the station: a scan reaches it from any of them. */
export function DraftProvider({ children }: { children: ReactNode }) {
  const { session, notify } = useStation();
  const { t } = useTranslation("station");
  const word = useWording();
  const go = useGo();
  const client = useQueryClient();
  const register = session.register.id;
  const [draft, setDraft] = useState(() => kept(register));
  const [editing, setEditing] = useState<Line | null>(null);
  const [recorded, setRecorded] = useState<Recorded | null>(null);

  useEffect(() => keep(register, draft), [register, draft]);

  const actions = useMemo<DraftActions>(() => {
    const change = (step: (draft: Draft) => Draft) => setDraft((current) => (current.attempt ? current : step(current)));
    const choose = ({ id, name, unit }: Line["variant"]) => {
      notify(null);
      setRecorded(null);
      setEditing({ id: crypto.randomUUID(), variant: { id, name, unit }, container: lastContainer(id), entries: { ...noEntries, cost: lastCost(id) } });
    };
    return {
      draft,
      editing,
      recorded,
      setSupplier: (supplier) => change((current) => ({ ...current, supplier })),
      setDocument: (document) => change((current) => ({ ...current, document })),
      choose,
      edit: setEditing,
      save: (line) => {
        rememberCost(line.variant.id, line.entries.cost);
        rememberContainer(line.variant.id, line.container ?? null);
        setEditing(null);
        change((current) => {
          const isNew = current.lines.every((other) => other.id !== line.id);
          const lines = isNew
            ? [...current.lines, line]
            : current.lines.map((other) => (other.id === line.id ? line : other));
          return { ...current, lines };
        });
      },
      remove: (id) => change((current) => ({ ...current, lines: current.lines.filter((line) => line.id !== id) })),
      setAttempt: (attempt) => setDraft((current) => ({ ...current, attempt })),
      finish: (done) => {
        setRecorded(done);
        setDraft(emptyDraft());
        setEditing(null);
      },
      next: () => setRecorded(null),
      correct: (ticket) => {
        setRecorded(null);
        setEditing(null);
        setDraft(draftOf(ticket));
      },
      giveUp: () => {
        setEditing(null);
        setDraft(emptyDraft());
      },
      scan: (code) => {
        if (draft.attempt) {
          beepError();
          notify({ tone: "warn", text: t("scan.busy", { code }) });
          return;
        }
        void client.fetchQuery(byBarcode(code)).then(
          ({ variant }) => {
            choose(variant);
            if (location.pathname !== paths.buy.station()) go(paths.buy.station());
          },
          (problem: unknown) => {
            beepError();
            const named =
              problem instanceof Problem
                ? new Problem(problem.code, problem.status, problem.title, { ...problem.figures, code })
                : problem;
            notify({ tone: "bad", text: word(named) });
          },
        );
      },
    };
  }, [draft, editing, recorded, client, go, notify, t, word]);

  useScan(actions.scan);
  return <DraftContext value={actions}>{children}</DraftContext>;
}
