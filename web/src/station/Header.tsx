import { Banknote, Boxes, ClipboardList, LockKeyhole, Menu, MonitorCog, PackageCheck, Printer, ReceiptText, ShoppingBasket, Scale, Wallet } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/edge";
import { formatDay } from "../format/when";
import { chooseLanguage, languages, type Language } from "../i18n";
import { useLocale } from "../i18n/useLocale";
import { paths, type StationKind } from "../paths";
import { Go, useGo } from "../ui/Go";
import { Logo } from "../ui/Logo";
import type { EdgeState } from "./queries";
import { PrintBadge } from "./print/PrintBadge";
import { rememberRegister } from "./register";
import { may } from "./StationContext";
import { SyncChip } from "./SyncChip";
import { useSignOut } from "./useSignOut";

interface HeaderProps {
  kind: StationKind;
  edge: EdgeState;
  session: Session | null;
  /** Online orders that wait to be picked. */
  toPick: number;
}

/** Where, who, which day, and whether the office hears us. */
export function Header({ kind, edge, session, toPick }: HeaderProps) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const day = session?.shift?.business_date ?? edge.business_date;
  return (
    <header className="on-night flex min-h-14 items-center gap-3 bg-night pr-2 pl-3 text-night-ink sm:gap-4 sm:pl-4">
      <title>{`${t(kind === "pos" ? "till" : "buying")} · ${edge.location.name} · Branchline`}</title>
      <Go
        href={kind === "pos" ? paths.pos.till() : paths.buy.station()}
        className="flex min-h-12 min-w-0 items-center gap-2.5 rounded-field"
      >
        <Logo className="size-7 shrink-0" />
        <span className="flex min-w-0 flex-col">
          <span className="truncate leading-tight font-semibold">{edge.location.name}</span>
          <span className="truncate text-sm leading-tight text-night-soft">{t(kind === "pos" ? "till" : "buying")}</span>
        </span>
      </Go>
      {session && (
        <p className="hidden min-w-0 flex-col border-l border-night-line pl-4 sm:flex">
          <span className="truncate leading-tight font-medium">{session.staff.name}</span>
          <span className="truncate text-sm leading-tight text-night-soft">{session.register.name}</span>
        </p>
      )}
      <p className="hidden min-w-0 flex-col border-l border-night-line pl-4 lg:flex">
        <span className="truncate leading-tight font-medium">{day ? formatDay(day, locale) : t("header.noDay")}</span>
        <span className="truncate text-sm leading-tight text-night-soft">{t("businessDay", { ns: "common" })}</span>
      </p>
      <div className="ml-auto flex items-center gap-1 sm:gap-2">
        {toPick > 0 && (
          <Go href={paths.pos.picks()} className="flex min-h-12 items-center gap-2 rounded-field bg-gold px-3 font-semibold text-night hover:brightness-95">
            <PackageCheck aria-hidden className="size-5" />
            <span className="hidden sm:inline">{t("header.toPick", { count: toPick })}</span>
            <span className="sm:hidden">{toPick}</span>
            <span className="sr-only">{t("header.picks")}</span>
          </Go>
        )}
        {session && <PrintBadge kind={kind} />}
        <SyncChip edge={edge} />
        {session && <LockButton />}
        <StationMenu kind={kind} session={session} />
      </div>
    </header>
  );
}

/** Locks the till, or hands it over: the shift and the basket stay at the register, and whoever has a PIN goes on. */
function LockButton() {
  const { t } = useTranslation("station");
  const lock = useSignOut();
  return (
    <button
      type="button"
      onClick={lock}
      title={t("header.lockHint")}
      className="flex min-h-12 min-w-12 items-center justify-center gap-2 rounded-field px-3 font-medium hover:bg-night-raised"
    >
      <LockKeyhole aria-hidden className="size-5" />
      <span className="sr-only md:not-sr-only">{t("header.lock")}</span>
    </button>
  );
}

function StationMenu({ kind, session }: { kind: StationKind; session: Session | null }) {
  const { t } = useTranslation("station");
  const language = useLocale();
  const go = useGo();
  const isPos = kind === "pos";
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={t("header.menu")}
        className="grid size-12 place-items-center rounded-field hover:bg-night-raised data-[state=open]:bg-night-raised"
      >
        <Menu aria-hidden className="size-6" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          className="animate-rise z-50 w-72 rounded-card border border-line bg-surface p-1.5 shadow-lift"
        >
          {session && (
            <>
              <p className="px-3 py-2 sm:hidden">
                <span className="block font-semibold">{session.staff.name}</span>
                <span className="text-sm text-soft">{session.register.name}</span>
              </p>
              {session.shift && (
                <>
                  <Item icon={<ReceiptText />} onSelect={() => go(isPos ? paths.pos.sales() : paths.buy.purchases())}>
                    {t(isPos ? "header.recentSales" : "header.recentPurchases")}
                  </Item>
                  {isPos && may(session, "order.pick") && (
                    <Item icon={<PackageCheck />} onSelect={() => go(paths.pos.picks())}>
                      {t("header.picks")}
                    </Item>
                  )}
                  {may(session, "stock.read") && (
                    <Item icon={<Boxes />} onSelect={() => go(paths.stationStock(kind))}>
                      {t("header.stock")}
                    </Item>
                  )}
                </>
              )}
              <Item icon={<Printer />} onSelect={() => go(paths.prints(kind))}>
                {t("prints.title")}
              </Item>
              {session.shift && (
                <Item icon={<Banknote />} onSelect={() => go(paths.cash(kind))}>
                  {t("cash.title")}
                </Item>
              )}
              {may(session, "shift.count_see") && (
                <Item icon={<ClipboardList />} onSelect={() => go(paths.zReports(kind))}>
                  {t("report.zs")}
                </Item>
              )}
              {session.shift && (
                <Item icon={<Wallet />} onSelect={() => go(paths.shift(kind))}>
                  {t("header.closeShift")}
                </Item>
              )}
              {may(session, isPos ? "purchase.create" : "sale.create") && (
                <Item
                  icon={isPos ? <Scale /> : <ShoppingBasket />}
                  onSelect={() => go(isPos ? paths.buy.station() : paths.pos.till())}
                >
                  {t(isPos ? "header.toBuying" : "header.toTill")}
                </Item>
              )}
            </>
          )}
          {!session && (
            <Item icon={<MonitorCog />} onSelect={() => rememberRegister(null)}>
              {t("registerChoice.change")}
            </Item>
          )}
          <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
          <DropdownMenu.Label className="px-3 pt-1 text-sm text-faint">{t("language", { ns: "common" })}</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={language} onValueChange={(code) => void chooseLanguage(code as Language)}>
            {Object.entries(languages).map(([code, name]) => (
              <DropdownMenu.RadioItem
                key={code}
                value={code}
                lang={code}
                className="flex min-h-12 cursor-pointer items-center rounded-field px-3 font-medium outline-none data-highlighted:bg-sunken data-[state=checked]:text-pine"
              >
                <span className="flex-1">{name}</span>
                <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ icon, onSelect, children }: { icon: ReactNode; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex min-h-12 cursor-pointer items-center gap-3 rounded-field px-3 font-medium outline-none data-highlighted:bg-sunken"
    >
      <span aria-hidden className="text-soft *:size-5">
        {icon}
      </span>
      {children}
    </DropdownMenu.Item>
  );
}
