import { ChartColumn, Table } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { IconButton } from "../../ui/Button";
import { Empty, Skeleton } from "../../ui/states";
import { Card } from "../ui/PageHead";

export interface Series {
  name: string;
  kind: "bar" | "line";
  /** A hex colour: the chart cannot read the tokens. */
  color: string;
  values: number[];
}

interface ChartProps {
  title: string;
  /** The name of what runs along the axis. */
  axis: string;
  labels: string[];
  series: Series[];
  /** What it says, in a sentence. */
  summary?: string | undefined;
}

type Instance = ReturnType<typeof import("./chart").init>;

/** Money along an axis, as a picture or as a table. */
export function Chart({ title, axis, labels, series, summary }: ChartProps) {
  const { t } = useTranslation("office");
  const [isTable, setTable] = useState(false);
  const hasFigures = series.some(({ values }) => values.some((value) => value !== 0));
  return (
    <Card
      title={title}
      action={
        hasFigures && (
          <IconButton label={t(isTable ? "overview.asChart" : "overview.asTable")} aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? <ChartColumn aria-hidden className="size-5" /> : <Table aria-hidden className="size-5" />}
          </IconButton>
        )
      }
    >
      {!hasFigures && <Empty title={t("overview.noDays")} icon={<ChartColumn aria-hidden className="size-7" />} />}
      {hasFigures && summary && <p className="px-5 pb-2 text-soft">{summary}</p>}
      {hasFigures && !isTable && <Legend series={series} />}
      {hasFigures && (isTable ? <FigureTable {...{ title, axis, labels, series }} /> : <Picture {...{ title, axis, labels, series }} />)}
    </Card>
  );
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul className="flex flex-wrap gap-x-5 px-5 text-sm text-soft">
      {series.map(({ name, color }) => (
        <li key={name} className="flex items-center gap-2">
          <span aria-hidden className="size-3 rounded-xs" style={{ backgroundColor: color }} />
          {name}
        </li>
      ))}
    </ul>
  );
}

function FigureTable({ title, axis, labels, series }: ChartProps) {
  const money = useMoney();
  return (
    // A list that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div tabIndex={0} role="region" aria-label={title} className="max-h-80 overflow-y-auto px-5 pb-4">
      <table className="w-full">
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b border-line text-left text-sm text-faint">
            <th scope="col" className="py-2 font-medium">
              {axis}
            </th>
            {series.map(({ name }) => (
              <th key={name} scope="col" className="py-2 text-right font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {labels.map((label, at) => (
            <tr key={label}>
              <th scope="row" className="py-1.5 text-left font-normal">
                {label}
              </th>
              {series.map(({ name, values }) => (
                <td key={name} className="py-1.5 text-right">
                  {money.amount(values[at] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const INK = "#4d5b54";
const RULE = "#e4e6de";
const FONT = "'IBM Plex Sans Variable', 'IBM Plex Sans Thai', sans-serif";

function Picture({ title, labels, series }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const instance = useRef<Instance | null>(null);
  const [isReady, setReady] = useState(false);
  const money = useMoney();

  useEffect(() => {
    let observer: ResizeObserver | undefined;
    let isGone = false;
    void import("./chart").then(({ init }) => {
      if (isGone || !box.current) return;
      const chart = init(box.current, null, { renderer: "svg" });
      instance.current = chart;
      observer = new ResizeObserver(() => chart.resize());
      observer.observe(box.current);
      setReady(true);
    });
    return () => {
      isGone = true;
      observer?.disconnect();
      instance.current?.dispose();
      instance.current = null;
    };
  }, []);

  useEffect(() => {
    if (!isReady) return;
    instance.current?.setOption(
      {
        animationDuration: 250,
        animationDurationUpdate: 250,
        textStyle: { fontFamily: FONT },
        grid: { left: 8, right: 12, top: 14, bottom: 4, outerBoundsMode: "same" },
        tooltip: {
          trigger: "axis",
          confine: true,
          valueFormatter: (value: number) => money.amount(value),
          textStyle: { fontFamily: FONT, color: "#1d2b25" },
        },
        xAxis: {
          type: "category",
          data: labels,
          axisTick: { show: false },
          axisLine: { lineStyle: { color: RULE } },
          axisLabel: { color: INK, hideOverlap: true },
        },
        yAxis: {
          type: "value",
          splitNumber: 4,
          splitLine: { lineStyle: { color: RULE } },
          axisLabel: { color: INK, formatter: (value: number) => money.compact(value) },
        },
        series: series.map(({ name, kind, color, values }) => ({
          name,
          type: kind,
          data: values,
          itemStyle: { color, borderRadius: kind === "bar" ? [3, 3, 0, 0] : 0 },
          lineStyle: { color, width: 2.5 },
          symbol: "circle",
          symbolSize: 5,
          barMaxWidth: 22,
          barGap: "15%",
        })),
      },
      { notMerge: true },
    );
  }, [isReady, labels, series, money]);

  return (
    <div className="px-3 pb-3">
      <div ref={box} role="img" aria-label={title} className="h-64 w-full" />
      {!isReady && <Skeleton rows={0} />}
    </div>
  );
}
