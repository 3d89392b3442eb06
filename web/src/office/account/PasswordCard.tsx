import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { FEWEST_CHARACTERS, PasswordField } from "../session/PasswordField";
import { Card } from "../ui/PageHead";
import { changePassword } from "./queries";

export function PasswordCard() {
  const { t } = useTranslation("office");
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const changing = useMutation({
    mutationFn: () => changePassword(current, fresh),
    onSuccess: () => {
      setCurrent("");
      setFresh("");
    },
  });
  const isReady = current !== "" && fresh.length >= FEWEST_CHARACTERS;
  return (
    <Card title={t("account.password")}>
      <form
        className="flex flex-col gap-4 px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !changing.isPending) changing.mutate();
        }}
      >
        <p className="text-soft">{t("account.passwordText")}</p>
        <PasswordField label={t("account.currentPassword")} value={current} onChange={setCurrent} />
        <PasswordField label={t("account.newPassword")} value={fresh} onChange={setFresh} isNew />
        <Refusal error={changing.error} />
        {changing.isSuccess && (
          <p role="status" className="rounded-field bg-pine-wash px-3 py-2.5 font-medium text-pine">
            {t("account.passwordChanged")}
          </p>
        )}
        <Button type="submit" kind="primary" disabled={changing.isPending} blocked={isReady ? null : t("account.passwordRule", { count: FEWEST_CHARACTERS })}>
          {t("account.changePassword")}
        </Button>
      </form>
    </Card>
  );
}
