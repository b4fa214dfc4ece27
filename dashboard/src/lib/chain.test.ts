import { describe, expect, it } from 'vitest';
import { chainWords, flawPlace, headWord, isHead, retentionWords } from './chain';

const whole = { whole: true, events: 1042, tombstones: 0, removed: 0, head: null, flaw_count: 0, flaws: [] };

describe('the state of the audit trail', () => {
  it('counts what was walked', () => {
    expect(chainWords(whole)).toBe('Chain verified: 1,042 events.');
    expect(chainWords({ ...whole, events: 1, tombstones: 1, removed: 500 })).toBe(
      'Chain verified: 1 event, 1 tombstone for 500 deleted events.',
    );
  });

  it('says first that it is broken', () => {
    expect(chainWords({ ...whole, whole: false, flaw_count: 2 })).toBe(
      'The chain is broken in 2 places: 1,042 events.',
    );
  });

  it.each([
    [{ kind: 'changed', seq: 8, last_seq: 8 }, 'event 8'],
    [{ kind: 'missing', seq: 1000, last_seq: 1002 }, 'events 1,000 to 1,002'],
    [{ kind: 'head', seq: 9, last_seq: 9 }, 'end of the chain'],
  ] as const)('names where %j is', (flaw, words) => {
    expect(flawPlace({ ...flaw, event_id: '', note: '' })).toBe(words);
  });

  it.each([
    ['0', 'Events are kept for ever.'],
    ['1', 'Events are kept for 1 day.'],
    ['90, high=365,critical=0', 'Events are kept for 90 days, high ones for 365 days, critical ones for ever.'],
    ['low=7', 'Events are kept for ever, low ones for 7 days.'],
  ])('reads the setting %s', (setting, words) => {
    expect(retentionWords(setting)).toBe(words);
  });

  it('says nothing of a setting that is not known yet', () => {
    expect(retentionWords(undefined)).toBeNull();
  });

  it('writes a head as it is asked for later', () => {
    const hash = 'ab'.repeat(32);
    expect(headWord(whole)).toBeNull();
    expect(headWord({ ...whole, head: { seq: 7, hash } })).toBe(`7:${hash}`);
    expect([isHead(''), isHead(hash), isHead(`7:${hash}`), isHead('7'), isHead(`${hash}0`)]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
