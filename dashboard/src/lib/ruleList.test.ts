import { describe, expect, it } from 'vitest';
import { emptyRule } from './rules';
import {
  anyRule,
  calledBy,
  filtersSet,
  lockOf,
  matchingRules,
  orderedRules,
  perCall,
  type Rule,
  type RulesWanted,
  sourceOf,
  sourcesOf,
  sourceWord,
  wantedIn,
  writtenOut,
} from './ruleList';

const rule = (id: string, changes: Partial<Rule> = {}): Rule =>
  ({
    ...emptyRule,
    id,
    pattern: `pattern-${id}`,
    origin: 'api',
    pack: '',
    hits_24h: 0,
    last_hit_at: null,
    meter: null,
    warnings: [],
    ...changes,
  }) as unknown as Rule;

const meter = (calls: number, us: number | null, hits = 0) => ({
  calls,
  hits,
  time_us_per_call: us,
  last_hit_at: null,
});

describe('a rule', () => {
  it('is called by its name, or by its pattern', () => {
    expect(calledBy(rule('a', { name: 'Birds' }))).toBe('Birds');
    expect(calledBy(rule('a'))).toBe('pattern-a');
  });

  it.each([
    [{}, 'api', 'Made here'],
    [{ origin: 'file' }, 'file', 'File'],
    [{ origin: 'built-in' }, 'built-in', 'Built in'],
    [{ origin: 'pack', pack: 'secrets' }, 'pack:secrets', 'Pack secrets'],
    [{ pack: 'import:a:b.toml' }, 'import:a:b.toml', 'Import a:b.toml'],
  ] as const)('%j comes from %s', (changes, source, word) => {
    expect(sourceOf(rule('a', changes))).toBe(source);
    expect(sourceWord(source)).toBe(word);
  });

  it('says where it is changed when that is not here', () => {
    expect(lockOf(rule('a'))).toBeNull();
    expect(lockOf(rule('a', { pack: 'import:x' }))).toBeNull();
    expect(lockOf(rule('a', { origin: 'file' }))).toContain('GUARDRAILS_FILE');
    expect(lockOf(rule('a', { origin: 'pack', pack: 'secrets' }))).toContain('make a copy');
    expect(lockOf(rule('a', { origin: 'built-in' }))).toContain('SELF_DEFENCE');
  });
});

describe('a list of rules', () => {
  const rules = [
    rule('own', { name: 'Birds', severity: 'low', hits_24h: 2, last_hit_at: '2026-01-02T00:00:00Z' }),
    rule('off', { enabled: false, mode: 'replace', cost_us_per_kb: 90 }),
    rule('pack', {
      origin: 'pack',
      pack: 'secrets',
      severity: 'critical',
      name: 'Bearer token',
      warnings: ['It would flag 3 of 371 ordinary texts.'],
      meter: meter(10, 2, 7),
      cost_us_per_kb: 1,
    }),
    rule('dear', { meter: meter(1000, 1), cost_us_per_kb: 2, last_hit_at: '2026-01-03T00:00:00Z' }),
  ];
  const found = (changes: Partial<RulesWanted>) => matchingRules(rules, { ...anyRule, ...changes }).map(({ id }) => id);

  it.each([
    [{}, ['own', 'off', 'pack', 'dear']],
    [{ search: 'bIrd' }, ['own']],
    [{ search: 'secrets token' }, ['pack']],
    [{ search: 'pattern- nothing' }, []],
    [{ mode: 'replace' }, ['off']],
    [{ severity: 'critical' }, ['pack']],
    [{ source: 'pack:secrets' }, ['pack']],
    [{ source: 'api', state: 'on' }, ['own', 'dear']],
    [{ state: 'off' }, ['off']],
    [{ state: 'hit' }, ['own']],
    [{ state: 'quiet' }, ['off', 'pack']],
    [{ state: 'noisy' }, ['pack']],
  ] as [Partial<RulesWanted>, string[]][])('narrowed down by %j holds %j', (wanted, ids) => {
    expect(found(wanted)).toEqual(ids);
  });

  it.each([
    [{}, ''],
    [{ search: ' two words ', state: 'off' }, 'q=two+words&state=off'],
    [{ mode: 'reject', severity: 'low', source: 'import:a b.toml' }, 'mode=reject&severity=low&from=import%3Aa+b.toml'],
  ] as [Partial<RulesWanted>, string][])('narrowed down by %j has the address %j', (changes, address) => {
    const wanted = { ...anyRule, ...changes };
    expect(writtenOut(wanted).toString()).toBe(address);
    expect(wantedIn(new URLSearchParams(address))).toEqual({ ...wanted, search: wanted.search.trim() });
  });

  it('takes a state that there is not for any', () => {
    expect(wantedIn(new URLSearchParams('state=asleep')).state).toBe('any');
  });

  it('knows how many filters are set', () => {
    expect(filtersSet(anyRule)).toBe(0);
    expect(filtersSet({ ...anyRule, search: 'x', mode: 'reject', state: 'off' })).toBe(2);
  });

  it.each([
    ['listed', ['own', 'off', 'pack', 'dear']],
    ['name', ['off', 'dear', 'own', 'pack']],
    ['severity', ['pack', 'off', 'dear', 'own']],
    ['hits', ['own', 'pack', 'off', 'dear']],
    ['last', ['dear', 'own', 'off', 'pack']],
    ['cost', ['dear', 'pack', 'off', 'own']],
  ] as const)('by %s begins with the most', (by, ids) => {
    expect(orderedRules(rules, { by, direction: 'descending' }).map(({ id }) => id)).toEqual(ids);
  });

  it('is made of sources, one’s own first', () => {
    expect(sourcesOf(rules)).toEqual([
      ['api', 3],
      ['pack:secrets', 1],
    ]);
  });
});

it.each([
  [0.02, '< 0.1 µs'],
  [0.84, '0.8 µs'],
  [42, '42 µs'],
  [1234, '1.2 ms'],
])('a call that waits %d µs waits %s', (us, words) => expect(perCall(us)).toBe(words));
