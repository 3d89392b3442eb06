import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { PermissionInfo, Role } from "../../api/cloud";
import { usePermissionName } from "../ui/usePermissionName";
import { useLimit } from "./useLimit";

/** Permissions down, roles across; a check says who may. */
export function Matrix({ roles, permissions }: { roles: Role[]; permissions: PermissionInfo[] }) {
  const { t } = useTranslation("office");
  const name = usePermissionName();
  const limit = useLimit();
  return (
    <section aria-label={t("roles.matrix")} className="mt-6">
      <h2 className="mb-3 text-lg font-semibold">{t("roles.matrix")}</h2>
      {/* What scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div tabIndex={0} className="relative overflow-x-auto rounded-card border border-line bg-surface shadow-card">
        <table aria-label={t("roles.matrix")} className="w-full text-left">
          <thead>
            <tr className="border-b border-line text-sm text-faint">
              <th scope="col" className="sticky left-0 bg-surface px-4 py-3 font-medium">
                {t("roles.permission")}
              </th>
              {roles.map((role) => (
                <th key={role.id} scope="col" className="px-4 py-3 text-center font-medium whitespace-nowrap">
                  {role.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {permissions.map((permission) => (
              <tr key={permission.code}>
                <th scope="row" className="sticky left-0 bg-surface px-4 py-2 font-normal">
                  {name(permission.code)}
                </th>
                {roles.map((role) => {
                  const found = role.permissions.find(({ code }) => code === permission.code);
                  return (
                    <td key={role.id} className="px-4 py-2 text-center text-sm">
                      {found && <Check aria-label={t("roles.may")} className="mx-auto size-5 text-pine" />}
                      {found && <span className="text-faint">{limit(found)}</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
