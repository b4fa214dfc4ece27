import { describe, expect, test } from 'vitest';
import type { Figures, Summary } from './series';
import { dayRows, exportHref, groupRows, readFilters, restOf, statusMeaning, usageHref, withChosen } from './usage';

const figures = (calls: number, totalTokens: number): Figures => ({
  calls,
  errors: 0,
  blocked: 0,
  redacted: 0,
  limited: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: totalTokens,
  cached_tokens: 0,
  reasoning_tokens: 0,
});

const summary: Summary = {
  start: '2026-01-01T00:00:00Z',
  end: '2026-01-03T00:00:00Z',
  group_by: 'key',
  bucket: 'day',
  totals: figures(10, 100),
  groups: [
    { ...figures(4, 40), group: 'k1', name: 'Search', duration_p95_ms: 12 },
    { ...figures(3, 30), group: 'k2', name: null },
  ],
  buckets: [
    { ...figures(1, 10), start: '2026-01-01T00:00:00Z' },
    { ...figures(9, 90), start: '2026-01-02T00:00:00Z' },
  ],
  series: [],
  omitted_groups: 2,
};

describe('filters', () => {
  test('are read from the address, but for the empty and the unknown', () => {
    const query = new URLSearchParams('api_key_id=k1&provider_id=&model=gpt-4.1&status=odd&by=model');
    expect(readFilters(query)).toEqual({ api_key_id: 'k1', model: 'gpt-4.1' });
    expect(readFilters(new URLSearchParams('status=error'))).toEqual({ status: 'error' });
    expect(readFilters(new URLSearchParams('status=toString'))).toEqual({});
  });

  test('go with the range into the address of a download', () => {
    const range = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' };
    const href = exportHref('csv', range, { model: 'a&b', status: undefined });
    expect([...new URL(href, 'http://gateway').searchParams]).toEqual([
      ['format', 'csv'],
      ['start', range.start],
      ['end', range.end],
      ['model', 'a&b'],
    ]);
  });

  test('keep a choice that nothing has any more', () => {
    const choices = [{ value: 'k1', label: 'Search' }];
    expect(withChosen(choices, 'k1')).toEqual(choices);
    expect(withChosen(choices, null)).toEqual(choices);
    expect(withChosen(choices, 'gone')).toEqual([...choices, { value: 'gone', label: 'gone' }]);
  });
});

test('a group is a row by its name, or by what it is', () => {
  expect(groupRows(summary).map(({ id, label, p95 }) => [id, label, p95])).toEqual([
    ['k1', 'Search', 12],
    ['k2', 'k2', null],
  ]);
});

test('a day is a row by its date', () => {
  expect(dayRows(summary).map(({ label, calls }) => [label, calls])).toEqual([
    ['2026-01-01', 1],
    ['2026-01-02', 9],
  ]);
});

test('what was left out is what the groups lack of the totals', () => {
  expect(restOf(summary)).toMatchObject({ calls: 3, total_tokens: 30, errors: 0 });
});

test.each([
  ['key', 'k1', { name: '7d' }, '/usage?range=7d&api_key_id=k1'],
  ['model', 'gpt 4', { name: '24h' }, '/usage?range=24h&by=model&model=gpt+4'],
  ['provider', '', { name: 'custom' }, '/usage?start=a&end=b&by=provider'],
] as const)('the usage of %s %j is at an address of its own', (by, group, { name }, href) => {
  expect(usageHref(by, group, { name, start: 'a', end: 'b' })).toBe(href);
});

test.each([
  ['ok', 200, 'Answered in full. The client saw HTTP status 200.'],
  ['cancelled', 0, 'The client left before the answer was complete. Nothing was answered.'],
] as const)('the status %s with %i is told in a sentence', (status, http, sentence) => {
  expect(statusMeaning(status, http)).toBe(sentence);
});
