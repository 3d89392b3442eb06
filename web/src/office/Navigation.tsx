import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { clsx } from "clsx";
import {
  BadgePercent,
  Boxes,
  CalendarCheck,
  ChartColumn,
  CircleUser,
  ClipboardList,
  Contact,
  Ellipsis,
  FileWarning,
  Globe,
  HandCoins,
  KeySquare,
  ListChecks,
  ListTree,
  LogIn,
  LogOut,
  Map as MapIcon,
  Network,
  PackageSearch,
  Receipt,
  Scale,
  ScrollText,
  ShieldCheck,
  ShieldUser,
  ShoppingCart,
  Store,
  Tags,
  UserCheck,
  Users,
  Wallet,
} from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/cloud";
import { paths } from "../paths";
import { Go, useGo } from "../ui/Go";
import { LanguageSelect } from "../ui/LanguageSelect";
import { Logo } from "../ui/Logo";
import { session as sessionQuery, signOut } from "./session/queries";
import { mayOpen, type PageName } from "./session/access";
import { useQueryText, useSession } from "./session/SessionContext";

const GROUPS = ["trade", "trust", "people", "system"] as const;

/** What has a place in the bar; the others hang on a page. */
type BarPage = Exclude<PageName, "imports" | "invitations" | "newOrder" | "returns">;

interface Page {
  name: BarPage;
  href: string;
  icon: ReactNode;
  group: (typeof GROUPS)[number];
}

/** What a person may open; the rest is absent. */
function pagesOf(session: Session, branch: string | undefined): Page[] {
  const narrowed = { branch };
  const pages: Page[] = [
    { name: "overview", href: paths.office.overview(narrowed), icon: <ChartColumn />, group: "trade" },
    { name: "sales", href: paths.office.sales(narrowed), icon: <Receipt />, group: "trade" },
    { name: "stock", href: paths.office.stock(narrowed), icon: <Boxes />, group: "trade" },
    { name: "orders", href: paths.office.orders(narrowed), icon: <ShoppingCart />, group: "trade" },
    { name: "purchases", href: paths.office.purchases(narrowed), icon: <Scale />, group: "trade" },
    { name: "supplier-accounts", href: paths.office.supplierAccounts(narrowed), icon: <HandCoins />, group: "trade" },
    { name: "products", href: paths.office.products(), icon: <Tags />, group: "trade" },
    { name: "promotions", href: paths.office.promotions(), icon: <BadgePercent />, group: "trade" },
    { name: "customers", href: paths.office.customers(), icon: <Contact />, group: "trade" },
    { name: "drawers", href: paths.office.drawers(narrowed), icon: <Wallet />, group: "trade" },
    { name: "z-reports", href: paths.office.zReports(narrowed), icon: <ClipboardList />, group: "trade" },
    { name: "lists", href: paths.office.lists(), icon: <ListTree />, group: "trade" },
    { name: "integrity", href: paths.office.integrity(), icon: <ShieldCheck />, group: "trust" },
    { name: "days", href: paths.office.days(narrowed), icon: <CalendarCheck />, group: "trust" },
    { name: "cases", href: paths.office.cases(narrowed), icon: <PackageSearch />, group: "trust" },
    { name: "held", href: paths.office.held(narrowed), icon: <FileWarning />, group: "trust" },
    { name: "people", href: paths.office.people(narrowed), icon: <Users />, group: "people" },
    { name: "roles", href: paths.office.roles(), icon: <ShieldUser />, group: "people" },
    { name: "approvals", href: paths.office.approvals(), icon: <UserCheck />, group: "people" },
    { name: "audit", href: paths.office.audit(narrowed), icon: <ScrollText />, group: "people" },
    { name: "nodes", href: paths.office.nodes(), icon: <Network />, group: "system" },
    { name: "locations", href: paths.office.locations(), icon: <Store />, group: "system" },
    { name: "regions", href: paths.office.regions(), icon: <MapIcon />, group: "system" },
    { name: "providers", href: paths.office.providers(), icon: <LogIn />, group: "system" },
    { name: "tokens", href: paths.office.tokens(), icon: <KeySquare />, group: "system" },
    { name: "channels", href: paths.office.channels(), icon: <Globe />, group: "system" },
    { name: "jobs", href: paths.office.jobs(), icon: <ListChecks />, group: "system" },
  ];
  return pages.filter(({ name }) => mayOpen(session, name));
}

const isHere = (page: Page, path: string) => {
  const [own] = page.href.split("?");
  return page.name === "overview" ? path === own : path === own || path.startsWith(`${own}/`);
};

/** A bar on the left; on a phone one below, where the thumb is. */
export function Navigation({ isLive }: { isLive: boolean }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const { branch } = useQueryText();
  const path = useLocation({ select: (location) => location.pathname });
  const pages = pagesOf(session, branch);
  return (
    <>
      <header className="on-night flex items-center gap-2 bg-night px-4 py-1 text-night-ink lg:sticky lg:top-0 lg:h-dvh lg:w-60 lg:shrink-0 lg:flex-col lg:items-stretch lg:gap-1 lg:p-3">
        <Go href={paths.office.overview()} className="flex min-h-14 min-w-0 items-center gap-2.5 rounded-field lg:px-2">
          <Logo className="size-8 shrink-0" />
          <span className="flex min-w-0 flex-col">
            <span className="line-clamp-2 leading-tight font-semibold wrap-anywhere" title={session.company}>{session.company}</span>
            <LiveSign isLive={isLive} />
          </span>
        </Go>
        {pages.length > 0 && (
          <nav aria-label={t("nav.label")} className="hidden min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto lg:mt-2 lg:flex">
            {GROUPS.map((group) => (
              <PageGroup key={group} title={t(`nav.group.${group}`)} pages={pages.filter((page) => page.group === group)} path={path} />
            ))}
          </nav>
        )}
        <div className="ml-auto flex items-center gap-2 lg:mt-auto lg:ml-0 lg:flex-col lg:items-stretch">
          <LanguageSelect isOnNight />
          <Account />
        </div>
      </header>
      {pages.length > 0 && <PhoneBar pages={pages} path={path} />}
    </>
  );
}

