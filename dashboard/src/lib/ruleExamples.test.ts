import { describe, expect, it } from 'vitest';
import { endpoints, jsonFault, ruleExamples, ruleToStartFrom, sampleBody, sampleText } from './ruleExamples';
import { emptyRule } from './rules';

/** RE2's leading `(?i)` is a flag in JavaScript; the rest of these patterns means the same in both. */
const asJavaScript = (pattern: string) =>
  pattern.startsWith('(?i)') ? new RegExp(pattern.slice(4), 'gi') : new RegExp(pattern, 'g');

describe('the rules to start from', () => {
  it.each(ruleExamples.map((example) => [example.name, example] as const))('%s finds the sample', (_, example) => {
    expect(sampleText.match(asJavaScript(example.pattern))).toHaveLength(1);
  });

  it.each([
    ['card', '4111111111111111', '[CARD 1111]'],
    ['card', '4111-1111-1111-1111', '[CARD 1111]'],
    ['card', '3782 822463 10005', '[CARD 0005]'],
    ['card', 'order 123456789012', 'order 123456789012'],
    ['email', 'A.B+c@mail.example.org!', '[EMAIL]!'],
    ['email', '@example', '@example'],
  ])('%s makes of %s: %s', (name, text, expected) => {
    const { pattern, replace_by } = ruleToStartFrom(name);
    expect(text.replace(asJavaScript(pattern), replace_by)).toBe(expected);
  });

  it('are not begun with by an unknown name', () => {
    expect(ruleToStartFrom('nothing')).toEqual(emptyRule);
    expect(ruleToStartFrom(null).pattern).toBe('');
  });
});

describe('a body to try rules on', () => {
  it.each(endpoints)('of %s is one, and holds the sample', (endpoint) => {
    expect(jsonFault(sampleBody(endpoint))).toBeNull();
    expect(sampleBody(endpoint)).toContain(sampleText);
    expect(jsonFault(sampleBody(endpoint, 'response'))).toBeNull();
    expect(sampleBody(endpoint, 'response')).toContain(sampleText);
  });

  it.each(['chat/completions', 'completions', 'responses', 'messages'] as const)(
    'of an answer is another: %s',
    (name) => {
      expect(sampleBody(name, 'response')).not.toBe(sampleBody(name));
    },
  );

  it.each(['', '{', '[]', '1', 'null', '{"a":1,}'])('is refused when it is no object: %j', (text) => {
    expect(jsonFault(text)).toMatch(/JSON/);
  });
});
