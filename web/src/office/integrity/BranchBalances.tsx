import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import type { Invariants } from "../../api/cloud";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Empty } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { Completeness } from "../ui/Completeness";
import { DataTable, type Column } from "../ui/DataTable";

type Row = Invariants["nodes"][number];

/** The same equation, branch by branch. */
export function BranchBalances({ nodes }: { nodes: Row[] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const number = new Intl.NumberFormat(locale);
  const count = (name: "accepted" | "applied" | "waiting" | "quarantined" | "queued", header: string, look = ""): Column<Row> => ({
    name,
    header,
    isNumber: true,
    cell: (row) => <span className={clsx(row[name] === 0 ? "text-faint" : look)}>{number.format(row[name])}</span>,
  });
  const columns: Column<Row>[] = [
    { name: "branch", header: t("branch.label"), isTitle: true, cell: (row) => row.location_name },
    {
      name: "complete",
      header: t("integrity.completeTo"),
      cell: (row) => <Completeness completeTo={row.complete_to} pending={row.on_their_way} isConnected={row.connected} timeZone={zone(row.location_id)} />,
    },
    count("accepted", t("integrity.accepted")),
    count("applied", t("integrity.applied"), "text-pine"),
    count("waiting", t("integrity.waiting"), "font-semibold text-amber"),
    count("quarantined", t("integrity.quarantined"), "font-semibold text-rust"),
    count("queued", t("integrity.queued"), "text-sky"),
    {
      name: "missing",
      header: t("integrity.missing"),
      isNumber: true,
      cell: (row) => <span className={row.missing === 0 ? "text-faint" : "font-semibold text-rust"}>{number.format(row.missing)}</span>,
    },
  ];
  if (nodes.length === 0) return <Empty title={t("integrity.noNodes")} />;
  return (
    <section aria-label={t("integrity.byBranch")}>
      <h2 className="mb-3 text-lg font-semibold">{t("integrity.byBranch")}</h2>
      <DataTable label={t("integrity.byBranch")} rows={nodes} columns={columns} id={(row) => row.node_id} href={(row) => paths.office.node(row.node_id)} />
    </section>
  );
}