function PageGroup({ title, pages, path }: { title: string; pages: Page[]; path: string }) {
  const { t } = useTranslation("office");
  if (pages.length === 0) return null;
  return (
    <>
      <p className="px-3 pt-3 pb-1 text-sm font-medium text-night-soft first:pt-0">{title}</p>
      {pages.map((page) => (
        <Go
          key={page.name}
          href={page.href}
          aria-current={isHere(page, path) ? "page" : undefined}
          className="flex min-h-12 items-center gap-3 rounded-field px-3 font-medium text-night-soft hover:bg-night-raised hover:text-night-ink aria-[current=page]:bg-night-raised aria-[current=page]:text-night-ink"
        >
          <span aria-hidden className={clsx("*:size-5", isHere(page, path) && "text-mint")}>
            {page.icon}
          </span>
          {t(`nav.${page.name}`)}
        </Go>
      ))}
    </>
  );
}

function LiveSign({ isLive }: { isLive: boolean }) {
  const { t } = useTranslation("office");
  return (
    <span role="status" className="flex items-center gap-1.5 text-sm leading-tight text-night-soft">
      <span aria-hidden className={clsx("size-2 rounded-full", isLive ? "bg-mint" : "bg-gold")} />
      {t(isLive ? "live.on" : "live.off")}
    </span>
  );
}

function Account() {
  const { t } = useTranslation();
  const office = useTranslation("office").t;
  const go = useGo();
  const session = useSession();
  const client = useQueryClient();
  const leave = () => {
    void signOut()
      .catch(() => undefined)
      .then((elsewhere) => {
        if (elsewhere) location.assign(elsewhere);
        else client.setQueryData(sessionQuery.queryKey, null);
      });
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={session.staff.name}
        className="flex min-h-12 min-w-12 items-center justify-center gap-3 rounded-field text-left hover:bg-night-raised lg:justify-start lg:px-3"
      >
        <CircleUser aria-hidden className="size-6 shrink-0" />
        <span className="hidden min-w-0 truncate font-medium lg:block">{session.staff.name}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={6} className="animate-rise z-50 w-64 rounded-card border border-line bg-surface p-1.5 shadow-lift">
          <p className="px-3 py-2">
            <span className="block font-semibold">{session.staff.name}</span>
            <span className="block text-sm break-all text-soft">{session.staff.email}</span>
          </p>
          <DropdownMenu.Item
            onSelect={() => go(paths.office.account())}
            className="flex min-h-12 cursor-pointer items-center gap-3 rounded-field px-3 font-medium outline-none data-highlighted:bg-sunken"
          >
            <ShieldUser aria-hidden className="size-5 text-soft" />
            {office("nav.account")}
          </DropdownMenu.Item>
          <DropdownMenu.Item
            onSelect={leave}
            className="flex min-h-12 cursor-pointer items-center gap-3 rounded-field px-3 font-medium outline-none data-highlighted:bg-sunken"
          >
            <LogOut aria-hidden className="size-5 text-soft" />
            {t("signOut")}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Pages beside the thumb; what does not fit is behind "more". */
const ON_PHONE = 4;

function PhoneBar({ pages, path }: { pages: Page[]; path: string }) {
  const { t } = useTranslation("office");
  const go = useGo();
  const shown = pages.length > ON_PHONE + 1 ? pages.slice(0, ON_PHONE) : pages;
  const hidden = pages.slice(shown.length);
  const item =
    "flex min-h-16 w-full min-w-0 flex-col items-center justify-center gap-0.5 px-0.5 text-xs font-medium text-soft aria-[current=page]:text-pine *:max-w-full";
  return (
    <nav
      aria-label={t("nav.label")}
      className="fixed inset-x-0 bottom-0 z-30 grid auto-cols-fr grid-flow-col border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {shown.map((page) => (
        <Go key={page.name} href={page.href} aria-current={isHere(page, path) ? "page" : undefined} className={item}>
          <span aria-hidden className="*:size-6">
            {page.icon}
          </span>
          <span className="truncate">{t(`nav.${page.name}`)}</span>
        </Go>
      ))}
      {hidden.length > 0 && (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger className={item} aria-current={hidden.some((page) => isHere(page, path)) ? "page" : undefined}>
            <Ellipsis aria-hidden className="size-6" />
            <span className="truncate">{t("nav.more")}</span>
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content align="end" sideOffset={6} className="animate-rise z-50 max-h-[70dvh] w-56 overflow-y-auto rounded-card border border-line bg-surface p-1.5 shadow-lift">
              {hidden.map((page) => (
                <DropdownMenu.Item
                  key={page.name}
                  onSelect={() => go(page.href)}
                  className="flex min-h-12 cursor-pointer items-center gap-3 rounded-field px-3 font-medium outline-none data-highlighted:bg-sunken"
                >
                  <span aria-hidden className="text-soft *:size-5">
                    {page.icon}
                  </span>
                  {t(`nav.${page.name}`)}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      )}
    </nav>
  );
}
