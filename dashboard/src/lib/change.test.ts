import { expect, test } from 'vitest';
import { change, periodBefore, pointChange } from './change';

test.each([
  [120, 100, '↑ 20 %', 'up 20 %'],
  [50, 100, '↓ 50 %', 'down 50 %'],
  [0, 5, '↓ 100 %', 'down 100 %'],
  [100.2, 100, '± 0 %', 'unchanged'],
  [1000, 100, '↑ × 10', 'up 10 times'],
  [3, 0, '↑ from 0', 'up from none'],
])('%d after %d is %s', (now, before, text, spoken) => {
  expect(change(now, before)).toEqual({ text, spoken });
});

test.each([
  [0, 0],
  [null, 5],
  [5, undefined],
])('%s after %s is no change to tell', (now, before) => {
  expect(change(now, before)).toBeNull();
});

test.each([
  [3, 100, 1, 100, '↑ 2.0 points'],
  [0, 100, 5, 100, '↓ 5.0 points'],
  [1, 100, 1, 100, '± 0 points'],
])('%d of %d after %d of %d is %s', (part, all, partBefore, allBefore, text) => {
  expect(pointChange(part, all, partBefore, allBefore)?.text).toBe(text);
});

test.each([
  [0, 0, 1, 10],
  [1, 10, 0, 0],
  [0, 10, 0, 10],
])('%d of %d after %d of %d tells nothing', (part, all, partBefore, allBefore) => {
  expect(pointChange(part, all, partBefore, allBefore)).toBeNull();
});

test('the period before is as long and ends where this one starts', () => {
  expect(periodBefore({ start: '2026-01-02T00:00:00.000Z', end: '2026-01-02T06:00:00.000Z' })).toEqual({
    start: '2026-01-01T18:00:00.000Z',
    end: '2026-01-02T00:00:00.000Z',
  });
});
