import { clsx } from "clsx";
import { CircleCheck, CircleDashed } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Override, Shortage, ShortageAnswer } from "../../api/edge";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useBasket } from "../till/BasketContext";
import { CountStep } from "./CountStep";
import { DecisionStep } from "./DecisionStep";
import { FoundStep } from "./FoundStep";
import { answer, answersOf, ask, current, needsSupervisor, skipCount, type Question } from "./shortage";
import { SupervisorStep } from "./SupervisorStep";

interface ShortageDialogProps {
  shortages: Shortage[];
  /** What had been answered when the edge asked on. */
  before: Question[];
  /** What the edge said to the last answer, when it was no further question: a wrong PIN. */
  error: unknown;
  isSending: boolean;
  onAnswer: (questions: Question[], answers: ShortageAnswer[], override?: Override) => void;
  /** The item is off the sale or fewer of it are in it: the rest may be paid. */
  onTakenOff: () => void;
  onClose: () => void;
}

/** The item is in the customer's hand and the books have none: one calm question after the other, and always a way back. */
export function ShortageDialog({ shortages, before, error, isSending, onAnswer, onTakenOff, onClose }: ShortageDialogProps) {
  const { t } = useTranslation("station");
  const { keepAtMost } = useBasket();
  const [questions, setQuestions] = useState(() => ask(shortages, before));
  const open = current(questions);

  const step = (next: Question[]) => {
    setQuestions(next);
    if (!current(next) && !needsSupervisor(next)) onAnswer(next, answersOf(next));
  };
  const give = (given: ShortageAnswer["answer"], counted?: number) => open && step(answer(questions, open.shortage.variant_id, given, counted));
  // What the till may sell stays in the basket; the total changes, so the customer pays the new one.
  const takeOff = (shortage: Shortage) => {
    keepAtMost(shortage.variant_id, Math.max(0, shortage.rights));
    onTakenOff();
  };
  const asked = open?.shortage ?? questions.findLast(({ answer: given }) => given?.answer === "override")?.shortage;
  return (
    <Dialog title={t("shortage.title", { count: questions.length })} onClose={onClose} isBusy={isSending} className="sm:max-w-3xl">
      <div className="flex flex-col gap-4">
        {questions.length > 1 && <Items questions={questions} open={open} />}
        {questions.length === 1 && asked && <ItemName shortage={asked} />}
        {!needsSupervisor(questions) && <Refusal error={error} />}
        {open?.step === "found" && <FoundStep key={open.shortage.variant_id} shortage={open.shortage} isBusy={isSending} onFound={() => give("found")} />}
        {open?.step === "count" && (
          <CountStep
            key={open.shortage.variant_id}
            shortage={open.shortage}
            isBusy={isSending}
            onCounted={(counted) => give("counted", counted)}
            onSkip={() => setQuestions(skipCount(questions, open.shortage.variant_id))}
          />
        )}
        {open?.step === "override" && <DecisionStep key={open.shortage.variant_id} question={open} onAsk={() => give("override", open.counted ?? undefined)} />}
        {!open && needsSupervisor(questions) && (
          <SupervisorStep error={error} isSending={isSending} onDecide={(override) => onAnswer(questions, answersOf(questions), override)} />
        )}
        {!open && !needsSupervisor(questions) && isSending && (
          <p role="status" className="py-6 text-center text-lg text-soft">
            {t("shortage.checking")}
          </p>
        )}
        {asked && (
          <div className="flex flex-wrap gap-3 border-t border-line pt-4">
            <Button className="flex-1 basis-60" size="large" disabled={isSending} onClick={() => takeOff(asked)}>
              <TakeOff shortage={asked} />
            </Button>
            <Button kind="quiet" size="large" disabled={isSending} onClick={onClose}>
              {t("shortage.backToBasket")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function TakeOff({ shortage }: { shortage: Shortage }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  if (shortage.rights <= 0) return t("shortage.takeOff");
  return t("shortage.sellOnly", { quantity: formatQuantity(shortage.rights, shortage.unit, locale) });
}

function ItemName({ shortage }: { shortage: Shortage }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  return (
    <p>
      <span className="block text-2xl leading-tight font-semibold wrap-anywhere">{shortage.name}</span>
      <span className="text-soft">{t("shortage.needed", { quantity: formatQuantity(shortage.needed, shortage.unit, locale) })}</span>
    </p>
  );
}

/** Every item with where it stands; the one that is asked about is marked. */
function Items({ questions, open }: { questions: Question[]; open: Question | undefined }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  return (
    <ol className="flex flex-col gap-2">
      {questions.map((question) => {
        const { shortage, answer: given } = question;
        const isOpen = question === open;
        const Icon = given ? CircleCheck : CircleDashed;
        return (
          <li
            key={shortage.variant_id}
            aria-current={isOpen ? "step" : undefined}
            className={clsx("flex items-center gap-3 rounded-field border px-4 py-2.5", isOpen ? "border-pine bg-pine-wash" : "border-line bg-paper")}
          >
            <Icon aria-hidden className={clsx("size-5 shrink-0", given ? "text-pine" : "text-faint")} />
            <span className={clsx("min-w-0 flex-1 wrap-anywhere", isOpen ? "text-lg font-semibold" : "font-medium")}>{shortage.name}</span>
            <span className="shrink-0 text-sm text-soft">
              {given ? t(`shortage.answered.${given.answer}`) : t("shortage.needed", { quantity: formatQuantity(shortage.needed, shortage.unit, locale) })}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
