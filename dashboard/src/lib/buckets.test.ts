import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bucketTitle, spanFor, tickLabel, ticks } from './buckets';
import type { Bucket } from './range';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

beforeEach(() => void vi.stubEnv('TZ', 'Europe/Berlin'));
afterEach(() => vi.unstubAllEnvs());

const starts = (from: string, count: number, stepMs: number) =>
  Array.from({ length: count }, (_, index) => new Date(Date.parse(from) + index * stepMs).toISOString());

test.each<[Bucket, number, number, number]>([
  ['minute', 60, 120, MINUTE],
  ['minute', 360, 120, 5 * MINUTE],
  ['hour', 168, 120, 2 * HOUR],
  ['day', 30, 120, 24 * HOUR],
  ['hour', 0, 120, HOUR],
  ['day', 36_500, 100, 365 * 24 * HOUR],
])('%s buckets, %i of them, fit into %i bars of %i ms', (bucket, count, most, span) => {
  expect(spanFor(bucket, count, most)).toBe(span);
});

describe('ticks', () => {
  test('stand at round hours of the reader, not of UTC', () => {
    const labels = ticks(starts('2026-01-31T10:00:00Z', 24, HOUR), 'hour', 7).map((start) => tickLabel(start, 'hour'));
    expect(labels).toEqual(['12:00', '16:00', '20:00', '1 Feb', '04:00', '08:00']);
  });

  test('go by the minute within an hour', () => {
    const labels = ticks(starts('2026-01-31T10:07:00Z', 60, MINUTE), 'minute', 7).map((start) =>
      tickLabel(start, 'minute'),
    );
    expect(labels).toEqual(['11:10', '11:20', '11:30', '11:40', '11:50', '12:00']);
  });

  test('follow the clock when it is put forward', () => {
    const labels = ticks(starts('2026-03-28T22:00:00Z', 24, HOUR), 'hour', 5).map((start) => tickLabel(start, 'hour'));
    expect(labels).toEqual(['29 Mar', '06:00', '12:00', '18:00']);
  });

  test('are days of UTC where buckets are', () => {
    const days = starts('2026-01-01T00:00:00Z', 3, 24 * HOUR);
    expect(ticks(days, 'day').map((start) => tickLabel(start, 'day'))).toEqual(['1 Jan', '2 Jan', '3 Jan']);
  });

  test('are not more than asked for, give or take the first', () => {
    expect(ticks(starts('2026-01-01T00:00:00Z', 30, 24 * HOUR), 'day', 7).length).toBeLessThanOrEqual(8);
    expect(ticks([], 'day')).toEqual([]);
  });
});

test.each<[string, Bucket, number | undefined, string]>([
  ['2026-01-31T11:05:00Z', 'minute', undefined, 'Sat 31 Jan, 12:05'],
  ['2026-01-31T11:05:00Z', 'minute', 5 * MINUTE, 'Sat 31 Jan, 12:05 – 12:10'],
  ['2026-01-31T11:00:00Z', 'hour', undefined, 'Sat 31 Jan, 12:00 – 13:00'],
  ['2026-01-31T00:00:00Z', 'day', undefined, 'Sat 31 Jan (UTC)'],
  ['2026-01-31T00:00:00Z', 'day', 48 * HOUR, 'Sat 31 Jan – 1 Feb (UTC)'],
])('%s as %s of %s is titled %s', (start, bucket, span, title) => {
  expect(bucketTitle(start, bucket, span)).toBe(title);
});
