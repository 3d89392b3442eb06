import { useTranslation } from "react-i18next";

import { Banner } from "../ui/Banner";
import type { EdgeState } from "./queries";

/** What is wrong with the branch computer, in plain words. A lost office is not: its chip says it. */
export function StateBanners({ edge, isLost }: { edge: EdgeState; isLost: boolean }) {
  const { t } = useTranslation("station");
  const { mode, clock, sync } = edge;
  const minutes = Math.round(Math.abs(clock.offset_ms ?? clock.behind_ms) / 60_000);
  return (
    <>
      {isLost && <Banner tone="bad">{t("banner.edgeLost")}</Banner>}
      {mode !== "normal" && <Banner tone="bad">{t(`banner.${mode}`)}</Banner>}
      {clock.skewed && (
        <Banner tone="warn">{minutes > 0 ? t("banner.clock", { minutes }) : t("banner.clockUnknown")}</Banner>
      )}
      {sync.problem && <Banner tone="warn">{t("banner.syncProblem", { problem: sync.problem })}</Banner>}
      {edge.training && <Banner tone="note">{t("banner.training")}</Banner>}
    </>
  );
}
