import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { ChangeList } from "../list/ChangeList";
import { Card } from "../ui/PageHead";
import { changes } from "./queries";

/** Who changed it, when, and how. */
export function HistoryCard({ id }: { id: string }) {
  const { t } = useTranslation("office");
  return (
    <Card title={t("catalog.history")}>
      <div className="px-5 pb-3">
        <ChangeList list={useQuery(changes(id))} />
      </div>
    </Card>
  );
}
