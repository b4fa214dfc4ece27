import { expect, it } from 'vitest';
import { around, joined } from './around';
import { pieces } from './spans';

const cut = (text: string, spans: number[][], most: number, before: number, at = 0) => {
  const shown = around(text, spans, { most, before, at });
  return pieces(shown.text, shown.spans)
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join('');
};

it.each([
  ['a short text is shown whole', 'abcdef', [[2, 3]], 6, 1, 'ab[c]def'],
  ['astral characters do not make a text long', '🙂🙂🙂', [[1, 2]], 3, 1, '🙂[🙂]🙂'],
  ['a long one begins before its first finding', 'abcdefghij', [[5, 6]], 4, 1, '… e[f]gh …'],
  [
    'what stands beyond the end is not marked',
    'abcdefghij',
    [
      [0, 1],
      [9, 10],
    ],
    4,
    1,
    '[a]bcd …',
  ],
  ['a finding that goes on is clipped', 'abcdefghij', [[2, 9]], 4, 1, '… b[cde] …'],
  ['the end is filled', 'abcdefghij', [[9, 10]], 4, 1, '… ghi[j]'],
  ['counts code points', '🙂🙂🙂🙂🙂abcde', [[6, 7]], 4, 1, '… a[b]cd …'],
  ['without a finding the beginning is shown', 'abcdefghij', [], 4, 1, 'abcd …'],
])('%s', (_, text, spans, most, before, expected) => {
  expect(cut(text, spans, most, before)).toBe(expected);
});

it.each([
  [0, '[a]bc[d] …', 0],
  [1, '… c[d]ef …', 1],
  [2, '… gh[i]j', 2],
])('is shown around the finding that is looked at: %i', (at, expected, skipped) => {
  const spans = [
    [0, 1],
    [3, 4],
    [8, 9],
  ];
  expect(cut('abcdefghij', spans, 4, 1, at)).toBe(expected);
  expect(around('abcdefghij', spans, { most: 4, before: 1, at }).skipped).toBe(skipped);
});

it('findings that touch are one', () => {
  const spans = [
    [4, 6],
    [0, 2],
    [2, 3],
    [5, 9],
    [5, 6],
    [7, 7],
  ];
  expect(joined(spans)).toEqual([
    [0, 3],
    [4, 9],
  ]);
});
