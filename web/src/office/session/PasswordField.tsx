import { Eye, EyeOff } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

/** NIST SP 800-63B 5.1.1: length counts, rules of composition do not. */
export const FEWEST_CHARACTERS = 8;

interface PasswordFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Of a password that there is, or of one to be made. */
  isNew?: boolean;
  isOptional?: boolean;
}

/** A password, which may be looked at while it is typed. */
export function PasswordField({ label, value, onChange, isNew = false, isOptional = false }: PasswordFieldProps) {
  const { t } = useTranslation("office");
  const id = useId();
  const [isShown, setShown] = useState(false);
  return (
    <div>
      <label htmlFor={id} className="font-medium text-soft">
        {label}
      </label>
      <div className="relative mt-1">
        <input
          id={id}
          type={isShown ? "text" : "password"}
          required={!isOptional}
          autoComplete={isNew ? "new-password" : "current-password"}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 pr-14 text-lg outline-none focus:border-pine"
        />
        <button
          type="button"
          aria-label={t("signIn.show")}
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
          className="absolute top-1/2 right-1 grid size-12 -translate-y-1/2 place-items-center rounded-field text-soft hover:text-ink"
        >
          {isShown ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
        </button>
      </div>
    </div>
  );
}
