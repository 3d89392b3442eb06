import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import type { Node } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";

const CAUSES = ["machine", "rollback", "fork", "fenced", "audit"] as const;

/** What is unusual about a node, the worst first. */
export function NodeNotes({ node, className = "" }: { node: Node; className?: string }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale);
  const bad: string[] = [];
  const warn: string[] = [];
  if (node.status === "fenced_fork") bad.push(t("nodes.note.fork"));
  else if (node.status === "fenced") {
    bad.push(t("nodes.note.fenced", { time: node.fenced_at ? formatInstant(node.fenced_at, locale) : "–", reason: node.fenced_reason ?? "–" }));
  }
  if (node.frozen_at) warn.push(t(node.rebased_at ? "nodes.note.rebased" : "nodes.note.frozen", { time: formatInstant(node.frozen_at, locale) }));
  if (node.suspect) bad.push(t("nodes.suspect"));
  if (node.restricted) warn.push(t(`nodes.note.restricted.${CAUSES.find((cause) => cause === node.restricted) ?? "unknown"}`));
  if (node.missing_from && node.missing_to) {
    warn.push(t("nodes.note.missing", { from: number.format(node.missing_from), to: number.format(node.missing_to) }));
  }
  if (bad.length + warn.length === 0) return null;
  return (
    <ul className={clsx("flex flex-col gap-2", className)}>
      {bad.map((text) => (
        <li key={text} className="rounded-field bg-rust-wash px-3 py-2 font-medium text-rust">
          {text}
        </li>
      ))}
      {warn.map((text) => (
        <li key={text} className="rounded-field bg-amber-wash px-3 py-2 font-medium text-amber">
          {text}
        </li>
      ))}
    </ul>
  );
}
