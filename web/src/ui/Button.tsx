import { clsx } from "clsx";
import { Tooltip } from "radix-ui";
import { useId, useState, type ButtonHTMLAttributes, type MouseEvent, type ReactNode, type Ref } from "react";

type Kind = "primary" | "plain" | "quiet" | "danger" | "night";
type Size = "normal" | "large" | "huge";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  kind?: Kind;
  size?: Size;
  /** Why it cannot be pressed now; told by a pointer, a tap, the keyboard and screen readers. `null` leaves it enabled. */
  blocked?: string | null;
  icon?: ReactNode;
}

const KINDS: Record<Kind, string> = {
  primary: "bg-pine text-white hover:bg-pine-deep active:bg-pine-deep disabled:bg-sunken disabled:text-faint disabled:border disabled:border-line",
  plain: "bg-surface text-ink border border-edge hover:bg-sunken active:bg-line disabled:text-faint disabled:border-line disabled:bg-sunken",
  quiet: "text-soft hover:bg-sunken hover:text-ink active:bg-line disabled:text-faint disabled:hover:bg-transparent",
  danger: "bg-rust text-white hover:brightness-90 active:brightness-90 disabled:bg-sunken disabled:text-faint",
  night: "bg-night-raised text-night-ink hover:bg-night-line active:bg-night-line disabled:text-night-soft",
};
/** The same grey as what is disabled, for what keeps its place in the order of the keyboard. */
const BLOCKED: Record<Kind, string> = {
  primary: "bg-sunken text-faint border border-line",
  plain: "bg-sunken text-faint border border-line",
  quiet: "text-faint",
  danger: "bg-sunken text-faint",
  night: "bg-night-raised text-night-soft",
};
const SIZES: Record<Size, string> = {
  normal: "min-h-12 px-4 text-base",
  large: "min-h-14 px-5 text-lg",
  huge: "min-h-18 px-6 text-xl",
};

/** Every button is at least 48 px high, and says why when it cannot be pressed. */
export function Button({ kind = "plain", size = "normal", blocked = null, icon, className, children, ...rest }: ButtonProps) {
  const look = clsx(
    "inline-flex min-w-12 items-center justify-center gap-2 rounded-field font-semibold leading-tight transition-colors select-none disabled:cursor-not-allowed",
    blocked === null ? KINDS[kind] : `cursor-not-allowed ${BLOCKED[kind]}`,
    SIZES[size],
    className,
  );
  if (blocked !== null) {
    return (
      <Blocked why={blocked} {...rest} className={look}>
        {icon}
        {children}
      </Blocked>
    );
  }
  return (
    <button type="button" {...rest} className={look}>
      {icon}
      {children}
    </button>
  );
}

/** How long a pointer rests before the reason is shown. */
const REST_MS = 150;

/** Stays within reach of the keyboard, because what cannot be reached cannot say why. */
function Blocked({ why, children, ...asked }: ButtonHTMLAttributes<HTMLButtonElement> & { why: string }) {
  const { onClick: _, title: __, disabled: ___, ...rest } = asked;
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const tell = (event: MouseEvent) => {
    // Neither its own act, nor that of the form around it; a tap shows the reason.
    event.preventDefault();
    setOpen(true);
  };
  return (
    <Tooltip.Provider delayDuration={REST_MS}>
      <Tooltip.Root open={isOpen} onOpenChange={setOpen}>
        <Tooltip.Trigger asChild onClick={tell}>
          <button type="button" {...rest} aria-disabled aria-describedby={id}>
            {children}
            <span id={id} hidden>
              {why}
            </span>
          </button>
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content sideOffset={6} collisionPadding={8} className="animate-fade z-60 max-w-72 rounded-field bg-night px-3 py-2 text-sm font-medium text-night-ink shadow-lift">
            {why}
            <Tooltip.Arrow className="fill-night" />
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}

/** A square button that shows an icon alone; its label is what it does. */
export function IconButton({ label, children, className, ...rest }: Omit<ButtonProps, "icon"> & { label: string }) {
  return (
    <Button kind="quiet" {...rest} aria-label={label} title={label} className={clsx("px-0!", className)}>
      {children}
    </Button>
  );
}
