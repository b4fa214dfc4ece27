import { expect, test } from 'vitest';
import { type Sorting, sorted, toggled } from './sorting';

const rows = [
  { name: 'key 10', calls: 3 },
  { name: 'Key 9', calls: null },
  { name: 'alpha', calls: 7 },
  { name: 'beta', calls: 3 },
];
const names = (list: typeof rows) => list.map(({ name }) => name);

test('numbers sort either way; equal rows keep their order and a missing value is last', () => {
  expect(names(sorted(rows, ({ calls }) => calls, 'descending'))).toEqual(['alpha', 'key 10', 'beta', 'Key 9']);
  expect(names(sorted(rows, ({ calls }) => calls, 'ascending'))).toEqual(['key 10', 'beta', 'alpha', 'Key 9']);
});

test('names sort as people read them', () => {
  expect(names(sorted(rows, ({ name }) => name, 'ascending'))).toEqual(['alpha', 'beta', 'Key 9', 'key 10']);
});

test('sorting leaves the rows that it was given alone', () => {
  sorted(rows, ({ name }) => name, 'ascending');
  expect(rows[0]?.name).toBe('key 10');
});

test('a click sorts by that column, a second one the other way round', () => {
  const start: Sorting<'name' | 'calls'> = { by: 'calls', direction: 'descending' };
  expect(toggled(start, 'calls')).toEqual({ by: 'calls', direction: 'ascending' });
  expect(toggled(toggled(start, 'calls'), 'calls')).toEqual(start);
  expect(toggled(start, 'name', 'ascending')).toEqual({ by: 'name', direction: 'ascending' });
});
