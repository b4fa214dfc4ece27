import { describe, expect, it } from 'vitest';
import { emptyRule } from './rules';
import { actName, detailPairs, subjectLink, subjectWord } from './acts';

describe('an act of the admin log', () => {
  it('has a name for people, or its own', () => {
    expect(actName('event.reveal')).toBe('Event text shown');
    expect(actName('something.new')).toBe('something.new');
  });

  it.each([
    ['event.reveal', 'e1', '/events/e1'],
    ['event.delete', 'e1', null],
    ['guardrail.update', 'g1', '/guardrails/g1'],
    ['key.revoke', 'k1', '/keys'],
    ['pack.update', 'personal-data', '/guardrails/packs?pack=personal-data'],
    ['guardrail.import', '', null],
    ['session.login', '', null],
  ])('%s leads to what it was done to', (action, subject, link) => {
    expect(subjectLink(action, subject)).toBe(link);
  });

  it('was done to an id, of which the first digits are told, or to something with a name', () => {
    expect(subjectWord('5e1fdefe-0000-4000-8000-000000000001')).toBe('5e1fdefe');
    expect(subjectWord('personal-data')).toBe('personal-data');
  });

  it.each([
    ['', []],
    [
      '{"name":"a","limit":5,"none":null}',
      [
        ['name', 'a'],
        ['limit', '5'],
      ],
    ],
    [
      '{"allow":{"regexes":[],"stopwords":["a","b"],"target":"secret"},"scope":{"only":{"keys":[]}},"validators":[]}',
      [
        ['allow.stopwords', 'a, b'],
        ['allow.target', 'secret'],
        ['scope', '–'],
        ['validators', '–'],
      ],
    ],
    ['plain', [['', 'plain']]],
    ['[1]', [['', '[1]']]],
  ])('tells its details: %j', (detail, pairs) => {
    expect(detailPairs(detail)).toEqual(pairs);
  });

  it('tells of a draft what is not as by default, and no JSON', () => {
    const allow = { regexes: [], stopwords: [], hashes: [], target: 'secret' }; // permitted values are not logged
    const views = [...emptyRule.views].reverse();
    const draft = {
      ...emptyRule,
      allow,
      views,
      name: 'Birds',
      pattern: 'canary-[0-9]+',
      near: { pattern: 'x', before: 9 },
    };
    expect(detailPairs(JSON.stringify({ run: 'r1', minutes: 15, draft }))).toEqual([
      ['run', 'r1'],
      ['minutes', '15'],
      ['draft.pattern', 'canary-[0-9]+'],
      ['draft.mode', 'reject'],
      ['draft.name', 'Birds'],
      ['draft.near.pattern', 'x'],
      ['draft.near.before', '9'],
    ]);
  });
});
