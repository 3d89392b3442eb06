import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Printer } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { printRoll } from "../../ui/print";
import { Refusal } from "../../ui/states";
import { may, useStation } from "../StationContext";
import { printDocument, prints, type Printable } from "./queries";
import { usePrinter } from "./usePrinter";
import { useReason } from "./useReason";

interface PrintButtonProps {
  what: Printable;
  id: string;
  label: string;
  className?: string;
}

/** Prints a document at this register's printer, says how it goes, and prints copies; without a printer the browser's dialog opens. */
export function PrintButton({ what, id, label, className = "" }: PrintButtonProps) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const client = useQueryClient();
  const printer = usePrinter();
  const say = useReason();
  const [wasPrinted, setPrinted] = useState(false);
  const queue = useQuery(prints);
  const print = queue.data?.find(({ subject_id, what: shown }) => subject_id === id && shown === what);
  const isCopy = what !== "x_report" && (wasPrinted || (print !== undefined && (print.state === "printed" || print.is_uncertain)));
  const isOpen = print !== undefined && (print.state === "waiting" || print.state === "printing" || print.state === "failed");
  const order = useMutation({
    mutationFn: () => printDocument(what, id, isCopy),
    onSettled: () => client.invalidateQueries({ queryKey: ["prints"] }),
    onError: (error) => {
      if (error instanceof Problem && error.code === "print.printed_before") setPrinted(true);
    },
  });
  if (!printer) {
    return (
      <Button className={className} size="large" icon={<Printer aria-hidden className="size-5" />} onClick={printRoll}>
        {label}
      </Button>
    );
  }
  const mayNot = isCopy && !may(session, what === "z_report" ? "shift.count_see" : "receipt.reprint") ? t("prints.mayNotCopy") : null;
  const hint = order.error instanceof Problem && order.error.code === "print.printed_before" ? null : order.error;
  return (
    <div className={`flex flex-col gap-2 ${className}`}>
      {(isOpen || print?.state === "printed") && (
        <p role="status" className={`rounded-field px-3 py-2 text-center font-medium ${print.reason && isOpen ? "bg-amber-wash text-amber" : "bg-sunken text-soft"}`}>
          {say(print)}
        </p>
      )}
      {!isOpen && (
        <Button
          size="large"
          blocked={mayNot}
          disabled={order.isPending}
          icon={<Printer aria-hidden className="size-5" />}
          onClick={() => order.mutate()}
        >
          {isCopy ? t("prints.copy") : label}
        </Button>
      )}
      <Refusal error={hint} />
    </div>
  );
}
