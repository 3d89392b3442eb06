import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { LogIn, MailCheck } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useLocale } from "../i18n/useLocale";
import { paths } from "../paths";
import { Button } from "../ui/Button";
import { Refusal } from "../ui/states";
import { FollowLink } from "./FollowLink";
import { customer, providers, sendLink } from "./queries";
import { ReturnProblem } from "./ReturnProblem";
import { Card } from "./ShopLayout";
import { useLinkToken } from "./useLinkToken";
import { useQueryText } from "./useQueryText";

/** Where a customer signs in: by the link of an e-mail, or by a provider. */
export function LoginPage() {
  const { t } = useTranslation("shop");
  const { history } = useRouter();
  const [token, forget] = useLinkToken();
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  const { problem } = useQueryText();
  const isIn = Boolean(useQuery(customer).data);
  useEffect(() => {
    if (isIn && token === null) history.replace(paths.shop.customer());
  }, [isIn, token, history]);
  if (token !== null) return <FollowLink key={token} token={token} onForget={forget} />;
  if (isSent) return <Sent email={email} onAgain={() => setSent(false)} />;
  return (
    <Card title={t("login.title")}>
      <ReturnProblem code={problem} />
      <AskForLink email={email} onChange={setEmail} onSent={() => setSent(true)} />
      <Providers />
    </Card>
  );
}

function AskForLink({ email, onChange, onSent }: { email: string; onChange: (email: string) => void; onSent: () => void }) {
  const { t } = useTranslation("shop");
  const locale = useLocale();
  const asking = useMutation({ mutationFn: () => sendLink(email.trim(), locale), onSuccess: onSent });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (email.trim() && !asking.isPending) asking.mutate();
      }}
    >
      <p className="text-soft">{t("login.text")}</p>
      <label className="font-medium text-soft">
        {t("email")}
        <input
          type="email"
          required
          autoFocus
          autoComplete="email"
          value={email}
          onChange={(event) => onChange(event.target.value)}
          className="mt-1 min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 text-lg font-normal text-ink outline-none focus:border-pine"
        />
      </label>
      <Refusal error={asking.error} />
      <Button type="submit" kind="primary" size="large" disabled={asking.isPending}>
        {t(asking.isPending ? "login.sending" : "login.send")}
      </Button>
    </form>
  );
}

/** The same words for every address: nobody learns here who is a customer. */
function Sent({ email, onAgain }: { email: string; onAgain: () => void }) {
  const { t } = useTranslation("shop");
  return (
    <Card title={t("sent.title")}>
      <div role="status" className="flex gap-3 rounded-field bg-pine-wash px-4 py-3">
        <MailCheck aria-hidden className="mt-0.5 size-6 shrink-0 text-pine" />
        <p className="min-w-0 wrap-anywhere">{t("sent.text", { email: email.trim() })}</p>
      </div>
      <p className="text-soft">{t("sent.nothing")}</p>
      <Button autoFocus size="large" onClick={onAgain}>
        {t("sent.again")}
      </Button>
    </Card>
  );
}

/** Other doors; when the list cannot be had, the e-mail is still there. */
function Providers() {
  const { t } = useTranslation("shop");
  const found = useQuery(providers);
  if (!found.data || found.data.length === 0) return null;
  return (
    <section aria-label={t("login.or")} className="flex flex-col gap-3 border-t border-line pt-4">
      {found.data.map(({ code, name }) => (
        <a
          key={code}
          href={paths.shop.signInBy(code)}
          className="flex min-h-14 items-center justify-center gap-2 rounded-field border border-edge bg-surface px-5 text-lg font-semibold hover:bg-sunken"
        >
          <LogIn aria-hidden className="size-5 shrink-0" />
          <span className="min-w-0 wrap-anywhere">{t("login.with", { name })}</span>
        </a>
      ))}
    </section>
  );
}
