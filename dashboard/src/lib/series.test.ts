import { describe, expect, test } from 'vitest';
import {
  type Figures,
  gist,
  groupLabel,
  isFlat,
  measures,
  merged,
  paces,
  stack,
  type Summary,
  timings,
} from './series';

const nothing: Figures = {
  calls: 0,
  errors: 0,
  blocked: 0,
  redacted: 0,
  limited: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  cached_tokens: 0,
  reasoning_tokens: 0,
};
const at = (hour: number) => `2026-03-01T0${hour}:00:00Z`;

/** Three groups over two hours; `calls` of each are given by hour. */
function summaryOf(calls: Record<string, [number, number]>, omitted: [number, number] = [0, 0]): Summary {
  const columns = [...Object.values(calls), omitted];
  const inHour = (hour: 0 | 1) => columns.reduce((sum, pair) => sum + pair[hour], 0);
  return {
    start: at(0),
    end: at(2),
    group_by: 'model',
    bucket: 'hour',
    totals: { ...nothing, calls: inHour(0) + inHour(1) },
    groups: Object.entries(calls).map(([group, [first, second]]) => ({
      ...nothing,
      group,
      name: null,
      calls: first + second,
    })),
    buckets: ([0, 1] as const).map((hour) => ({ ...nothing, start: at(hour), calls: inHour(hour) })),
    series: Object.entries(calls).flatMap(([group, pair]) =>
      pair.flatMap((value, hour) => (value === 0 ? [] : [{ ...nothing, start: at(hour), group, calls: value }])),
    ),
    omitted_groups: 0,
  };
}

describe('stack', () => {
  test('gives each group its values, and zero where it has no point', () => {
    const { series, rows } = stack(summaryOf({ 'gpt-4.1': [3, 0], echo: [1, 1] }), 'calls');
    expect(series.map(({ label, total }) => [label, total])).toEqual([
      ['gpt-4.1', 3],
      ['echo', 2],
    ]);
    expect(rows).toEqual([
      { start: at(0), s0: 3, s1: 1 },
      { start: at(1), s0: 0, s1: 1 },
    ]);
  });

  test('sums up what is not among the shown as Other, omitted groups included', () => {
    const { series, rows } = stack(summaryOf({ a: [9, 9], b: [1, 2] }, [4, 0]), 'calls', 1);
    expect(series.at(-1)).toMatchObject({ key: 'other', label: 'Other', total: 7 });
    expect(rows.map((row) => row.other)).toEqual([5, 2]);
  });

  test('shows the groups that have most of the measure, and leaves out those that have none', () => {
    const { series } = stack(summaryOf({ quiet: [0, 0], small: [1, 0], big: [0, 8] }), 'calls', 6);
    expect(series.map(({ label }) => label)).toEqual(['big', 'small']);
  });

  test('keeps the colour of a group whatever else is shown', () => {
    const summary = summaryOf({ a: [1, 0], b: [5, 0] });
    const colorOf = (most: number) => stack(summary, 'calls', most).series.find(({ label }) => label === 'b')?.color;
    expect(colorOf(1)).toBe(colorOf(2));
    expect(colorOf(1)).not.toBe(stack(summary, 'calls').series.find(({ label }) => label === 'a')?.color);
  });

  test('matches instants, however their text is written', () => {
    const summary = summaryOf({ a: [2, 0] });
    summary.series = summary.series.map((point) => ({ ...point, start: '2026-03-01T00:00:00.000000+00:00' }));
    expect(stack(summary, 'calls').rows[0]?.s0).toBe(2);
  });

  test('calls the only layer All when no group is told', () => {
    expect(stack(summaryOf({}, [2, 1]), 'calls').series).toMatchObject([{ key: 'other', label: 'All', total: 3 }]);
  });
});

test.each(['errors', 'blocked', 'redacted', 'limited'] as const)(
  '%s are stacked by group, the rest as Other',
  (measure) => {
    const summary = summaryOf({ a: [5, 5], b: [1, 0] });
    summary.totals[measure] = 3;
    summary.buckets = summary.buckets.map((bucket, hour) => ({ ...bucket, [measure]: hour === 0 ? 3 : 0 }));
    summary.groups = summary.groups.map((group) => ({ ...group, [measure]: group.group === 'b' ? 2 : 0 }));
    summary.series = [{ ...nothing, start: at(0), group: 'b', [measure]: 2 }];
    const { series, rows } = stack(summary, measure);
    expect(series.map(({ label, total }) => [label, total])).toEqual([
      ['b', 2],
      ['Other', 1],
    ]);
    expect(rows).toEqual([
      { start: at(0), s1: 2, other: 1 },
      { start: at(1), s1: 0, other: 0 },
    ]);
  },
);

test('the paces are those of the busiest groups that were timed', () => {
  const summary = summaryOf({ a: [9, 0], untimed: [5, 0], b: [1, 0], c: [1, 0] });
  summary.groups = summary.groups.map((group) =>
    group.group === 'untimed' ? group : { ...group, duration_p50_ms: 0, duration_p95_ms: 40 },
  );
  expect(paces(summary, 2)).toEqual(
    ['a', 'b'].map((group) => ({
      group,
      label: group,
      whole: { median: 0, p95: 40 },
      first: { median: null, p95: null },
    })),
  );
});

test('a bucket in which nothing was timed is a gap', () => {
  const summary = summaryOf({ a: [1, 0] });
  summary.buckets = [
    { ...nothing, start: at(0), duration_p50_ms: 12 },
    { ...nothing, start: at(1), duration_p50_ms: null },
  ];
  const { rows } = timings(summary, [{ timing: 'duration_p50_ms', label: 'Median', color: 'teal.6' }]);
  expect(rows.map((row) => row.duration_p50_ms)).toEqual([12, null]);
});

test('measures stand side by side with their sums', () => {
  const data = measures(summaryOf({ a: [1, 2] }), [{ measure: 'calls', label: 'Calls', color: 'teal.6' }]);
  expect(data.series).toMatchObject([{ key: 'calls', total: 3 }]);
  expect(data.rows.map((row) => row.calls)).toEqual([1, 2]);
});

test('merging rows keeps the sums and the first start', () => {
  const data = stack(summaryOf({ a: [3, 4] }), 'calls');
  expect(merged(data, 2 * 3_600_000).rows).toEqual([{ start: at(0), s0: 7 }]);
  expect(data.rows).toHaveLength(2);
  expect(data.rows[0]?.s0).toBe(3);
});

test.each([
  [{ a: [0, 0] }, true],
  [{ a: [0, 1] }, false],
] as const)('a chart of %j is flat: %s', (calls, flat) => {
  expect(isFlat(stack(summaryOf({ a: [...calls.a] }), 'calls'))).toBe(flat);
});

test.each([
  [{ group: 'id-1', name: 'Search' }, 'Search'],
  [{ group: 'gpt-4.1', name: null }, 'gpt-4.1'],
  [{ group: '', name: null }, '(none)'],
])('the group %j is called %s', (group, label) => {
  expect(groupLabel(group)).toBe(label);
});

test('the gist of a chart tells each sum and its highest bucket', () => {
  expect(gist('Calls', stack(summaryOf({ a: [3, 4] }), 'calls'), String)).toBe('Calls: a 7, at most 4 at a time.');
  expect(gist('Calls', stack(summaryOf({}), 'calls'), String)).toBe('Calls: nothing in this range.');
});
