import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Product } from "../../api/cloud";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { Conflict, type Difference } from "../list/Conflict";
import { BackLink } from "../ui/BackLink";
import { Card, PageHead } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { bodyOf, draftOf, emptyDraft, pricesOf, SOLD_BY, type Draft, type SoldBy } from "./draft";
import { HistoryCard } from "./HistoryCard";
import { OptionsCard } from "./OptionsCard";
import { PicturesCard } from "./PicturesCard";
import { PricesCard } from "./PricesCard";
import { categories, priceLists, product as productQuery, putPrices, putProduct, taxes } from "./queries";
import { treeOf } from "./tree";
import { VariantsCard } from "./VariantsCard";

const NEW = "new";
const STANDARD = "standard";
const EDITED = "catalog.edited_meanwhile";

/** One product with its variants, barcodes and prices. */
export function ProductPage() {
  const { t } = useTranslation("office");
  const { id = NEW } = useParams({ strict: false }) as { id?: string };
  const found = useQuery({ ...productQuery(id), enabled: id !== NEW });
  const lists = useQuery(priceLists);
  const isReady = lists.data && (id === NEW || found.data);
  const error = found.error ?? lists.error;
  const list = lists.data?.find(({ code }) => code === STANDARD)?.id;
  return (
    <>
      <BackLink href={paths.office.products()} label={t("catalog.title")} />
      {!isReady && !error && <Skeleton rows={4} className="h-24" />}
      {error && !isReady && <Failure error={error} onRetry={() => void Promise.all([found.refetch(), lists.refetch()])} />}
      {isReady && <Editor key={id} product={found.data} list={list} />}
    </>
  );
}

function Editor({ product, list }: { product: Product | undefined; list: string | undefined }) {
  const { t } = useTranslation("office");
  const go = useGo();
  const client = useQueryClient();
  const session = useSession();
  const writing = { digits: session.currency_exponent, locale: useLocale() };
  const [id] = useState(() => product?.id ?? newId());
  // What the form was filled from: it stays when the product is read again, and what was typed with it.
  const [seen, setSeen] = useState(product);
  const [theirs, setTheirs] = useState<Product>();
  const [draft, setDraft] = useState<Draft>(() => (product ? draftOf(product, list, session.now, writing) : emptyDraft()));
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const mayManage = mayEverywhere(session, "catalog.manage");
  const mayPrice = mayEverywhere(session, "price.manage");
  const differences = useDifferences();
  const saving = useMutation({
    mutationFn: async (over: Product | undefined) => {
      const whole = over && over !== seen ? withTheirs(draft, seen, draftOf(over, list, session.now, writing)) : draft;
      await putProduct(id, bodyOf(whole, over));
      const prices = mayPrice ? pricesOf(whole, over, list, session.now, writing) : [];
      if (list && prices.length > 0) await putPrices(list, prices);
    },
    onError: async (error) => {
      if (!seen || !(error instanceof Problem) || error.code !== EDITED) return;
      await client.invalidateQueries({ queryKey: ["product", id] });
      setTheirs(await client.fetchQuery(productQuery(id)));
    },
    onSettled: () => {
      for (const key of ["products", "catalog-changes", "prices"]) void client.invalidateQueries({ queryKey: [key] });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["product", id] });
      refill(await client.fetchQuery(productQuery(id)));
      go(paths.office.product(id), { replace: true });
    },
  });
  const refill = (kept: Product) => {
    setSeen(kept);
    setDraft(draftOf(kept, list, session.now, writing));
    setTheirs(undefined);
  };
  const missing = () => {
    if (!mayManage) return t("catalog.mayNot");
    if (!draft.name.trim()) return t("catalog.nameMissing");
    return draft.variants.some(({ sku }) => !sku.trim()) ? t("catalog.skuMissing") : null;
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (missing() === null && !saving.isPending) saving.mutate(seen);
      }}
    >
      <PageHead title={product?.name ?? t("catalog.new")}>
        <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={missing()}>
          {t("people.save")}
        </Button>
      </PageHead>
      {theirs ? (
        <div className="mb-4">
          <Conflict
            by={String(saving.error instanceof Problem ? (saving.error.figures["by"] ?? "") : "")}
            differences={differences(draft, draftOf(theirs, list, session.now, writing))}
            isBusy={saving.isPending}
            onMine={() => saving.mutate(theirs)}
            onTheirs={() => {
              refill(theirs);
              saving.reset();
            }}
          />
        </div>
      ) : (
        <Refusal error={saving.error} className="mb-4" />
      )}
      {saving.isSuccess && !saving.isPending && (
        <p role="status" className="mb-4 font-medium text-pine">
          {t("catalog.saved")}
        </p>
      )}
      <div className="flex flex-col gap-5">
        <Card title={t("catalog.what")}>
          <Fields draft={draft} change={change} isNew={!product} />
        </Card>
        <OptionsCard draft={draft} change={change} />
        <VariantsCard draft={draft} change={change} mayPrice={mayPrice} />
        {product && <PicturesCard product={product} mayManage={mayManage} />}
        {product && <PricesCard product={product} mayPrice={mayPrice} />}
        {product && <HistoryCard id={product.id} />}
      </div>
    </form>
  );
}

