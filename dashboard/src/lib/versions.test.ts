import { expect, it } from 'vitest';
import { differences } from './versions';

const allow = { regexes: [], stopwords: [] as string[], hashes: [], target: 'secret' as const };

it('tells what a rule says otherwise, by member', () => {
  const before = { pattern: 'a', severity: 'low' as const, allow, near: null, version: 1 };
  const after = {
    pattern: 'b',
    severity: 'low' as const,
    allow: { ...allow, stopwords: ['x'] },
    near: null,
    version: 2,
  };
  expect(differences(before, after)).toEqual([
    { name: 'pattern', before: 'a', after: 'b' },
    { name: 'allow.stopwords', before: '[]', after: '["x"]' },
  ]);
});

it('tells what is new or gone, and nothing where nothing is', () => {
  const near = { pattern: 'card', before: 100, after: 0 };
  expect(differences({ near: null }, { near })).toEqual([
    { name: 'near.pattern', before: '–', after: 'card' },
    { name: 'near.before', before: '–', after: '100' },
    { name: 'near.after', before: '–', after: '0' },
  ]);
  expect(differences({ near }, { near })).toEqual([]);
  expect(differences({ name: '' }, {})).toEqual([]);
});
