import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";

/** A secret that is shown once, large enough to be read over a telephone. */
export function Code({ code, hint }: { code: string; hint: string }) {
  const { t } = useTranslation("office");
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(code).then(() => setCopied(true));
  };
  return (
    <div className="flex flex-col items-center gap-3 text-center">
      <output className={`rounded-field bg-night px-5 py-4 font-mono font-bold text-night-ink wrap-anywhere ${code.length > 20 ? "text-lg" : "text-3xl tracking-wider"}`}>
        {code}
      </output>
      <p className="text-soft">{hint}</p>
      <Button icon={<Copy aria-hidden className="size-5" />} onClick={copy}>
        {t(isCopied ? "nodes.copied" : "nodes.copy")}
      </Button>
    </div>
  );
}
