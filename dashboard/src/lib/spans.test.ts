import { describe, expect, it } from 'vitest';
import { pieces } from './spans';

/** The pieces as one string: what was found stands in brackets. */
const cut = (text: string, spans: readonly number[][]) =>
  pieces(text, spans)
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join('');

describe('a text cut at its findings', () => {
  it.each([
    ['nothing found', 'abc', [], 'abc'],
    ['in the middle', 'abcd', [[1, 3]], 'a[bc]d'],
    ['all of it', 'abc', [[0, 3]], '[abc]'],
    [
      'at both ends',
      'abcd',
      [
        [0, 1],
        [3, 4],
      ],
      '[a]bc[d]',
    ],
    [
      'in any order',
      'abcd',
      [
        [3, 4],
        [0, 1],
      ],
      '[a]bc[d]',
    ],
    ['astral characters are one each', '🙂a🙂b', [[1, 2]], '🙂[a]🙂b'],
    ['an astral character is found whole', 'a🙂b', [[1, 2]], 'a[🙂]b'],
    ['a combining character counts for itself', 'e\u0301x', [[2, 3]], 'e\u0301[x]'],
    [
      'overlapping ones are joined',
      'abcdef',
      [
        [1, 3],
        [2, 5],
      ],
      'a[bcde]f',
    ],
    [
      'one inside of another',
      'abcdef',
      [
        [1, 5],
        [2, 3],
      ],
      'a[bcde]f',
    ],
    [
      'the same one twice',
      'abc',
      [
        [1, 2],
        [1, 2],
      ],
      'a[b]c',
    ],
    [
      'neighbours are joined',
      'abcd',
      [
        [0, 2],
        [2, 4],
      ],
      '[abcd]',
    ],
    ['an end beyond the text', 'abc', [[1, 9]], 'a[bc]'],
    ['a start before the text', 'abc', [[-4, 1]], '[a]bc'],
    ['wholly outside', 'abc', [[5, 9]], 'abc'],
    [
      'empty ones',
      'abc',
      [
        [1, 1],
        [2, 1],
      ],
      'abc',
    ],
    ['a span that is none', 'abc', [[]], 'abc'],
    ['no text at all', '', [[0, 1]], ''],
  ])('%s', (_, text, spans, expected) => {
    expect(cut(text, spans)).toBe(expected);
  });

  it('loses nothing', () => {
    const text = 'a🙂b\u{10FFFF}c\ud800d';
    const whole = pieces(text, [
      [1, 2],
      [3, 6],
    ])
      .map((piece) => piece.text)
      .join('');
    expect(whole).toBe(text);
  });
});
