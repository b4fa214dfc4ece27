import { describe, expect, it } from 'vitest';
import { actName, detailPairs, subjectLink } from './acts';

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
    ['session.login', '', null],
  ])('%s leads to what it was done to', (action, subject, link) => {
    expect(subjectLink(action, subject)).toBe(link);
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
    ['plain', [['', 'plain']]],
    ['[1]', [['', '[1]']]],
  ])('tells its details: %j', (detail, pairs) => {
    expect(detailPairs(detail)).toEqual(pairs);
  });
});
