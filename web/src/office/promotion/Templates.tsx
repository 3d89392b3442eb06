import { Clock3, Gift, Layers, Percent, ShoppingBasket, Shirt, SquarePen, Zap } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { emptyForm, type Form } from "./draft";
import { formOfTemplate, TEMPLATES, type Template } from "./templates";

const ICONS: Record<Template, ReactNode> = {
  threeForTwo: <Layers />,
  category: <Percent />,
  buyTwo: <Shirt />,
  gift: <Gift />,
  happyHour: <Clock3 />,
  forPrice: <ShoppingBasket />,
  flash: <Zap />,
};

/** What a campaign may begin with. */
export function Templates({ onChoose }: { onChoose: (form: Form) => void }) {
  const { t } = useTranslation("office");
  return (
    <section aria-labelledby="promotion-templates">
      <h2 id="promotion-templates" className="text-xl font-semibold">
        {t("promotion.template.title")}
      </h2>
      <p className="mb-4 text-soft">{t("promotion.template.hint")}</p>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {TEMPLATES.map((template) => {
          const name = t(`promotion.template.${template}.name`);
          return <Tile key={template} icon={ICONS[template]} name={name} hint={t(`promotion.template.${template}.hint`)} onClick={() => onChoose(formOfTemplate(template, name))} />;
        })}
        <Tile icon={<SquarePen />} name={t("promotion.template.empty.name")} hint={t("promotion.template.empty.hint")} onClick={() => onChoose(emptyForm())} />
      </ul>
    </section>
  );
}

function Tile({ icon, name, hint, onClick }: { icon: ReactNode; name: string; hint: string; onClick: () => void }) {
  return (
    <li>
      <button type="button" onClick={onClick} className="flex h-full min-h-24 w-full items-center gap-4 rounded-card border border-line bg-surface p-4 text-left shadow-card hover:bg-pine-wash">
        <span aria-hidden className="text-pine *:size-8">
          {icon}
        </span>
        <span className="min-w-0">
          <span className="block text-lg font-semibold">{name}</span>
          <span className="block text-soft">{hint}</span>
        </span>
      </button>
    </li>
  );
}
