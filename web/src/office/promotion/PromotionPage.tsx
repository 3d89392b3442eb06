import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { Conflict as EditConflict } from "../list/Conflict";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { Card, PageHead } from "../ui/PageHead";
import { ConflictsCard } from "./ConflictsCard";
import type { PromotionDetail } from "./contract";
import { canonical, type Document, type Json } from "./document";
import { documentOf, emptyForm, formOf, type Form } from "./draft";
import { EditorContext } from "./EditorContext";
import { Field } from "./Fields";
import { PreviewCard } from "./PreviewCard";
import { wrongsOf } from "./problems";
import { StateChip } from "./PromotionsPage";
import { conflicts, promotion as promotionQuery, putPromotion, readAgain, warnings } from "./queries";
import { ResultCard } from "./ResultCard";
import { CombinationCard, LabelsCard, LimitsCard } from "./RulesCards";
import { sentencesOf } from "./sentence";
import { StartStop } from "./StartStop";
import { Templates } from "./Templates";
import { GiveCards } from "./GiveCards";
import { TryCard } from "./TryCard";
import { useSettled } from "./useSettled";
import { useWords } from "./useWords";
import { VersionsCard } from "./VersionsCard";
import { VouchersCard } from "./VouchersCard";
import { WhenCards } from "./WhenCards";

const NEW = "new";
const EDITED = "catalog.edited_meanwhile";

/** One promotion: it is composed on the left, and tried on the right. */
export function PromotionPage() {
  const { t } = useTranslation("office");
  const { id = NEW } = useParams({ strict: false }) as { id?: string };
  const found = useQuery({ ...promotionQuery(id), enabled: id !== NEW });
  const [begun, setBegun] = useState<Form>();
  const [own] = useState(newId);
  return (
    <>
      <BackLink href={paths.office.promotions()} label={t("promotion.back")} />
      {id !== NEW && found.isPending && <Skeleton rows={4} className="h-24" />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {id === NEW && !begun && (
        <>
          <PageHead title={t("promotion.new")} />
          <Templates onChoose={setBegun} />
        </>
      )}
      {id === NEW && begun && <Editor key={own} id={own} saved={undefined} begun={begun} />}
      {found.data && <Editor key={id} id={id} saved={found.data} begun={undefined} />}
    </>
  );
}

const savedKey = (id: string) => ["promotion-saved", id];

/** What is typed, what of it is kept, and the way between them. */
function useDraft(id: string, saved: PromotionDetail | undefined, begun: Form | undefined) {
  const { currency } = useMoney();
  const client = useQueryClient();
  const go = useGo();
  const [seen, setSeen] = useState(saved);
  const [theirs, setTheirs] = useState<PromotionDetail>();
  const [form, setForm] = useState<Form>(() => (saved ? formOf(saved.draft, currency.exponent) : (begun ?? emptyForm())));
  // Fields that are empty are said to be missing once somebody wanted to save them.
  const [isAsked, setAsked] = useState(false);
  const { document, missing } = documentOf(form, currency.exponent);
  const isChanged = !seen || canonical(document as Json) !== canonical(documentOf(formOf(seen.draft, currency.exponent), currency.exponent).document as Json);
  const saving = useMutation({
    mutationFn: (over: PromotionDetail | undefined) => putPromotion(id, over?.version ?? null, document),
    onError: async (error) => {
      if (!(error instanceof Problem) || error.code !== EDITED) return;
      await client.invalidateQueries({ queryKey: ["promotion", id] });
      setTheirs(await client.fetchQuery(promotionQuery(id)));
    },
    onSuccess: async ({ version }) => {
      await readAgain(client);
      setSeen(await client.fetchQuery(promotionQuery(id)));
      setTheirs(undefined);
      // The page of a new one begins anew at its own address, and still says that it was saved.
      client.setQueryData(savedKey(id), version);
      go(paths.office.promotion(id), { replace: true });
    },
  });
  const change = (part: Partial<Form>) => {
    if (saving.error && !theirs) saving.reset();
    setForm({ ...form, ...part });
  };
  const save = () => {
    setAsked(true);
    if (missing.size === 0 && !saving.isPending) saving.mutate(seen);
  };
  const takeTheirs = () => {
    if (!theirs) return;
    setForm(formOf(theirs.draft, currency.exponent));
    setSeen(theirs);
    setTheirs(undefined);
    saving.reset();
  };
  const shown = isAsked ? missing : new Map([...missing].filter(([, why]) => why === "number"));
  return { form, change, document, missing, shown, isChanged, seen, theirs, takeTheirs, saving, save };
}

interface EditorProps {
  id: string;
  saved: PromotionDetail | undefined;
  begun: Form | undefined;
}

function Editor({ id, saved, begun }: EditorProps) {
  const { t } = useTranslation("office");
  const session = useSession();
  const draft = useDraft(id, saved, begun);
  const { form, change, document, missing, saving, seen } = draft;
  const now = saved ?? seen;
  const words = useWords(form);
  const isLocked = !mayEverywhere(session, "promotion.manage");
  const ready: Document | undefined = missing.size === 0 ? document : undefined;
  const settled = useSettled(ready, ready ? canonical(ready as Json) : "");
  const met = useQuery(conflicts(id, settled));
  const warned = useQuery(warnings(settled));
  const wrongs = useMemo(() => wrongsOf(draft.shown, saving.error ?? met.error), [draft.shown, saving.error, met.error]);
  const sentences = sentencesOf(form, words);
  return (
    <EditorContext value={{ wrongs, isLocked }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          draft.save();
        }}
      >
        <PageHead title={form.name.trim() || t("promotion.new")} {...(isLocked && { hint: t("promotion.mayNot") })}>
          {now && <StateChip state={now.state} />}
          <span className="text-soft">{draft.isChanged ? t("promotion.save.unsaved") : now && t("promotion.versions.version", { version: now.version })}</span>
          {!isLocked && (
            <Button type="submit" kind={draft.isChanged ? "primary" : "plain"} size="large" disabled={saving.isPending} blocked={draft.isChanged ? null : t("promotion.save.unchanged")}>
              {t("promotion.save.save")}
            </Button>
          )}
          {!isLocked && <StartStop promotion={now} name={form.name} isChanged={draft.isChanged} />}
        </PageHead>
        <Said id={id} draft={draft} wrongs={wrongs.length} />
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem] xl:grid-cols-[minmax(0,1fr)_26rem]">
          <div className="flex min-w-0 flex-col gap-6">
            <Card title={t("promotion.words.title")}>
              <p className="px-5 pb-4 text-lg text-pretty" data-testid="sentence">
                {form.give.length === 0 ? t("promotion.words.nothing") : sentences.join(" ")}
              </p>
              <div className="px-5 pb-5">
                <Field label={t("promotion.name")} hint={t("promotion.nameHint")} field="name" value={form.name} onChange={(name) => change({ name })} isText />
              </div>
            </Card>
            <GiveCards form={form} onChange={change} words={words} />
            <WhenCards form={form} onChange={change} words={words} />
            <CombinationCard form={form} onChange={change} />
            <LimitsCard form={form} onChange={change} />
            <LabelsCard form={form} onChange={change} />
          </div>
          <div className="flex min-w-0 flex-col gap-5">
            <TryCard id={id} draft={settled} />
            <ConflictsCard met={met} warnings={warned.data ?? []} isReady={settled !== undefined} />
            <PreviewCard promotion={id} draft={settled} />
            {now && <ResultCard promotion={now} />}
            {now && <VouchersCard promotion={now} form={form} />}
            {now && <VersionsCard promotion={now} />}
          </div>
        </div>
      </form>
    </EditorContext>
  );
}

