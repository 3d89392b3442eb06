import { useTranslation } from "react-i18next";

import type { AuditEntry } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Dialog } from "../../ui/Dialog";
import { nameOfActor, useAct, useFlag } from "./words";

/** Everything that is known of one act: before and after, side by side. */
export function EntryDialog({ entry, zone, onClose }: { entry: AuditEntry; zone: string; onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const act = useAct();
  const flag = useFlag();
  const who = nameOfActor(entry, t);
  const facts: [string, string | null | undefined][] = [
    [t("audit.who"), `${who} (${entry.actor})`],
    [t("audit.when"), `${formatInstant(entry.happened_at ?? entry.at, locale, zone)} (${zone})`],
    [t("audit.recorded"), entry.happened_at ? formatInstant(entry.at, locale, zone) : null],
    [t("audit.where"), entry.location_name],
    [t("audit.what"), entry.subject_name ? `${entry.subject_name} (${entry.subject})` : entry.subject],
    [t("people.reason"), entry.reason],
    [t("audit.flags"), entry.flags.map(flag).join(", ")],
    [t("audit.address"), entry.address],
    [t("audit.event"), entry.event_id],
    [t("audit.code"), entry.action],
  ];
  return (
    <Dialog title={act(entry.action)} onClose={onClose} className="sm:max-w-2xl">
      <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[auto_1fr]">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} className="contents">
                <dt className="text-sm text-faint">{name}</dt>
                <dd className="wrap-anywhere">{value}</dd>
              </div>
            ),
        )}
      </dl>
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        {entry.before && <Content title={t("audit.before")} content={entry.before} />}
        {entry.after && <Content title={t("audit.after")} content={entry.after} />}
        {Object.keys(entry.detail).length > 0 && <Content title={t("audit.detail")} content={entry.detail} />}
      </div>
    </Dialog>
  );
}

function Content({ title, content }: { title: string; content: object }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="mb-1 text-sm font-medium text-faint">{title}</h3>
      {/* What scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} className="max-h-72 overflow-auto rounded-field bg-paper p-3 text-sm whitespace-pre-wrap wrap-anywhere">
        {JSON.stringify(content, null, 2)}
      </pre>
    </section>
  );
}
