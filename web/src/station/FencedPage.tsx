import { useQueryClient } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "../ui/Button";
import type { Fence, Mark } from "./fence";
import { edgeState } from "./queries";

const shown = ({ epoch, seq }: Mark) => (epoch > 0 ? `${epoch}/${seq}` : String(seq));

/** The branch computer has gone back behind what this device has seen: nothing may be sold. */
export function FencedPage({ fence }: { fence: Fence }) {
  const { t } = useTranslation("station");
  const client = useQueryClient();
  return (
    <main className="grid min-h-dvh place-items-center bg-rust-wash p-6">
      <title>{`${t("fence.title")} · Branchline`}</title>
      <div role="alert" className="flex max-w-xl flex-col items-center gap-4 text-center">
        <ShieldAlert aria-hidden className="size-16 text-rust" />
        <h1 className="text-3xl font-bold text-rust">{t("fence.title")}</h1>
        <p className="text-lg text-balance">
          {t(`fence.${fence.cause}`, { highest: shown(fence.highest), found: shown(fence.found) })}
        </p>
        <Button size="large" onClick={() => void client.invalidateQueries({ queryKey: edgeState.queryKey })}>
          {t("fence.again")}
        </Button>
      </div>
    </main>
  );
}
