import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Node } from "../../api/cloud";
import { useLocale } from "../../i18n/useLocale";
import { Balance } from "../integrity/Balance";
import { invariants } from "../integrity/queries";
import { useZone } from "../session/SessionContext";
import { Completeness } from "../ui/Completeness";
import { Card } from "../ui/PageHead";
import { NodeNotes } from "./NodeNotes";

/** How far the records of a branch have come. */
export function NodeStanding({ node }: { node: Node }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const number = new Intl.NumberFormat(locale);
  const balance = useQuery(invariants).data?.nodes.find(({ node_id }) => node_id === node.id);
  const salvage = node.salvage;
  const rows: [string, string][] = [
    [t("nodes.epoch"), number.format(node.epoch)],
    [t("nodes.received"), number.format(node.last_seq)],
    [t("nodes.queue"), number.format(node.queue)],
    [
      t("nodes.missing"),
      node.missing_from && node.missing_to ? `${number.format(node.missing_from)}–${number.format(node.missing_to)}` : t("nodes.nothingMissing"),
    ],
    ...(node.at_risk === undefined ? [] : ([[t("nodes.atRisk"), number.format(node.at_risk)]] as [string, string][])),
    [t("nodes.version"), node.version],
  ];
  return (
    <Card title={t("nodes.standing")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <Completeness completeTo={node.complete_to} pending={node.queue} isConnected={node.connected} timeZone={zone(node.location_id)} />
        <NodeNotes node={node} />
        {balance && <Balance {...balance} isSmall />}
        <dl className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt className="text-sm text-faint">{name}</dt>
              <dd className="font-semibold">{value}</dd>
            </div>
          ))}
        </dl>
        {salvage && salvage.queued + salvage.applied + salvage.known + salvage.quarantined > 0 && (
          <p className="rounded-field bg-sky-wash px-3 py-2 text-sky">
            {t("nodes.salvage", {
              applied: number.format(salvage.applied),
              known: number.format(salvage.known),
              queued: number.format(salvage.queued),
              quarantined: number.format(salvage.quarantined),
            })}
          </p>
        )}
      </div>
    </Card>
  );
}
