import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Printer, PrinterOfRegister } from "../../api/edge";
import { languages } from "../../i18n";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useStation } from "../StationContext";
import { Check, Field, Pick } from "./Field";
import { printTest, removePrinter, setPrinter } from "./queries";

const USUAL_PORT = 9100;

/** The network printer of a register. */
export function PrinterDialog({ station, onClose }: { station: PrinterOfRegister; onClose: () => void }) {
  const { t } = useTranslation("station");
  const { notify } = useStation();
  const locale = useLocale();
  const client = useQueryClient();
  const register = station.register.id;
  const [printer, setDraft] = useState<Printer>(
    station.printer ?? { host: "", port: USUAL_PORT, width: "mm80", language: locale, has_drawer: true, has_knife: true, is_automatic: true },
  );
  const change = (part: Partial<Printer>) => setDraft((draft) => ({ ...draft, ...part }));
  const done = () => client.invalidateQueries({ queryKey: ["printers"] });
  const save = useMutation({
    mutationFn: async (isTested: boolean) => {
      await setPrinter(register, { ...printer, host: printer.host.trim() });
      if (isTested) await printTest(register);
    },
    onSuccess: async (_, isTested) => {
      await done();
      void client.invalidateQueries({ queryKey: ["prints"] });
      if (isTested) notify({ tone: "note", text: t("prints.testSent") });
      onClose();
    },
  });
  const remove = useMutation({
    mutationFn: () => removePrinter(register),
    onSuccess: async () => {
      await done();
      onClose();
    },
  });
  const isBusy = save.isPending || remove.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(false);
  };
  return (
    <Dialog title={t("prints.setOf", { name: station.register.name })} onClose={onClose} isBusy={isBusy} className="sm:max-w-lg">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid grid-cols-[1fr_7rem] gap-3">
          <Field label={t("prints.host")} required maxLength={253} value={printer.host} onChange={(event) => change({ host: event.target.value })} />
          <Field
            label={t("prints.port")}
            type="number"
            min={1}
            max={65535}
            required
            value={printer.port}
            onChange={(event) => change({ port: event.target.valueAsNumber || 0 })}
          />
        </div>
        <Pick
          label={t("prints.paper")}
          value={printer.width}
          options={[
            ["mm80", t("prints.width.mm80")],
            ["mm58", t("prints.width.mm58")],
          ]}
          onChange={(width) => change({ width })}
        />
        <Pick
          label={t("prints.language")}
          value={printer.language}
          options={Object.entries(languages) as [Printer["language"], string][]}
          onChange={(language) => change({ language })}
        />
        <div>
          <Check label={t("prints.automatic")} isOn={printer.is_automatic} onChange={(is_automatic) => change({ is_automatic })} />
          <Check label={t("prints.drawer")} isOn={printer.has_drawer} onChange={(has_drawer) => change({ has_drawer })} />
          <Check label={t("prints.knife")} isOn={printer.has_knife} onChange={(has_knife) => change({ has_knife })} />
        </div>
        <Refusal error={save.error ?? remove.error} />
        <div className="flex flex-wrap gap-3">
          <Button kind="primary" size="large" className="flex-1" type="submit" disabled={isBusy}>
            {t("save", { ns: "common" })}
          </Button>
          <Button size="large" disabled={isBusy || printer.host.trim() === ""} onClick={() => save.mutate(true)}>
            {t("prints.test")}
          </Button>
          {station.printer && (
            <Button size="large" disabled={isBusy} onClick={() => remove.mutate()}>
              {t("prints.remove")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
