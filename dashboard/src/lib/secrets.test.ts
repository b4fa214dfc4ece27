import { describe, expect, it } from 'vitest';
import { asFingerprint, secretsOf } from './secrets';

const one = 'a'.repeat(32);
const other = 'b'.repeat(32);

describe('the secrets of an event', () => {
  it('are told once each, in their order', () => {
    expect(secretsOf({ fingerprints: [one, other, one], previews: ['AKIA…(20)', '…(9)', 'AKIA…(20)'] })).toEqual([
      { fingerprint: one, preview: 'AKIA…(20)', times: 2 },
      { fingerprint: other, preview: '…(9)', times: 1 },
    ]);
  });

  it('may be without previews, or none', () => {
    expect(secretsOf({ fingerprints: [one, ''], previews: [] })).toEqual([{ fingerprint: one, preview: '', times: 1 }]);
    expect(secretsOf({ fingerprints: [], previews: [] })).toEqual([]);
  });
});

it.each([
  [` ${one.toUpperCase()}\n`, one],
  ['AKIAIOSFODNN7EXAMPLE', null],
  [one.slice(1), null],
])('what is pasted may be a fingerprint: %j', (pasted, fingerprint) => {
  expect(asFingerprint(pasted)).toBe(fingerprint);
});
