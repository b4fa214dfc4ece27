import { describe, expect, it } from 'vitest';
import type { Schema } from '@/api/client';
import { changesOf, emptyRule, fieldsOf, finerPoints, groupOf } from './rules';

describe('a change of a rule', () => {
  it('holds what was changed and nothing else', () => {
    expect(changesOf(emptyRule, { ...emptyRule })).toEqual({});
    const near = { pattern: 'card', before: 40, after: 0 };
    expect(changesOf(emptyRule, { ...emptyRule, near, enabled: false })).toEqual({ near, enabled: false });
  });

  it('holds a part as a whole', () => {
    const allow = { ...emptyRule.allow, stopwords: ['test'] };
    expect(changesOf(emptyRule, { ...emptyRule, allow })).toEqual({ allow });
  });
});

it('the fields of a stored rule are those that an editor changes', () => {
  const stored = { ...emptyRule, id: '1', version: 3, hits_24h: 5, pattern: 'x' } as unknown as Schema<'Guardrail'>;
  expect(fieldsOf(stored)).toEqual({ ...emptyRule, pattern: 'x' });
});

describe('the finer points of a rule', () => {
  it('are none by default', () => expect(finerPoints(emptyRule)).toEqual([]));

  it('are told in a few words each', () => {
    const rule = { ...emptyRule, secret_group: 1, validators: ['luhn'], history: 'redact' as const };
    expect(finerPoints(rule)).toEqual(['group 1 is the secret', 'luhn', 'redacts earlier turns']);
    expect(finerPoints({ ...emptyRule, directions: ['request', 'response'] })).toEqual(['requests and answers']);
  });
});

it.each([
  ['', 0],
  ['2', 2],
  ['secret', 'secret'],
])('a group typed as %j is %j', (typed, group) => expect(groupOf(typed)).toBe(group));

it('takes the order of members for nothing', () => {
  const { allow } = emptyRule;
  const turned = { target: allow.target, values: [], hashes: [], stopwords: [], regexes: [] };
  expect(finerPoints({ ...emptyRule, allow: turned })).toEqual([]);
  expect(changesOf(emptyRule, { ...emptyRule, allow: turned })).toEqual({});
});
