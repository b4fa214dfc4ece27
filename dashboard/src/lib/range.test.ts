import { describe, expect, it } from 'vitest';
import { bucketFor, readRange } from './range';

const MINUTE = 60_000;
const now = Date.UTC(2026, 3, 19, 10, 30, 20);
const minute = Math.floor(now / MINUTE);
const read = (query: string) => readRange(new URLSearchParams(query), minute);

describe('a range in an address', () => {
  it.each([
    ['', '24h', 24 * 60, 'hour'],
    ['range=1h', '1h', 60, 'minute'],
    ['range=30d', '30d', 30 * 24 * 60, 'day'],
    ['range=constructor', '24h', 24 * 60, 'hour'],
    ['start=2026-04-19T10:00:00Z&end=nonsense', '24h', 24 * 60, 'hour'],
    ['start=2026-04-19T10:00:00Z&end=2026-04-19T09:00:00Z', '24h', 24 * 60, 'hour'],
  ])('%j is %s, which ends after the present instant', (query, name, minutes, bucket) => {
    const range = read(query);
    expect([range.name, range.bucket]).toEqual([name, bucket]);
    expect(Date.parse(range.end) - Date.parse(range.start)).toBe(minutes * MINUTE);
    expect(Date.parse(range.end)).toBeGreaterThan(now);
    expect(Date.parse(range.end) - now).toBeLessThanOrEqual(MINUTE);
  });

  it('is from one instant to another when both are given', () => {
    expect(read('start=2026-04-19T10:00:00%2B02:00&end=2026-04-20T10:00:00Z&range=1h')).toEqual({
      name: 'custom',
      start: '2026-04-19T08:00:00.000Z',
      end: '2026-04-20T10:00:00.000Z',
      bucket: 'hour',
    });
  });

  it.each([
    [6 * 60, 'minute'],
    [6 * 60 + 1, 'hour'],
    [8 * 24 * 60, 'hour'],
    [8 * 24 * 60 + 1, 'day'],
  ])('of %i minutes is counted by the %s', (minutes, bucket) => {
    expect(bucketFor(minutes * MINUTE)).toBe(bucket);
  });
});