/** What is typed, with the variants that somebody else has added meanwhile: what is left out would be retired. */
function withTheirs(draft: Draft, seen: Product | undefined, theirs: Draft): Draft {
  const known = new Set([...draft.variants, ...(seen?.variants ?? [])].map(({ id }) => id));
  return { ...draft, variants: [...draft.variants, ...theirs.variants.filter(({ id }) => !known.has(id))] };
}

/** What is typed beside what is kept, as far as they differ. */
function useDifferences() {
  const { t } = useTranslation("office");
  const tree = treeOf(useQuery(categories).data ?? []);
  const rates = useQuery(taxes).data ?? [];
  return (mine: Draft, theirs: Draft): Difference[] => {
    const rows: [string, string, (draft: Draft) => string][] = [
      ["name", t("catalog.name"), ({ name }) => name],
      ["description", t("catalog.description"), ({ description }) => description],
      ["category", t("catalog.category"), ({ category }) => tree.find(({ id }) => id === category)?.path ?? ""],
      ["tax", t("catalog.tax"), ({ tax }) => rates.find(({ id }) => id === tax)?.name ?? ""],
      ["tags", t("catalog.tags"), ({ tags }) => tags],
      ["options", t("catalog.options"), ({ options }) => options.map(({ name, choices }) => `${name}: ${choices}`).join("; ")],
      ["variants", t("catalog.variants"), ({ variants }) => variants.map(({ sku, barcodes, price, active }) => [sku, barcodes, price, active ? "" : "–"].filter(Boolean).join(" ")).join("; ")],
    ];
    return rows.map(([name, label, said]) => ({ name, label, mine: said(mine), theirs: said(theirs) })).filter((one) => one.mine !== one.theirs);
  };
}

function Fields({ draft, change, isNew }: { draft: Draft; change: (part: Partial<Draft>) => void; isNew: boolean }) {
  const { t } = useTranslation("office");
  const tree = treeOf(useQuery(categories).data ?? []);
  const rates = useQuery(taxes).data ?? [];
  return (
    <div className="grid gap-4 px-5 pb-5 sm:grid-cols-2">
      <TextField label={t("catalog.name")} value={draft.name} onChange={(name) => change({ name })} isFirst={isNew} />
      <SelectField
        label={t("catalog.category")}
        value={draft.category}
        options={[["", t("catalog.none")], ...tree.map(({ id, path }): [string, string] => [id, path])]}
        onChange={(category) => change({ category })}
      />
      <TextField label={t("catalog.description")} value={draft.description} onChange={(description) => change({ description })} />
      <TextField label={t("catalog.tags")} hint={t("catalog.commas")} value={draft.tags} onChange={(tags) => change({ tags })} />
      <SelectField
        label={t("catalog.tax")}
        value={draft.tax}
        options={[["", t("catalog.none")], ...rates.map(({ id, name }): [string, string] => [id, name])]}
        onChange={(tax) => change({ tax })}
      />
      {isNew && (
        <SelectField
          label={t("catalog.soldBy")}
          value={draft.soldBy}
          options={Object.keys(SOLD_BY).map((name): [string, string] => [name, t(`catalog.units.${name as SoldBy}`)])}
          onChange={(soldBy) => change({ soldBy: soldBy as SoldBy })}
        />
      )}
    </div>
  );
}
