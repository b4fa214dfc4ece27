import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The ranges on offer: how far back from now, in milliseconds. */
export const ranges = { '1h': HOUR, '6h': 6 * HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY } as const;
export type RangeName = keyof typeof ranges;
export const isRange = (name: string | null): name is RangeName => name !== null && Object.hasOwn(ranges, name);

export type Bucket = 'minute' | 'hour' | 'day';

/** The bucket that makes a chart of some dozens to some hundred points. */
export const bucketFor = (spanMs: number): Bucket =>
  spanMs <= 6 * HOUR ? 'minute' : spanMs <= 8 * DAY ? 'hour' : 'day';

export interface Range {
  name: RangeName | 'custom';
  start: string;
  end: string;
  bucket: Bucket;
}

/**
 * Read a range from a query string; what cannot be read is the last 24 hours. A range that ends now ends with the present
 * minute, whose number is given: what happened a moment ago is in it.
 */
export function readRange(query: URLSearchParams, minute: number, fallback: RangeName = '24h'): Range {
  const start = Date.parse(query.get('start') ?? '');
  const end = Date.parse(query.get('end') ?? '');
  if (start < end)
    return {
      name: 'custom',
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      bucket: bucketFor(end - start),
    };
  const asked = query.get('range');
  const name = isRange(asked) ? asked : fallback;
  const until = (minute + 1) * 60_000;
  return {
    name,
    start: new Date(until - ranges[name]).toISOString(),
    end: new Date(until).toISOString(),
    bucket: bucketFor(ranges[name]),
  };
}

/** The range in the page's address, and what changes it there. */
export function useRange(minute: number, fallback: RangeName = '24h') {
  const [query, setQuery] = useSearchParams();
  const range = useMemo(() => readRange(query, minute, fallback), [query, minute, fallback]);
  const choose = (name: RangeName) =>
    setQuery((before) => {
      const after = new URLSearchParams(before);
      after.delete('start');
      after.delete('end');
      after.set('range', name);
      return after;
    });
  const chooseCustom = (start: Date, end: Date) =>
    setQuery((before) => {
      const after = new URLSearchParams(before);
      after.delete('range');
      after.set('start', start.toISOString());
      after.set('end', end.toISOString());
      return after;
    });
  return { range, choose, chooseCustom };
}
