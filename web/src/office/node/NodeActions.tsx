import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound, ShieldOff, Snowflake } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Node } from "../../api/cloud";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { mayAt, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { Code } from "./Code";
import { FenceDialog } from "./FenceDialog";
import { replaceNode, unfreezeNode } from "./queries";

const isFenced = (node: Node) => node.status.startsWith("fenced");

/** Lost, stolen or dead: stop it, then replace it. Restored office: let online promises start again. */
export function NodeActions({ node }: { node: Node }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const [isFencing, setFencing] = useState(false);
  const [isReplacing, setReplacing] = useState(false);
  const unfreeze = useMutation({
    mutationFn: () => unfreezeNode(node.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["nodes"] }),
  });
  const mayNot = mayAt(session, "node.fence", node.location_id) ? null : t("nodes.mayNotFence");
  const whyNotReplace = isFenced(node) ? mayNot : (mayNot ?? t("nodes.fenceFirst"));
  const whyNotUnfreeze = node.rebased_at ? mayNot : (mayNot ?? t("nodes.notRebased"));
  return (
    <Card title={t("nodes.actions")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <Action text={t("nodes.fenceHint")}>
          <Button kind="danger" icon={<ShieldOff aria-hidden className="size-5" />} blocked={isFenced(node) ? t("nodes.isFenced") : mayNot} onClick={() => setFencing(true)}>
            {t("nodes.fence")}
          </Button>
        </Action>
        <Action text={t("nodes.replaceHint")}>
          <Button icon={<KeyRound aria-hidden className="size-5" />} blocked={whyNotReplace} onClick={() => setReplacing(true)}>
            {t("nodes.replace")}
          </Button>
        </Action>
        {node.frozen_at && (
          <Action text={t("nodes.unfreezeHint")}>
            <Button
              kind="primary"
              icon={<Snowflake aria-hidden className="size-5" />}
              disabled={unfreeze.isPending}
              blocked={whyNotUnfreeze}
              onClick={() => unfreeze.mutate()}
            >
              {t("nodes.unfreeze")}
            </Button>
            <Refusal error={unfreeze.error} className="mt-2" />
          </Action>
        )}
      </div>
      {isFencing && <FenceDialog node={node} onClose={() => setFencing(false)} />}
      {isReplacing && <ReplaceDialog node={node} onClose={() => setReplacing(false)} />}
    </Card>
  );
}

function Action({ text, children }: { text: string; children: React.ReactNode }) {
  return (
    <div className="border-t border-line pt-4 first:border-0 first:pt-0">
      <p className="mb-2 text-soft">{text}</p>
      {children}
    </div>
  );
}

function ReplaceDialog({ node, onClose }: { node: Node; onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const making = useMutation({ mutationFn: () => replaceNode(node.id) });
  return (
    <Dialog title={t("nodes.replaceTitle", { branch: node.location_name })} description={t("nodes.replaceSteps")} onClose={onClose}>
      {making.data ? (
        <Code code={making.data.code} hint={t("nodes.expires", { time: formatTime(making.data.expires_at, locale) })} />
      ) : (
        <div className="flex flex-col gap-4">
          <Refusal error={making.error} />
          <Button kind="primary" size="large" disabled={making.isPending} onClick={() => making.mutate()}>
            {t("nodes.makeCode")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
