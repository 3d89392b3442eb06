import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogIn } from "lucide-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../../api/cloud";
import { Problem } from "../../api/problem";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { LanguageSelect } from "../../ui/LanguageSelect";
import { Logo } from "../../ui/Logo";
import { Refusal } from "../../ui/states";
import { CodeField } from "./CodeField";
import { PasswordField } from "./PasswordField";
import { giveFactor, session as sessionQuery, signIn, signInProviders } from "./queries";
import { useQueryText } from "./SessionContext";

/** Only a page of the office itself is a way back. */
const safeBack = (back: string | undefined) => (back && /^\/office(\/(?!sign-in)|\?|$)/.test(back) ? back : paths.office.overview());

export function SignInPage() {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const go = useGo();
  const { back, problem } = useQueryText();
  const [isSecond, setSecond] = useState(false);
  const enter = (answer: Session) => {
    client.clear();
    client.setQueryData(sessionQuery.queryKey, answer);
    go(safeBack(back), { replace: true });
  };
  return (
    <SignInFrame title={t("signIn.title")}>
      {problem && !isSecond && <Refusal error={new Problem(problem, 401, problem)} />}
      {isSecond ? (
        <SecondFactor onDone={enter} onBack={() => setSecond(false)} />
      ) : (
        <>
          <Password onDone={enter} onSecond={() => setSecond(true)} />
          <Providers back={safeBack(back)} />
        </>
      )}
    </SignInFrame>
  );
}

/** The page around every way in. */
export function SignInFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation("office");
  return (
    <div className="grid min-h-dvh lg:grid-cols-[1fr_34rem]">
      <title>{`${title} · Branchline`}</title>
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
        <div className="m-auto flex w-full max-w-sm flex-col gap-4">
          <h1 className="text-3xl font-semibold">{title}</h1>
          {children}
        </div>
      </main>
    </div>
  );
}

function Password({ onDone, onSecond }: { onDone: (session: Session) => void; onSecond: () => void }) {
  const { t } = useTranslation("office");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Problem && error.code === "session.second_factor") onSecond();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email && password && !attempt.isPending) attempt.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <label className="font-medium text-soft">
        {t("signIn.email")}
        <input
          type="email"
          required
          autoFocus
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          className="mt-1 min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 text-lg font-normal text-ink outline-none focus:border-pine"
        />
      </label>
      <PasswordField label={t("signIn.password")} value={password} onChange={setPassword} />
      <Refusal error={attempt.error} />
      <Button type="submit" kind="primary" size="large" disabled={attempt.isPending}>
        {attempt.isPending ? t("signIn.checking") : t("signIn.submit")}
      </Button>
    </form>
  );
}

function SecondFactor({ onDone, onBack }: { onDone: (session: Session) => void; onBack: () => void }) {
  const { t } = useTranslation("office");
  const [code, setCode] = useState("");
  const attempt = useMutation({ mutationFn: () => giveFactor(code.trim()), onSuccess: onDone });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() && !attempt.isPending) attempt.mutate();
      }}
    >
      <p className="text-soft">{t("signIn.codeText")}</p>
      <CodeField label={t("signIn.code")} value={code} onChange={setCode} isFirst />
      <Refusal error={attempt.error} />
      <Button type="submit" kind="primary" size="large" disabled={attempt.isPending}>
        {attempt.isPending ? t("signIn.checking") : t("signIn.submit")}
      </Button>
      <Button kind="quiet" onClick={onBack}>
        {t("signIn.back")}
      </Button>
    </form>
  );
}

/** Other doors; when the list cannot be had, the password is still there. */
function Providers({ back }: { back: string }) {
  const { t } = useTranslation("office");
  const found = useQuery(signInProviders);
  if (!found.data || found.data.length === 0) return null;
  return (
    <section aria-label={t("signIn.or")} className="flex flex-col gap-3 border-t border-line pt-4">
      {found.data.map((one) => (
        <a
          key={one.code}
          href={paths.signInBy(one.code, back)}
          className="flex min-h-14 items-center justify-center gap-2 rounded-field border border-edge bg-surface px-5 text-lg font-semibold hover:bg-sunken"
        >
          <LogIn aria-hidden className="size-5" />
          {t("signIn.with", { name: one.name })}
        </a>
      ))}
    </section>
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
