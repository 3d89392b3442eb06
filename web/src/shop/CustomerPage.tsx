import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { Customer } from "../api/cloud";
import { paths } from "../paths";
import { Button } from "../ui/Button";
import { Failure, Refusal, Skeleton } from "../ui/states";
import { customer as customerQuery, signOut } from "./queries";
import { ReturnProblem } from "./ReturnProblem";
import { Sessions } from "./Sessions";
import { Card } from "./ShopLayout";
import { useQueryText } from "./useQueryText";

/** The customer who is signed in; whoever is not goes to where one signs in. */
export function CustomerPage() {
  const { history } = useRouter();
  const found = useQuery(customerQuery);
  const { problem } = useQueryText();
  const isOut = found.data === null;
  useEffect(() => {
    if (isOut) history.replace(paths.shop.login(problem));
  }, [isOut, problem, history]);
  if (found.data) return <SignedIn customer={found.data} problem={problem} />;
  if (found.error) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  return <Skeleton rows={1} className="mx-auto h-64 w-full max-w-md" />;
}

function SignedIn({ customer, problem }: { customer: Customer; problem: string | undefined }) {
  const { t } = useTranslation("shop");
  const client = useQueryClient();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: (there) => {
      if (there) location.assign(there);
      else client.setQueryData(customerQuery.queryKey, null);
    },
  });
  return (
    <Card title={t("customer.title")}>
      <ReturnProblem code={problem} />
      <dl className="flex flex-col gap-3">
        {customer.name && <Line term={t("customer.name")} text={customer.name} />}
        <Line term={t("email")} text={customer.email} />
      </dl>
      <Refusal error={leaving.error} />
      <Button size="large" disabled={leaving.isPending} icon={<LogOut aria-hidden className="size-5" />} onClick={() => leaving.mutate()}>
        {t("signOut", { ns: "common" })}
      </Button>
      <p className="text-sm text-soft">{t("customer.shared")}</p>
      <Sessions />
    </Card>
  );
}

function Line({ term, text }: { term: string; text: string }) {
  return (
    <div>
      <dt className="text-sm text-soft">{term}</dt>
      <dd className="text-lg font-medium wrap-anywhere">{text}</dd>
    </div>
  );
}
