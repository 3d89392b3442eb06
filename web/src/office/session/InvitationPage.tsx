import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { FEWEST_CHARACTERS, PasswordField } from "./PasswordField";
import { acceptInvitation, session as sessionQuery } from "./queries";
import { SignInFrame } from "./SignInPage";

/** Somebody follows the link of an invitation: name, password, and in. The token stays behind the `#`: no server logs it. */
export function InvitationPage() {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const go = useGo();
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useMutation({
    mutationFn: () => acceptInvitation(token, name.trim(), password),
    onSuccess: (answer) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, answer);
      go(paths.office.overview(), { replace: true });
    },
  });
  const missing = () => {
    if (!token) return t("invitations.noToken");
    if (!name.trim()) return t("people.nameMissing");
    return password.length >= FEWEST_CHARACTERS ? null : t("account.passwordRule", { count: FEWEST_CHARACTERS });
  };
  return (
    <SignInFrame title={t("invitations.join")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null && !joining.isPending) joining.mutate();
        }}
      >
        <p className="text-soft">{t(token ? "invitations.joinText" : "invitations.noToken")}</p>
        <TextField label={t("people.name")} value={name} onChange={setName} isFirst />
        <PasswordField label={t("account.newPassword")} value={password} onChange={setPassword} isNew />
        <Refusal error={joining.error} />
        <Button type="submit" kind="primary" size="large" disabled={joining.isPending} blocked={missing()}>
          {t("invitations.join")}
        </Button>
      </form>
    </SignInFrame>
  );
}
