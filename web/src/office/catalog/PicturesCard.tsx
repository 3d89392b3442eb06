import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { ArrowLeft, ArrowRight, ImagePlus, Trash2 } from "lucide-react";
import { useEffect, useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Gallery, KeptPicture, Picture, Product } from "../../api/cloud";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { paths } from "../../paths";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure, Refusal, Refused, Skeleton } from "../../ui/states";
import { useWording } from "../../ui/useWording";
import { Chip } from "../ui/Chip";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { addPicture, pictures, putPictures } from "./queries";

/** What the server takes: more is not sent at all. */
const MOST_BYTES = 12 << 20;
const KINDS = "image/jpeg,image/png,image/webp";

/** A file on its way; the id stays when it is sent again. */
interface Sent {
  id: string;
  file: File;
  error?: unknown;
}

const keptOf = ({ id, alt, choice }: Picture): KeptPicture => ({ id, alt, choice: choice ?? null });

/** What a product looks like: chosen, dropped or pasted, in an order, each with what is to be seen. */
export function PicturesCard({ product, mayManage }: { product: Product; mayManage: boolean }) {
  const { t } = useTranslation("office");
  const found = useQuery(pictures(product.id));
  return (
    <Card title={t("pictures.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {found.isPending && <Skeleton rows={1} className="h-40" />}
        {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {found.data && <Shown product={product} gallery={found.data} mayManage={mayManage} />}
      </div>
    </Card>
  );
}

function Shown({ product, gallery, mayManage }: { product: Product; gallery: Gallery; mayManage: boolean }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [removed, setRemoved] = useState<Picture>();
  const changed = () => {
    for (const key of ["pictures", "products", "catalog-changes"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const arranging = useMutation({
    // One after the other, each from what the one before has left: leaving a field and pressing a button are two.
    scope: { id: `pictures ${product.id}` },
    mutationFn: (change: (items: KeptPicture[]) => KeptPicture[]) => {
      const now = client.getQueryData(pictures(product.id).queryKey) ?? gallery;
      return putPictures(product.id, { version: now.version ?? null, items: change(now.items.map(keptOf)) });
    },
    onSuccess: (now) => client.setQueryData(pictures(product.id).queryKey, now),
    onSettled: changed,
  });
  const { items } = gallery;
  const choices = (product.options ?? []).flatMap((option) => option.choices);
  const change = (id: string, part: Partial<KeptPicture>) => arranging.mutate((all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));
  const move = (id: string, steps: number) =>
    arranging.mutate((all) => {
      const from = all.findIndex((one) => one.id === id);
      const order = [...all];
      order.splice(Math.max(from + steps, 0), 0, ...order.splice(from, 1));
      return order;
    });
  if (items.length === 0 && !mayManage) return <p className="text-soft">{t("pictures.none")}</p>;
  return (
    <>
      <Refusal error={arranging.error} />
      <ol className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {items.map((one, place) => (
          <li key={one.id} className="flex min-w-0 flex-col gap-3 rounded-field border border-line p-3">
            <Shot picture={one} name={product.name} place={place}>
              {place === 0 && items.length > 1 && (
                <span className="absolute top-2 left-2">
                  <Chip>{t("pictures.first")}</Chip>
                </span>
              )}
            </Shot>
            {mayManage && (
              <>
                <Alt key={one.alt} value={one.alt} onDone={(alt) => change(one.id, { alt })} />
                {choices.length > 0 && (
                  <SelectField
                    label={t("pictures.choice")}
                    value={one.choice ?? ""}
                    options={[["", t("pictures.allChoices")], ...[...new Set([...choices, ...(one.choice ? [one.choice] : [])])].map((choice): [string, string] => [choice, choice])]}
                    onChange={(choice) => change(one.id, { choice: choice || null })}
                  />
                )}
                <div className="mt-auto flex gap-1">
                  <IconButton label={t("pictures.earlier", { number: place + 1 })} disabled={place === 0} onClick={() => move(one.id, -1)}>
                    <ArrowLeft aria-hidden className="size-5" />
                  </IconButton>
                  <IconButton label={t("pictures.later", { number: place + 1 })} disabled={place === items.length - 1} onClick={() => move(one.id, 1)}>
                    <ArrowRight aria-hidden className="size-5" />
                  </IconButton>
                  <IconButton label={t("pictures.remove", { number: place + 1 })} className="ml-auto" onClick={() => setRemoved(one)}>
                    <Trash2 aria-hidden className="size-5" />
                  </IconButton>
                </div>
              </>
            )}
          </li>
        ))}
      </ol>
      {mayManage && <Adding product={product} onAdded={changed} />}
      {removed && (
        <Dialog title={t("pictures.removeTitle")} description={t("pictures.removeHint")} onClose={() => setRemoved(undefined)}>
          <Button
            kind="danger"
            size="large"
            className="w-full"
            onClick={() => {
              arranging.mutate((all) => all.filter(({ id }) => id !== removed.id));
              setRemoved(undefined);
            }}
          >
            {t("pictures.removeIt")}
          </Button>
        </Dialog>
      )}
    </>
  );
}

function Shot({ picture, name, place, children }: { picture: Picture; name: string; place: number; children: ReactNode }) {
  const { t } = useTranslation("office");
  return (
    <div className="relative flex h-52 items-center justify-center overflow-hidden rounded-field bg-white">
      <img
        src={paths.office.picture(picture.large)}
        alt={picture.alt || t("pictures.untold", { number: place + 1, name })}
        width={picture.width}
        height={picture.height}
        loading="lazy"
        className="max-h-full w-auto max-w-full object-contain"
      />
      {children}
    </div>
  );
}

/** What is to be seen; kept when the field is left. */
function Alt({ value, onDone }: { value: string; onDone: (alt: string) => void }) {
  const { t } = useTranslation("office");
  const [alt, setAlt] = useState(value);
  const done = () => {
    if (alt.trim() !== value) onDone(alt.trim());
  };
  return <TextField label={t("pictures.alt")} hint={t("pictures.altHint")} value={alt} onChange={setAlt} onDone={done} />;
}

function Adding({ product, onAdded }: { product: Product; onAdded: () => void }) {
  const { t } = useTranslation("office");
  const word = useWording();
  const field = useId();
  const [isOver, setOver] = useState(false);
  const [failed, setFailed] = useState<Sent[]>([]);
  const [progress, setProgress] = useState<{ done: number; all: number }>();
  const sending = useMutation({
    mutationFn: async (files: Sent[]) => {
      const bad: Sent[] = [];
      for (const [done, { id, file }] of files.entries()) {
        setProgress({ done, all: files.length });
        try {
          if (file.size > MOST_BYTES) throw new Problem("picture.too_large", 413, "Too large");
          // One after the other: their order is that of the files, and the server makes one small at a time.
          // oxlint-disable-next-line no-await-in-loop
          await addPicture(product.id, id, file);
        } catch (error) {
          bad.push({ id, file, error });
        }
      }
      return bad;
    },
    onSuccess: setFailed,
    onSettled: () => {
      setProgress(undefined);
      onAdded();
    },
  });
  const { mutate, isPending } = sending;
  const send = (files: Iterable<File>) => {
    const all = [...files].map((file) => ({ id: newId(), file }));
    if (all.length > 0 && !isPending) mutate(all);
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
      if (files.length === 0 || isPending) return;
      event.preventDefault();
      mutate(files.map((file) => ({ id: newId(), file })));
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [mutate, isPending]);
  const again = failed.filter(({ error }) => error instanceof Problem && error.isUncertain);
  return (
    <div className="flex flex-col gap-3">
      {failed.map(({ id, file, error }) => (
        <Refused key={id}>
          <span className="min-w-0 break-words">
            {file.name}: {word(error)}
          </span>
        </Refused>
      ))}
      {again.length > 0 && (
        <Button disabled={isPending} onClick={() => mutate(again)}>
          {t("pictures.again")}
        </Button>
      )}
      <label
        htmlFor={field}
        className={clsx(
          "relative flex min-h-24 flex-wrap items-center justify-center gap-x-3 gap-y-1 rounded-field border-2 border-dashed p-4 text-center focus-within:outline-2 focus-within:outline-pine",
          isOver ? "border-pine bg-pine-wash" : "border-edge hover:bg-sunken",
        )}
      >
        <ImagePlus aria-hidden className="size-6 text-soft" />
        <span className="font-semibold">{t("pictures.add")}</span>
        <span className="w-full text-sm text-soft">{t("pictures.addHint")}</span>
        <input
          id={field}
          type="file"
          multiple
          accept={KINDS}
          disabled={isPending}
          className="absolute inset-0 cursor-pointer opacity-0"
          onChange={(event) => {
            send(event.target.files ?? []);
            event.target.value = "";
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            send(event.dataTransfer.files);
          }}
        />
      </label>
      <p role="status" className={clsx("font-medium text-soft", !progress && "sr-only")}>
        {progress && t("pictures.sending", { number: progress.done + 1, all: progress.all })}
      </p>
    </div>
  );
}