/** What became of saving it: a refusal, another person's version, or that it is kept. */
function Said({ id, draft, wrongs }: { id: string; draft: ReturnType<typeof useDraft>; wrongs: number }) {
  const { t } = useTranslation("office");
  const { currency } = useMoney();
  const { saving, theirs, form, seen } = draft;
  const words = useWords(form);
  const justSaved = useQueryClient().getQueryData<number>(savedKey(id));
  if (theirs) {
    const other = formOf(theirs.draft, currency.exponent);
    const rows = [
      { name: "name", label: t("promotion.name"), mine: form.name, theirs: other.name },
      { name: "words", label: t("promotion.words.title"), mine: sentencesOf(form, words).join(" "), theirs: sentencesOf(other, words).join(" ") },
    ];
    const by = saving.error instanceof Problem ? String(saving.error.figures["by"] ?? "") : "";
    return (
      <div className="mb-4">
        <EditConflict by={by} differences={rows.filter((row) => row.mine !== row.theirs)} isBusy={saving.isPending} onMine={() => saving.mutate(theirs)} onTheirs={draft.takeTheirs} />
      </div>
    );
  }
  const isAtField = saving.error instanceof Problem && saving.error.fields.length > 0;
  return (
    <>
      {!isAtField && <Refusal error={saving.error} className="mb-4" />}
      {wrongs > 0 && (
        <p role="alert" className="mb-4 font-medium text-rust">
          {t("promotion.problem.fix", { count: wrongs })}
        </p>
      )}
      {!draft.isChanged && justSaved !== undefined && seen?.version === justSaved && (
        <p role="status" className="mb-4 font-medium text-pine">
          {t("promotion.save.saved", { version: justSaved })}
        </p>
      )}
    </>
  );
}
