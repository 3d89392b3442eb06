import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { FactorCard } from "../account/FactorCard";
import { CodeField } from "./CodeField";
import { giveMyFactor, session as sessionQuery, signOut } from "./queries";
import { SignInFrame } from "./SignInPage";

/** A role asks for a second factor: nothing else is open before it was set up, or given. */
export function FactorPage({ owed, onDone }: { owed: Session["second_factor"]; onDone: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: (url) => {
      client.setQueryData(sessionQuery.queryKey, null);
      if (url) location.assign(url);
    },
  });
  return (
    <SignInFrame title={t("signIn.factorTitle")}>
      <p className="text-soft">{t(owed === "set_up" ? "signIn.factorSetUp" : "signIn.factorGive")}</p>
      {owed === "set_up" ? <FactorCard onSetUp={onDone} /> : <Give onDone={onDone} />}
      <Refusal error={leaving.error} />
      <Button kind="quiet" icon={<LogOut aria-hidden className="size-5" />} disabled={leaving.isPending} onClick={() => leaving.mutate()}>
        {t("signIn.again")}
      </Button>
    </SignInFrame>
  );
}

function Give({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("office");
  const [code, setCode] = useState("");
  const giving = useMutation({ mutationFn: () => giveMyFactor(code.trim()), onSuccess: onDone });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() && !giving.isPending) giving.mutate();
      }}
    >
      <CodeField label={t("signIn.code")} value={code} onChange={setCode} isFirst />
      <Refusal error={giving.error} />
      <Button type="submit" kind="primary" size="large" disabled={giving.isPending}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}
