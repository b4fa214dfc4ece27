import { describe, expect, it } from 'vitest';
import { pieces } from './spans';
import { cost, keptAs, verdicts } from './verdict';

it('a verdict is told in words', () => {
  expect(verdicts.pass.word).toBe('Passes');
  expect(verdicts.replaced.word).toBe('Would be redacted');
  expect(verdicts.rejected.word).toBe('Would be blocked');
});

it.each([
  [undefined, '–'],
  [null, '–'],
  [0.04, '< 0.1 µs/KB'],
  [0.42, '0.4 µs/KB'],
  [12.4, '12 µs/KB'],
  [999.4, '999 µs/KB'],
  [1250, '1.3 ms/KB'],
])('a cost of %s µs is %s', (us, expected) => {
  expect(cost(us)).toBe(expected);
});

describe('what an event has kept of its text', () => {
  it.each([
    ['', [], 'none'],
    ['my key is AKIA1', [[10, 15]], 'whole'],
    ['my key is ***', [[10, 13]], 'masked'],
    ['[… 9 characters left out …]my key is ***', [[37, 40]], 'masked'],
    [
      'two: ******',
      [
        [5, 8],
        [8, 11],
      ],
      'masked',
    ],
    [
      '*** and AKIA1',
      [
        [0, 3],
        [8, 13],
      ],
      'whole',
    ],
    ['AKIA1[… 40 characters left out …]', [[0, 5]], 'cut'],
    ['[this text cannot be unsealed: it was changed, or sealed under another key]', [[3, 6]], 'unreadable'],
    ['nothing is marked', [], 'whole'],
  ])('%s', (text, spans, expected) => {
    expect(keptAs(text, pieces(text, spans))).toBe(expected);
  });
});
