import { describe, expect, it } from 'vitest';
import { beginning, flaggedWords, type ImportReport, lookedAtFirst, MOST_BYTES, told, unsendable } from './imports';

const report = (changes: Partial<ImportReport> = {}): ImportReport => ({
  format: 'gitleaks',
  pack: 'import:x',
  dry_run: true,
  imported: [],
  skipped: [],
  notes: [],
  texts: 371,
  flagged: 0,
  ...changes,
});
const rule = (name: string, changes: Partial<ImportReport['imported'][number]> = {}) => ({
  name,
  fate: 'created' as const,
  changes: [],
  flagged: 0,
  ...changes,
});

describe('a text that is to be imported', () => {
  it('is not sent when it is empty or too large', () => {
    expect(unsendable(' \n')).toBe('There is nothing in it.');
    expect(unsendable('[[rules]]')).toBeNull();
    expect(unsendable('x'.repeat(MOST_BYTES - 2))).toBeNull();
    expect(unsendable('x'.repeat(MOST_BYTES))).toContain('at most');
    expect(unsendable('ü'.repeat(MOST_BYTES / 2))).toContain('too large'); // bytes count, not characters
  });

  it('is shown by its beginning', () => {
    expect(beginning('one\r\ntwo')).toBe('one\ntwo');
    expect(beginning('1\n2\n3', 2)).toBe('1\n2\n…');
    expect(beginning('x'.repeat(1_000_000)).length).toBeLessThan(200);
  });
});

describe('a report', () => {
  const imported = [
    rule('a'),
    rule('b', { changes: ['path is left out'] }),
    rule('c', { fate: 'changed', flagged: 3 }),
  ];

  it('tells what becomes of the rules', () => {
    expect(told(report({ imported }))).toBe('2 would be new, 1 would change');
    expect(told(report({ imported, dry_run: false }))).toBe('2 are new, 1 were changed');
    expect(told(report())).toBe('');
  });

  it('tells which ordinary texts would be flagged', () => {
    expect(flaggedWords(report({ imported }))).toBe('None of 371 ordinary texts is flagged by 3 rules.');
    expect(flaggedWords(report({ imported, flagged: 3 }))).toBe('3 of 371 ordinary texts would be flagged by 1 rule.');
  });

  it('begins with what should be looked at', () => {
    expect(lookedAtFirst(report({ imported })).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });
});
