import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { ChevronRight, KeyRound, Network } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Node } from "../../api/cloud";
import { formatAgo } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useNow } from "../../ui/useNow";
import { may, useSession, useZone } from "../session/SessionContext";
import { Completeness } from "../ui/Completeness";
import { PageHead } from "../ui/PageHead";
import { EnrolDialog } from "./EnrolDialog";
import { NodeNotes } from "./NodeNotes";
import { nodes } from "./queries";

/** The branch computers: who is there, what is on its way, and what needs a person. */
export function NodesPage() {
  const { t } = useTranslation("office");
  const session = useSession();
  const list = useQuery(nodes);
  const [isEnrolling, setEnrolling] = useState(false);
  return (
    <>
      <PageHead title={t("nodes.title")}>
        {may(session, "node.enrol") && (
          <Button kind="primary" icon={<KeyRound aria-hidden className="size-5" />} onClick={() => setEnrolling(true)}>
            {t("nodes.enrol")}
          </Button>
        )}
      </PageHead>
      {list.isPending && <Skeleton className="h-44" rows={3} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty icon={<Network aria-hidden className="size-7" />} title={t("nodes.empty")} hint={t("nodes.emptyHint")} />
      )}
      <ul className="grid grid-cols-1 gap-4 lg:grid-cols-2 2xl:grid-cols-3">
        {list.data?.map((node) => (
          <li key={node.id}>
            <NodeCard node={node} />
          </li>
        ))}
      </ul>
      {isEnrolling && <EnrolDialog onClose={() => setEnrolling(false)} />}
    </>
  );
}

/** A clock this far off is worth a word. */
const CLOCK_LIMIT_MS = 5_000;

function NodeCard({ node }: { node: Node }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const now = useNow();
  const zone = useZone();
  const number = new Intl.NumberFormat(locale);
  const problems = node.waiting + node.quarantined;
  const offset = node.clock_offset_ms;
  const clock = () => {
    if (offset === null || offset === undefined) return "–";
    const seconds = number.format(Math.round(Math.abs(offset) / 1000));
    return Math.abs(offset) < CLOCK_LIMIT_MS ? t("nodes.clockRight") : t("nodes.clockOff", { seconds });
  };
  const rows: [string, string, boolean][] = [
    [t("nodes.lastSeen"), node.last_seen ? formatAgo(node.last_seen, now, locale) : t("nodes.neverSeen"), !node.connected],
    [t("nodes.queue"), number.format(node.queue), node.queue > 0],
    [t("nodes.received"), number.format(node.last_seq), false],
    [t("nodes.applied"), number.format(node.applied), false],
    [t("nodes.queued"), number.format(node.queued), node.queued > 0],
    [t("nodes.waiting"), number.format(node.waiting), node.waiting > 0],
    [t("nodes.quarantined"), number.format(node.quarantined), node.quarantined > 0],
    [t("nodes.clock"), clock(), Math.abs(offset ?? 0) >= CLOCK_LIMIT_MS],
    [t("nodes.version"), node.version, false],
  ];
  return (
    <section aria-label={node.location_name} className="flex h-full flex-col rounded-card border border-line bg-surface shadow-card">
      <header className="flex items-start justify-between gap-3 px-5 pt-4">
        <div className="min-w-0">
          <h2 className="truncate text-lg font-semibold">{node.location_name}</h2>
          <Completeness completeTo={node.complete_to} pending={node.queue} isConnected={node.connected} timeZone={zone(node.location_id)} />
        </div>
        <span
          className={clsx(
            "shrink-0 rounded-full border px-2.5 py-0.5 text-sm font-semibold",
            node.connected ? "border-pine-line bg-pine-wash text-pine" : "border-amber-line bg-amber-wash text-amber",
          )}
        >
          {t(node.connected ? "nodes.online" : "nodes.offline")}
        </span>
      </header>
      <NodeNotes node={node} className="mx-5 mt-3" />
      <dl className="grid grid-cols-2 gap-x-5 px-5 py-4 text-sm sm:grid-cols-3">
        {rows.map(([name, value, isNotable]) => (
          <div key={name} className="flex min-w-0 flex-col justify-between py-1.5">
            <dt className="leading-tight text-faint">{name}</dt>
            <dd className={clsx("text-base font-semibold", isNotable && "text-amber")}>{value}</dd>
          </div>
        ))}
      </dl>
      <Go
        href={paths.office.node(node.id)}
        className={clsx(
          "mt-auto flex min-h-12 items-center justify-between gap-2 rounded-b-card border-t border-line px-5 font-medium hover:bg-pine-wash",
          problems > 0 ? "text-rust" : "text-soft",
        )}
      >
        {problems > 0 ? t("nodes.problemCount", { count: problems }) : t("nodes.details")}
        <ChevronRight aria-hidden className="size-5" />
      </Go>
    </section>
  );
}
