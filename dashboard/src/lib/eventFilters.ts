import { isRange, type Range, type RangeName, ranges } from './range';

/** What the events on the page must be. An empty member asks for nothing. The names are those of the admin API. */
export interface EventFilters {
  guardrail_id: string;
  api_key_id: string;
  provider_id: string;
  mode: '' | 'reject' | 'replace';
  action: '' | 'rejected' | 'replaced';
  call_id: string;
  q: string;
  /** How far back from now; empty where `start` and `end` say it, or where any time will do. */
  range: '' | RangeName;
  start: string;
  end: string;
}

export const noFilters: EventFilters = {
  guardrail_id: '',
  api_key_id: '',
  provider_id: '',
  mode: '',
  action: '',
  call_id: '',
  q: '',
  range: '',
  start: '',
  end: '',
};

const names = Object.keys(noFilters) as (keyof EventFilters)[];

const one = <Value extends string>(asked: string | null, known: readonly Value[]): Value | '' =>
  known.find((value) => value === asked) ?? '';

/** Read the filters out of the page's address. What cannot be read asks for nothing. */
export function readFilters(address: URLSearchParams): EventFilters {
  const text = (name: keyof EventFilters) => address.get(name)?.trim() ?? '';
  const range = address.get('range');
  const start = Date.parse(text('start'));
  const end = Date.parse(text('end'));
  const isCustom = start < end;
  return {
    guardrail_id: text('guardrail_id'),
    api_key_id: text('api_key_id'),
    provider_id: text('provider_id'),
    mode: one(address.get('mode'), ['reject', 'replace']),
    action: one(address.get('action'), ['rejected', 'replaced']),
    call_id: text('call_id'),
    q: text('q'),
    range: !isCustom && isRange(range) ? range : '',
    start: isCustom ? new Date(start).toISOString() : '',
    end: isCustom ? new Date(end).toISOString() : '',
  };
}

/** The address with these filters in it; what else stands there stays. */
export function writeFilters(before: URLSearchParams, filters: EventFilters): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const name of names) {
    if (filters[name] === '') after.delete(name);
    else after.set(name, filters[name]);
  }
  return after;
}

/** Whether anything is asked for. */
export const isFiltered = (filters: EventFilters): boolean => names.some((name) => filters[name] !== '');

/** The filters as the gateway takes them: a range that ends now becomes the time at which it starts. */
export function asQuery({ range, ...others }: EventFilters, now: number) {
  const start = range === '' ? others.start : new Date(now - ranges[range]).toISOString();
  const { mode, action, ...texts } = others;
  return {
    ...Object.fromEntries(Object.entries({ ...texts, start }).filter(([, value]) => value !== '')),
    ...(mode !== '' && { mode }),
    ...(action !== '' && { action }),
  };
}

/** What a range picker shows for the filters: null for any time. */
export function rangeOf(filters: EventFilters, now: number): Range | null {
  if (filters.range !== '')
    return {
      name: filters.range,
      start: new Date(now - ranges[filters.range]).toISOString(),
      end: new Date(now).toISOString(),
      bucket: 'day',
    };
  if (filters.start === '') return null;
  return { name: 'custom', start: filters.start, end: filters.end, bucket: 'day' };
}

/** Where the events that match can be downloaded. With their texts, that is put on record. */
export function exportAddress(filters: EventFilters, now: number, format: 'csv' | 'json', withTexts = false): string {
  const query = new URLSearchParams({ format, ...(withTexts && { text: 'true' }), ...asQuery(filters, now) });
  return `/admin/guardrail-events/export?${query.toString()}`;
}
