import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { useMemo } from 'react';
import { bucketTitle, tickLabel, ticks } from '@/lib/buckets';
import type { Bucket } from '@/lib/range';
import type { ChartData, Row } from '@/lib/series';
import { Tip } from './Tip';

export interface PlotProps {
  kind: 'bars' | 'lines';
  data: ChartData;
  bucket: Bucket;
  /** How much time one row stands for, in milliseconds. */
  spanMs: number;
  format: (value: number) => string;
  height: number;
  /** The rows that the pointer passes show a sum, where one makes sense. */
  withTotal: boolean;
}

/** A value between two gaps: a line of one point would not be seen. */
function isLone(rows: readonly Row[], index: number, key: string): boolean {
  const at = (place: number) => rows[place]?.[key] ?? null;
  return at(index) !== null && at(index - 1) === null && at(index + 1) === null;
}

/** The drawing of a chart; loaded when there is something to draw. Keyboard and screen readers have the table. */
export default function Plot({ kind, data, bucket, spanMs, format, height, withTotal }: PlotProps) {
  const rows = data.rows as Row[];
  const labelled = useMemo(
    () =>
      ticks(
        rows.map((row) => row.start),
        bucket,
        7,
      ),
    [rows, bucket],
  );
  const shared = {
    h: height,
    data: rows,
    dataKey: 'start',
    series: data.series.map(({ key, label, color }) => ({ name: key, label, color })),
    valueFormatter: format,
    accessibilityLayer: false,
    strokeDasharray: '3 4',
    tickLine: 'none' as const,
    xAxisProps: {
      ticks: labelled,
      interval: 0 as const,
      tickMargin: 8,
      height: 28,
      tickFormatter: (start: string) => tickLabel(start, bucket),
      padding: { left: 4, right: 4 },
    },
    yAxisProps: {
      width: 56,
      tickFormatter: (value: number) => (value === 0 ? '0' : format(value).replace(' ', '\u00a0')),
      tickCount: 4,
      allowDecimals: kind === 'lines',
      domain: [0, 'auto'] as [number, 'auto'],
    },
    tooltipProps: {
      content: ({ active, label }: { active?: boolean; label?: string | number }) => {
        const row = active ? rows.find(({ start }) => start === label) : undefined;
        if (!row) return null;
        return (
          <Tip
            title={bucketTitle(row.start, bucket, spanMs)}
            row={row}
            data={data}
            format={format}
            withTotal={withTotal}
          />
        );
      },
    },
  };
  if (kind === 'bars')
    return (
      <BarChart
        {...shared}
        type="stacked"
        maxBarWidth={36}
        barChartProps={{ barCategoryGap: rows.length > 60 ? 1 : '18%', margin: { top: 6, right: 4 } }}
      />
    );
  return (
    <LineChart
      {...shared}
      withDots={false}
      connectNulls={false}
      curveType="linear"
      strokeWidth={1.75}
      lineChartProps={{ margin: { top: 6, right: 4 } }}
      lineProps={({ name }) => ({
        activeDot: { r: 3 },
        dot: ({ cx, cy, index, stroke }: { cx?: number; cy?: number; index?: number; stroke?: string }) =>
          isLone(rows, index ?? -1, name) ? (
            <circle key={index} cx={cx} cy={cy} r={2.5} fill={stroke} />
          ) : (
            <g key={index} />
          ),
      })}
    />
  );
}
