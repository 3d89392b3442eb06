import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { Chip } from "../ui/Chip";
import { Card } from "../ui/PageHead";
import { CodeField } from "../session/CodeField";
import { beginFactor, confirmFactor, myFactor, removeFactor, renewCodes } from "./queries";

/**
 * Codes of an authenticator beside the password, and what helps when the telephone is lost. `onSetUp` leads on where one
 * has to be set up first: the recovery codes are shown once, and stay until somebody goes on.
 */
export function FactorCard({ onSetUp }: { onSetUp?: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const found = useQuery(myFactor);
  const refresh = () => {
    for (const key of ["my-factor", "my-sessions"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useMutation({ mutationFn: beginFactor });
  const renew = useMutation({ mutationFn: renewCodes, onSuccess: (made) => setCodes(made.codes), onSettled: refresh });
  const remove = useMutation({ mutationFn: removeFactor, onSuccess: () => setCodes(null), onSettled: refresh });
  const isOn = Boolean(found.data?.confirmed_at);
  const done = (made: string[]) => {
    setCodes(made);
    begin.reset();
    refresh();
  };
  return (
    <Card title={t("account.factor")} action={found.data && <Chip tone={isOn ? "good" : "warn"}>{t(isOn ? "account.factorOn" : "account.factorOff")}</Chip>}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {found.isPending && <Skeleton rows={1} />}
        {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        <p className="text-soft">{t("account.factorText")}</p>
        {isOn && found.data?.confirmed_at && (
          <p className="text-sm text-soft">
            {t("account.since", { when: formatInstant(found.data.confirmed_at, locale) })} · {t("account.codesLeft", { count: found.data.recovery_codes })}
          </p>
        )}
        <Refusal error={begin.error ?? renew.error ?? remove.error} />
        {codes && <Codes codes={codes} />}
        {begin.data && <Confirm secret={begin.data.secret} uri={begin.data.uri} onDone={done} />}
        <div className="flex flex-wrap gap-3">
          {!isOn && !begin.data && (
            <Button kind="primary" icon={<ShieldCheck aria-hidden className="size-5" />} disabled={begin.isPending || found.isPending} onClick={() => begin.mutate()}>
              {t("account.setUp")}
            </Button>
          )}
          {isOn && onSetUp && (
            <Button kind="primary" size="large" onClick={onSetUp}>
              {t("account.goOn")}
            </Button>
          )}
          {isOn && !onSetUp && (
            <>
              <Button disabled={renew.isPending} onClick={() => renew.mutate()}>
                {t("account.newCodes")}
              </Button>
              <Button kind="quiet" disabled={remove.isPending} onClick={() => remove.mutate()}>
                {t("account.turnOff")}
              </Button>
            </>
          )}
        </div>
      </div>
    </Card>
  );
}

function Confirm({ secret, uri, onDone }: { secret: string; uri: string; onDone: (codes: string[]) => void }) {
  const { t } = useTranslation("office");
  const [code, setCode] = useState("");
  const confirm = useMutation({ mutationFn: () => confirmFactor(code), onSuccess: (made) => onDone(made.codes) });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === 6 && !confirm.isPending) confirm.mutate();
      }}
    >
      <ol className="flex list-decimal flex-col gap-3 pl-5">
        <li>
          {t("account.stepSecret")}
          <output className="mt-1 block rounded-field bg-paper px-3 py-2 font-mono text-lg font-semibold wrap-anywhere">{secret.match(/.{1,4}/g)?.join(" ")}</output>
          <a href={uri} className="inline-flex min-h-12 items-center font-medium text-pine underline">
            {t("account.openApp")}
          </a>
        </li>
        <li>{t("account.stepCode")}</li>
      </ol>
      <CodeField label={t("signIn.code")} value={code} onChange={setCode} isDigits />
      <Refusal error={confirm.error} />
      <Button type="submit" kind="primary" disabled={confirm.isPending} blocked={code.length === 6 ? null : t("account.sixDigits")}>
        {t("account.confirm")}
      </Button>
    </form>
  );
}

function Codes({ codes }: { codes: string[] }) {
  const { t } = useTranslation("office");
  return (
    <section aria-label={t("account.codes")} className="rounded-field border border-amber-line bg-amber-wash p-4">
      <p className="mb-2 font-medium text-amber">{t("account.codesText")}</p>
      <ul className="grid grid-cols-2 gap-1 font-mono text-lg">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </section>
  );
}
