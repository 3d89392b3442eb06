import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { KeyRound, Pencil, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Failure, Skeleton } from "../../ui/states";
import { may, mayAt, mayEverywhere, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { Chip } from "../ui/Chip";
import { PageHead } from "../ui/PageHead";
import { ActivityDialog } from "./ActivityDialog";
import { EffectiveCard } from "./EffectiveCard";
import { GrantsCard } from "./GrantsCard";
import { PersonDialog } from "./PersonDialog";
import { PinDialog } from "./PinDialog";
import { effective, person as personQuery } from "./queries";
import { SessionsCard } from "./SessionsCard";

/** One person: roles, what they come to, where they are signed in. */
export function PersonPage() {
  const { t } = useTranslation("office");
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const found = useQuery(personQuery(id));
  return (
    <>
      <BackLink href={paths.office.people()} label={t("people.title")} />
      {found.isPending && <Skeleton rows={4} className="h-24" />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Found person={found.data} />}
    </>
  );
}

/** Why one may not change a person: they may do something that one may not, or work where one manages nobody. */
function useWhyNot(person: Person): string | null {
  const { t } = useTranslation("office");
  const session = useSession();
  const theirs = useQuery(effective(person.id));
  if (mayEverywhere(session, "staff.manage") && person.grants.length === 0) return null;
  const places = person.grants.filter(({ state }) => state !== "over").map(({ location_id }) => location_id ?? null);
  if (!may(session, "staff.manage") || !places.every((place) => mayAt(session, "staff.manage", place))) return t("people.mayNot");
  const isBeyond = theirs.data?.items.some(({ permission, location_id }) => !mayAt(session, permission, location_id ?? null));
  return isBeyond ? t("people.beyondYou") : null;
}

function Found({ person }: { person: Person }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const [open, setOpen] = useState<"change" | "pin" | "activity" | null>(null);
  const close = () => setOpen(null);
  const whyNot = useWhyNot(person);
  return (
    <>
      <PageHead title={person.name} {...(person.email && { hint: person.email })}>
        <Button icon={<Pencil aria-hidden className="size-5" />} blocked={whyNot} onClick={() => setOpen("change")}>
          {t("people.change")}
        </Button>
        <Button icon={<KeyRound aria-hidden className="size-5" />} blocked={whyNot} onClick={() => setOpen("pin")}>
          {t(person.has_pin ? "people.newPin" : "people.setPin")}
        </Button>
        <Button
          kind={person.active ? "danger" : "plain"}
          icon={<UserX aria-hidden className="size-5" />}
          blocked={person.id === session.staff.id ? t("people.notYourself") : whyNot}
          onClick={() => setOpen("activity")}
        >
          {t(person.active ? "people.dismiss" : "people.takeBack")}
        </Button>
      </PageHead>
      {!person.active && (
        <p className="mb-5 rounded-card border border-rust-line bg-rust-wash px-4 py-3 font-medium text-rust">
          <Chip tone="bad">{t("people.dismissed")}</Chip> {person.dismissed_at && formatInstant(person.dismissed_at, locale)}
          {person.dismissed_reason && ` · ${person.dismissed_reason}`}
        </p>
      )}
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <GrantsCard person={person} whyNot={whyNot} />
        <EffectiveCard person={person} />
        {person.manages_sessions && <SessionsCard staff={person.id} />}
        {may(session, "audit.read") && (
          <Go href={paths.office.audit({ staff: person.id })} className="inline-flex min-h-12 items-center font-medium text-pine underline">
            {t("people.whatTheyDid", { name: person.name })}
          </Go>
        )}
      </div>
      {open === "change" && <PersonDialog person={person} onClose={close} />}
      {open === "pin" && <PinDialog person={person} onClose={close} />}
      {open === "activity" && <ActivityDialog person={person} onClose={close} />}
    </>
  );
}
