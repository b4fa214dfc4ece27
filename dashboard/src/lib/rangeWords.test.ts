import { expect, test } from 'vitest';
import { beforeRange, inRange } from './rangeWords';

test.each([
  ['1h', 'in the last hour', 'the hour before'],
  ['24h', 'in the last 24 hours', 'the 24 hours before'],
  ['custom', 'in this range', 'the period before'],
] as const)('%s is %s, compared to %s', (name, within, before) => {
  expect(inRange({ name })).toBe(within);
  expect(beforeRange({ name })).toBe(before);
});
