import { clsx } from "clsx";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { IconButton } from "./Button";

interface DialogProps {
  title: string;
  description?: string | undefined;
  onClose: () => void;
  /** While something is being recorded, neither Escape nor a tap outside closes it. */
  isBusy?: boolean;
  className?: string;
  children: ReactNode;
}

/** A modal sheet: from below on a phone, in the middle on a tablet. */
export function Dialog({ title, description, onClose, isBusy = false, className, children }: DialogProps) {
  const { t } = useTranslation();
  const hold = (event: Event) => {
    if (isBusy) event.preventDefault();
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && !isBusy && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="animate-fade fixed inset-0 z-40 bg-night/55" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          onEscapeKeyDown={hold}
          onPointerDownOutside={hold}
          className={clsx(
            "animate-rise fixed inset-x-0 bottom-0 z-50 flex max-h-[94dvh] flex-col overflow-hidden rounded-t-2xl bg-surface shadow-lift outline-none",
            "sm:inset-0 sm:m-auto sm:h-fit sm:rounded-2xl",
            className ?? "sm:max-w-md",
          )}
        >
          <div className="flex items-center gap-2 border-b border-line py-2 pr-2 pl-5">
            <Radix.Title className="flex-1 py-2 text-lg font-semibold">{title}</Radix.Title>
            {!isBusy && (
              <IconButton label={t("close")} onClick={onClose}>
                <X aria-hidden className="size-5" />
              </IconButton>
            )}
          </div>
          {description && <Radix.Description className="px-5 pt-4 text-soft">{description}</Radix.Description>}
          <div className="overflow-y-auto p-5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
