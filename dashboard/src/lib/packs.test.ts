import { describe, expect, it } from 'vitest';
import { directionChoice, directionChoices, directionsOf, foundBy, importedSets, modeCounts, packTitle } from './packs';
import type { Rule } from './ruleList';

const rule = (changes: Partial<Rule>): Rule =>
  ({
    origin: 'api',
    pack: '',
    mode: 'replace',
    enabled: true,
    hits_24h: 0,
    last_hit_at: null,
    ...changes,
  }) as unknown as Rule;

it('a pack has a title', () => expect(packTitle('personal-data')).toBe('Personal data'));

it.each(directionChoices.map(({ value }) => value))('the choice %j of directions is told from them', (choice) => {
  expect(directionChoice(directionsOf(choice))).toBe(choice);
});

describe('the rules of a pack', () => {
  it('found what all of them found, at last when the last one did', () => {
    const rules = [
      rule({ hits_24h: 2, last_hit_at: '2026-01-02T00:00:00Z' }),
      rule({ hits_24h: 3, last_hit_at: '2026-01-03T00:00:00Z' }),
      rule({}),
    ];
    expect(foundBy(rules)).toEqual({ hits: 5, lastHitAt: '2026-01-03T00:00:00Z' });
    expect(foundBy([])).toEqual({ hits: 0, lastHitAt: null });
  });

  it('are counted by what they do, those that are left out are not', () => {
    const rules = [rule({ mode: 'monitor' }), rule({}), rule({}), rule({ mode: 'reject', enabled: false })];
    expect(modeCounts(rules)).toEqual([
      ['replace', 2],
      ['monitor', 1],
    ]);
  });
});

it('imported rules are told by what they were imported as', () => {
  const sets = importedSets([
    rule({ pack: 'import:b' }),
    rule({}),
    rule({ pack: 'import:a' }),
    rule({ pack: 'import:b' }),
    rule({ origin: 'pack', pack: 'secrets' }),
  ]);
  expect(sets.map(({ name, source, rules }) => [name, source, rules.length])).toEqual([
    ['a', 'import:a', 1],
    ['b', 'import:b', 2],
  ]);
});
