import { clsx } from "clsx";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

type Kind = "primary" | "plain" | "quiet" | "danger" | "night";
type Size = "normal" | "large" | "huge";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  kind?: Kind;
  size?: Size;
  /** Why it cannot be pressed now; shown on hover and to screen readers. `null` leaves it enabled. */
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
const SIZES: Record<Size, string> = {
  normal: "min-h-12 px-4 text-base",
  large: "min-h-14 px-5 text-lg",
  huge: "min-h-18 px-6 text-xl",
};

/** Every button is at least 48 px high, and says why when it cannot be pressed. */
export function Button({ kind = "plain", size = "normal", blocked = null, icon, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || blocked !== null}
      title={blocked ?? rest.title}
      className={clsx(
        "inline-flex min-w-12 items-center justify-center gap-2 rounded-field font-semibold leading-tight transition-colors select-none disabled:cursor-not-allowed",
        KINDS[kind],
        SIZES[size],
        className,
      )}
    >
      {icon}
      {children}
      {blocked !== null && <span className="sr-only">({blocked})</span>}
    </button>
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
