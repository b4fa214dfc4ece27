import type { Schema } from '@/api/client';
import { seriesColors } from '@/theme';

export type Summary = Schema<'UsageSummary'>;
export type Figures = Omit<Schema<'SeriesPoint'>, 'start' | 'group'>;
export type Measure = keyof Figures;
/** A time of a bucket, in milliseconds; null where nothing was timed. */
export type Timing = 'duration_p50_ms' | 'duration_p95_ms' | 'first_byte_p50_ms' | 'first_byte_p95_ms';

/** One line or one layer of a chart. `total` is its sum over the range; null where a sum says nothing. */
export interface Series {
  /** Where its values stand in a row. Never a group's own name: a chart reads "gpt-4.1" as a path. */
  key: string;
  label: string;
  color: string;
  total: number | null;
}

export interface Row {
  /** The instant at which the bucket begins. */
  start: string;
  [key: string]: string | number | null;
}

export interface ChartData {
  series: readonly Series[];
  rows: readonly Row[];
}

const OTHER_COLOR = 'gray.5';
const palette = seriesColors.filter((color) => color !== OTHER_COLOR);

/** What people call a group; an empty one is a call that named none. */
export const groupLabel = (group: { group: string; name: string | null }): string =>
  group.name ?? (group.group === '' ? '(none)' : group.group);

const inSum = (row: Row, series: readonly Series[]): number =>
  series.reduce((sum, { key }) => sum + Number(row[key] ?? 0), 0);

/**
 * A measure over time, stacked by the groups that have most of it; the rest of each bucket is "Other". A group keeps its
 * colour from chart to chart: it follows the group's place in the summary, not its place in this chart.
 */
export function stack(summary: Summary, measure: Measure, most = 6): ChartData {
  const shown = summary.groups
    .map((group, place) => ({ group, place, total: group[measure] }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total)
    .slice(0, most);
  const series: Series[] = shown.map(({ group, place, total }) => ({
    key: `s${place}`,
    label: groupLabel(group),
    color: palette[place % palette.length] ?? OTHER_COLOR,
    total,
  }));
  const keys = new Map(shown.map(({ group, place }) => [group.group, `s${place}`]));
  const zeros = Object.fromEntries(series.map(({ key }) => [key, 0]));
  const rows = new Map<number, Row>(
    summary.buckets.map(({ start }) => [Date.parse(start), { start, ...zeros } satisfies Row]),
  );
  for (const point of summary.series) {
    const row = rows.get(Date.parse(point.start));
    const key = keys.get(point.group);
    if (row && key) row[key] = point[measure];
  }
  const rest = summary.totals[measure] - series.reduce((sum, { total }) => sum + (total ?? 0), 0);
  if (rest <= 0) return { series, rows: [...rows.values()] };
  for (const bucket of summary.buckets) {
    const row = rows.get(Date.parse(bucket.start));
    if (row) row.other = Math.max(0, bucket[measure] - inSum(row, series));
  }
  const label = series.length === 0 ? 'All' : 'Other';
  return { series: [...series, { key: 'other', label, color: OTHER_COLOR, total: rest }], rows: [...rows.values()] };
}

/** Some measures of all calls over time, side by side. */
export function measures(
  summary: Summary,
  wanted: readonly { measure: Measure; label: string; color: string }[],
): ChartData {
  return {
    series: wanted.map(({ measure, label, color }) => ({ key: measure, label, color, total: summary.totals[measure] })),
    rows: summary.buckets.map((bucket) => ({
      start: bucket.start,
      ...Object.fromEntries(wanted.map(({ measure }) => [measure, bucket[measure]])),
    })),
  };
}

/** Some times over time; a bucket in which nothing was timed is a gap, not a zero. */
export function timings(
  summary: Summary,
  wanted: readonly { timing: Timing; label: string; color: string }[],
): ChartData {
  return {
    series: wanted.map(({ timing, label, color }) => ({ key: timing, label, color, total: null })),
    rows: summary.buckets.map((bucket) => ({
      start: bucket.start,
      ...Object.fromEntries(wanted.map(({ timing }) => [timing, bucket[timing] ?? null])),
    })),
  };
}

/** Half of the calls took no longer than the median, all but the slowest twentieth no longer than the p95. */
export interface Spread {
  median: number | null;
  p95: number | null;
}

/** How long the calls of a group took, in milliseconds: to the end of the answer, and to its first byte. */
export interface Pace {
  group: string;
  label: string;
  whole: Spread;
  first: Spread;
}

/** The times of the busiest groups; those of which nothing was timed are left out. */
export const paces = (summary: Summary, most = 6): Pace[] =>
  summary.groups
    .map((group) => ({
      group: group.group,
      label: groupLabel(group),
      whole: { median: group.duration_p50_ms ?? null, p95: group.duration_p95_ms ?? null },
      first: { median: group.first_byte_p50_ms ?? null, p95: group.first_byte_p95_ms ?? null },
    }))
    .filter(({ whole, first }) => [whole.median, whole.p95, first.median, first.p95].some((ms) => ms !== null))
    .slice(0, most);

/** Whether there is nothing to draw. */
export const isFlat = ({ series, rows }: ChartData): boolean =>
  rows.every((row) => series.every(({ key }) => (row[key] ?? 0) === 0));

/** Sum up neighbouring rows, `span` milliseconds each, so that bars stay wide enough to be seen. */
export function merged({ series, rows }: ChartData, spanMs: number): ChartData {
  const out = new Map<number, Row>();
  for (const row of rows) {
    const slot = Math.floor(Date.parse(row.start) / spanMs);
    const before = out.get(slot);
    if (!before) out.set(slot, { ...row });
    else for (const { key } of series) before[key] = Number(before[key] ?? 0) + Number(row[key] ?? 0);
  }
  return { series, rows: [...out.values()] };
}

/** What a chart shows, in a sentence, for people who do not see it. */
export function gist(title: string, data: ChartData, format: (value: number) => string): string {
  if (isFlat(data)) return `${title}: nothing in this range.`;
  const parts = data.series.map(({ key, label, total }) => {
    const values = data.rows.map((row) => row[key]).filter((value) => typeof value === 'number');
    const highest = values.length ? format(Math.max(...values)) : 'none';
    return total === null ? `${label} up to ${highest}` : `${label} ${format(total)}, at most ${highest} at a time`;
  });
  return `${title}: ${parts.join('; ')}.`;
}
