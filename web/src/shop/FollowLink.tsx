import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";
import { paths } from "../paths";
import { Button } from "../ui/Button";
import { useGo } from "../ui/Go";
import { Refusal } from "../ui/states";
import { customer, signIn } from "./queries";
import { Card } from "./ShopLayout";

/** A link was followed. One more press signs in: programs that look through mailboxes open links, and press nothing. */
export function FollowLink({ token, onForget }: { token: string; onForget: () => void }) {
  const { t } = useTranslation("shop");
  const client = useQueryClient();
  const go = useGo();
  const following = useMutation({
    mutationFn: () => signIn(token),
    onSuccess: () => {
      client.removeQueries({ queryKey: customer.queryKey });
      go(paths.shop.customer(), { replace: true });
    },
  });
  const isOver = following.error instanceof Problem && following.error.code === "customer.link_over";
  if (isOver) return <LinkOver onForget={onForget} />;
  return (
    <Card title={t("follow.title")}>
      <p className="text-soft">{t("follow.text")}</p>
      <Refusal error={following.error} />
      <Button
        autoFocus
        kind="primary"
        size="large"
        disabled={following.isPending}
        icon={<LogIn aria-hidden className="size-5" />}
        onClick={() => following.mutate()}
      >
        {t(following.isPending ? "follow.pending" : "follow.enter")}
      </Button>
    </Card>
  );
}

/** It was used, or came too late: the same words for both, and a way on. */
function LinkOver({ onForget }: { onForget: () => void }) {
  const { t } = useTranslation("shop");
  return (
    <Card title={t("over.title")}>
      <p role="alert" className="text-soft">
        {t("over.text")}
      </p>
      <Button autoFocus kind="primary" size="large" onClick={onForget}>
        {t("over.again")}
      </Button>
    </Card>
  );
}
