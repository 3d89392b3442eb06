import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Eye, EyeOff } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { LanguageSelect } from "../../ui/LanguageSelect";
import { Logo } from "../../ui/Logo";
import { Refusal } from "../../ui/states";
import { session as sessionQuery, signIn } from "./queries";
import { useQueryText } from "./SessionContext";

/** Only a page of the office itself is a way back. */
const safeBack = (back: string | undefined) => (back && /^\/office(\/(?!sign-in)|\?|$)/.test(back) ? back : paths.office.overview());

export function SignInPage() {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const go = useGo();
  const { back } = useQueryText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isShown, setShown] = useState(false);
  const attempt = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: (answer) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, answer);
      go(safeBack(back), { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email && password && !attempt.isPending) attempt.mutate();
  };
  const field = "min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 text-lg outline-none focus:border-pine";
  return (
    <div className="grid min-h-dvh lg:grid-cols-[1fr_34rem]">
      <title>{`${t("signIn.title")} · Branchline`}</title>
      <header className="on-night hidden flex-col justify-between bg-night p-10 text-night-ink lg:flex">
        <span className="flex items-center gap-3 text-xl font-semibold">
          <Logo className="size-9" /> Branchline
        </span>
        <p className="max-w-lg text-5xl leading-tight font-semibold text-balance">{t("signIn.lead")}</p>
        <Branches />
      </header>
      <main className="flex flex-col bg-paper p-5 sm:p-10">
        <div className="flex items-center justify-between lg:justify-end">
          <span className="flex items-center gap-2 rounded-field bg-night px-3 py-2 font-semibold text-night-ink lg:hidden">
            <Logo className="size-6" /> Branchline
          </span>
          <LanguageSelect />
        </div>
        <form onSubmit={submit} className="m-auto flex w-full max-w-sm flex-col gap-4">
          <h1 className="text-3xl font-semibold">{t("signIn.title")}</h1>
          <label className="font-medium text-soft">
            {t("signIn.email")}
            <input
              type="email"
              required
              autoFocus
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
              className={`${field} mt-1 font-normal text-ink`}
            />
          </label>
          <div>
            <label htmlFor="password" className="font-medium text-soft">
              {t("signIn.password")}
            </label>
            <div className="relative mt-1">
              <input
                id="password"
                type={isShown ? "text" : "password"}
                required
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                className={`${field} pr-14`}
              />
              <button
                type="button"
                aria-label={t("signIn.show")}
                aria-pressed={isShown}
                onClick={() => setShown(!isShown)}
                className="absolute top-1/2 right-1 grid size-12 -translate-y-1/2 place-items-center rounded-field text-soft hover:text-ink"
              >
                {isShown ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
              </button>
            </div>
          </div>
          <Refusal error={attempt.error} />
          <Button type="submit" kind="primary" size="large" disabled={attempt.isPending}>
            {attempt.isPending ? t("signIn.checking") : t("signIn.submit")}
          </Button>
        </form>
      </main>
    </div>
  );
}

/** The mark of the product, drawn large: branches leaving one line. */
function Branches() {
  return (
    <svg viewBox="0 0 560 120" className="w-full max-w-2xl" aria-hidden fill="none" strokeWidth="3" strokeLinecap="round">
      <path d="M4 100H556" stroke="var(--color-night-line)" />
      {[60, 190, 320, 450].map((x, at) => (
        <g key={x} stroke={at === 2 ? "var(--color-gold)" : "var(--color-mint)"}>
          <path d={`M${x} 100c34 0 20-${44 + at * 8} 54-${44 + at * 8}`} />
          <circle cx={x + 62} cy={56 - at * 8} r="7" fill={at === 2 ? "var(--color-gold)" : "var(--color-mint)"} />
        </g>
      ))}
    </svg>
  );
}
