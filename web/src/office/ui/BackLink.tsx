import { ArrowLeft } from "lucide-react";

import { Go } from "../../ui/Go";

export function BackLink({ href, label }: { href: string; label: string }) {
  return (
    <Go href={href} className="-ml-2 mb-1 inline-flex min-h-12 items-center gap-2 rounded-field px-2 font-medium text-pine hover:bg-pine-wash">
      <ArrowLeft aria-hidden className="size-5" />
      {label}
    </Go>
  );
}
