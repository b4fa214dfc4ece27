import { describe, expect, it } from 'vitest';
import { health, providerChanges, testable } from './providers';

const now = Date.parse('2026-03-20T12:00:00Z');
const old = '2025-11-01T00:00:00Z';

describe('the health of a provider', () => {
  it.each([
    ['its last call succeeded', '2026-03-20T11:00:00Z', '2026-03-19T11:00:00Z', 'healthy'],
    ['its last call failed', '2026-03-18T11:00:00Z', '2026-03-19T11:00:00Z', 'failing'],
    ['it never failed', '2026-03-18T11:00:00Z', null, 'healthy'],
    ['it never succeeded', null, '2026-03-18T11:00:00Z', 'failing'],
    ['both happened at once', '2026-03-18T11:00:00Z', '2026-03-18T11:00:00Z', 'healthy'],
    ['it failed more than seven days ago', null, '2026-03-13T11:59:59Z', 'idle'],
    ['it failed seven days ago to the second', null, '2026-03-13T12:00:00Z', 'failing'],
    ['an old failure is followed by nothing', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', 'idle'],
    ['an old provider has no calls', undefined, undefined, 'idle'],
  ])('when %s', (_, last_success_at, last_error_at, expected) => {
    expect(health({ created_at: old, last_success_at, last_error_at }, now)).toBe(expected);
  });

  it('of a provider that was just made is that it has no calls yet', () => {
    expect(health({ created_at: '2026-03-20T11:59:00Z' }, now)).toBe('new');
  });
});

const stored = { name: 'Main', base_url: 'https://api.openai.com/v1' };
const draft = { ...stored, api_key: '' };

describe('a change of a provider', () => {
  it('sends nothing when nothing was changed', () => {
    expect(providerChanges(stored, { ...draft, name: ' Main ' })).toEqual({});
  });

  it('sends what differs, and a credential only when one was given', () => {
    expect(providerChanges(stored, { ...draft, name: 'Spare' })).toEqual({ name: 'Spare' });
    expect(providerChanges(stored, { ...draft, base_url: 'sandbox:', api_key: 'x' })).toEqual({
      base_url: 'sandbox:',
      api_key: 'x',
    });
  });
});

describe('a test before saving', () => {
  it.each([
    ['a new provider with a credential', null, { ...draft, api_key: 'x' }, 'draft'],
    ['a new provider without one', null, draft, null],
    ['a stored provider as it is', stored, draft, 'stored'],
    ['a stored provider with a new credential', stored, { ...draft, api_key: 'x' }, 'draft'],
    ['a stored provider at another address', stored, { ...draft, base_url: 'http://127.0.0.1:1' }, null],
    ['no address', null, { name: '', base_url: ' ', api_key: 'x' }, null],
  ] as const)('of %s', (_, provider, written, expected) => {
    expect(testable(provider, written)).toBe(expected);
  });
});
