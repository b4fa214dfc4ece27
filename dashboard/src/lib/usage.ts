import type { Figures, Measure, Summary } from './series';
import { groupLabel } from './series';

/** The filters of the Usage page, as they stand in its address and in the API's query. */
export interface UsageFilters {
  api_key_id?: string;
  provider_id?: string;
  model?: string;
  status?: UsageStatus;
}

export type UsageStatus = 'ok' | 'error' | 'cancelled' | 'interrupted';

/** How a call can end, and what that means. */
export const statuses: Record<UsageStatus, string> = {
  ok: 'Answered in full',
  error: 'Failed at the provider, or on the way to it',
  cancelled: 'The client left before the answer was complete',
  interrupted: 'The answer broke off',
};

/** Where the token counts of a call come from. */
export const sources: Record<string, string> = {
  provider: 'The provider told how many tokens it counted.',
  estimated: 'The provider told nothing: the gateway estimated from the texts.',
  partial: 'The answer broke off: what was told or passed on until then.',
  none: 'Nothing was counted: no tokens were spent, or none can be told.',
};

const isStatus = (value: string | null): value is UsageStatus => value !== null && Object.hasOwn(statuses, value);

/** Read the filters from a query string; what is empty or unknown filters nothing. */
export function readFilters(query: URLSearchParams): UsageFilters {
  const filters: UsageFilters = {};
  for (const name of ['api_key_id', 'provider_id', 'model'] as const) {
    const value = query.get(name);
    if (value) filters[name] = value;
  }
  const status = query.get('status');
  if (isStatus(status)) filters.status = status;
  return filters;
}

/** Where the records that match can be downloaded. */
export function exportHref(
  format: 'csv' | 'json',
  range: { start: string; end: string },
  filters: UsageFilters,
): string {
  const query = new URLSearchParams({ format, start: range.start, end: range.end });
  for (const [name, value] of Object.entries(filters)) if (typeof value === 'string') query.set(name, value);
  return `/admin/usage/export?${query.toString()}`;
}

export type TimedRow = Figures & { id: string; label: string; p95: number | null };

const counted: readonly Measure[] = [
  'calls',
  'errors',
  'blocked',
  'redacted',
  'limited',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'cached_tokens',
  'reasoning_tokens',
];

/** One row a group. */
export const groupRows = (summary: Summary): TimedRow[] =>
  summary.groups.map((group) => ({
    ...group,
    id: group.group,
    label: groupLabel(group),
    p95: group.duration_p95_ms ?? null,
  }));

/** One row a day of UTC, the label being its date, so that it sorts as time does. */
export const dayRows = (summary: Summary): TimedRow[] =>
  summary.buckets.map((bucket) => ({
    ...bucket,
    id: bucket.start,
    label: new Date(bucket.start).toISOString().slice(0, 10),
    p95: bucket.duration_p95_ms ?? null,
  }));

/** What the groups that were left out have together. */
export function restOf(summary: Summary): Figures {
  const rest = Object.fromEntries(
    counted.map((measure) => [
      measure,
      Math.max(
        0,
        summary.groups.reduce((left, group) => left - group[measure], summary.totals[measure]),
      ),
    ]),
  );
  return { ...summary.totals, ...rest };
}

/** The Usage page of a group over a range: of all groups when it names none. */
export function usageHref(
  by: 'key' | 'provider' | 'model',
  group: string,
  range: { name: string; start: string; end: string },
): string {
  const query = new URLSearchParams(
    range.name === 'custom' ? { start: range.start, end: range.end } : { range: range.name },
  );
  if (by !== 'key') query.set('by', by);
  if (group !== '') query.set({ key: 'api_key_id', provider: 'provider_id', model: 'model' }[by], group);
  return `/usage?${query.toString()}`;
}

/** The choices of a filter; what is chosen is among them, though nothing has that id any more. */
export const withChosen = (
  choices: readonly { value: string; label: string }[],
  chosen: string | null,
): { value: string; label: string }[] =>
  chosen === null || choices.some(({ value }) => value === chosen)
    ? [...choices]
    : [...choices, { value: chosen, label: chosen }];

/** What became of a call, in a sentence. */
export const statusMeaning = (status: UsageStatus, httpStatus: number): string =>
  `${statuses[status]}. ${httpStatus === 0 ? 'Nothing was answered.' : `The client saw HTTP status ${httpStatus}.`}`;
