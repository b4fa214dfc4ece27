import { describe, expect, it } from 'vitest';
import {
  callsByDay,
  daysOf,
  filterCounts,
  type Key,
  keyChanges,
  keyState,
  matching,
  orderedKeys,
  sparkStart,
} from './keys';

const key = (id: string, name: string, more: Partial<Key> = {}): Key => ({
  id,
  name,
  display: `llmp-${id}`,
  provider_id: 'p1',
  rate_limit_rpm: 60,
  created_at: `2026-01-0${id}T00:00:00Z`,
  ...more,
});
const batch = key('1', 'Batch jobs', { last_used_at: '2026-03-01T00:00:00Z' });
const chat = key('2', 'Chat', { provider_id: 'p2', last_used_at: '2026-03-02T00:00:00Z' });
const old = key('3', 'old batch', { revoked_at: '2026-02-01T00:00:00Z' });
const keys = [batch, chat, old];

describe('the state of a key', () => {
  it.each([
    [chat, new Set(['p2']), 'active'],
    [chat, new Set<string>(), 'provider missing'],
    [chat, null, 'active'],
    [old, new Set<string>(), 'revoked'],
  ])('follows from its revocation and its provider', (one, providers, expected) => {
    expect(keyState(one, providers)).toBe(expected);
  });
});

describe('the filters of keys', () => {
  const all = { filter: 'all', search: '', providerId: null } as const;

  it.each([
    [{ ...all, filter: 'active' as const }, [batch, chat]],
    [{ ...all, filter: 'revoked' as const }, [old]],
    [all, keys],
    [{ ...all, search: 'BATCH' }, [batch, old]],
    [{ ...all, search: ' jobs  batch' }, [batch]],
    [{ ...all, search: 'llmp-2' }, [chat]],
    [{ ...all, search: '.*' }, []],
    [{ ...all, providerId: 'p2' }, [chat]],
  ])('%o', (wanted, expected) => {
    expect(matching(keys, wanted)).toEqual(expected);
  });

  it('tell how many keys they would show', () => {
    expect(filterCounts(keys)).toEqual({ active: 2, revoked: 1, all: 3 });
  });
});

describe('the order of keys', () => {
  const calls = new Map([
    ['1', 5],
    ['3', 7],
  ]);

  it.each([
    ['name', 'ascending', '123'],
    ['name', 'descending', '321'],
    ['created', 'descending', '321'],
    ['used', 'descending', '213'],
    ['used', 'ascending', '123'],
    ['calls', 'descending', '312'],
    ['calls', 'ascending', '132'],
  ] as const)('by %s, %s', (by, direction, expected) => {
    const ids = orderedKeys(keys, { by, direction }, calls).map(({ id }) => id);
    expect(ids.join('')).toBe(expected);
  });
});

describe('the days of a key', () => {
  const summary = {
    start: '2026-03-07T00:00:00Z',
    omitted_groups: 0,
    groups: [{ group: '1' }],
    series: [
      { start: '2026-03-07T00:00:00Z', group: '1', calls: 3 },
      { start: '2026-03-20T00:00:00Z', group: '1', calls: 4 },
      { start: '2026-03-21T00:00:00Z', group: '1', calls: 9 },
      { start: '2026-03-07T00:00:00Z', group: 'left out', calls: 9 },
    ],
  };
  const days = callsByDay(summary);

  it('start at midnight UTC thirteen days ago', () => {
    expect(sparkStart(Date.parse('2026-03-20T23:59:59Z'))).toBe('2026-03-07T00:00:00.000Z');
  });

  it('are fourteen, with zeros where nothing happened', () => {
    expect(daysOf('1', days, 0)).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
  });

  it('are zeros for a key without calls, and unknown for one that was left out', () => {
    expect(daysOf('2', days, 0)).toHaveLength(14);
    expect(daysOf('2', days, 0)?.every((day) => day === 0)).toBe(true);
    expect(daysOf('2', days, 1)).toBeNull();
  });
});

describe('a change of a key', () => {
  it.each([
    ['nothing', { name: 'Batch jobs ', provider_id: 'p1', rpm: 60 }, {}],
    ['its name', { name: 'Nightly', provider_id: 'p1', rpm: 60 }, { name: 'Nightly' }],
    ['its provider', { name: 'Batch jobs', provider_id: 'p2', rpm: 60 }, { provider_id: 'p2' }],
    ['a provider that is missing still', { name: 'Batch jobs', provider_id: null, rpm: 60 }, {}],
    ['its limit to none', { name: 'Batch jobs', provider_id: 'p1', rpm: '' }, { rate_limit_rpm: 0 }],
  ] as const)('sends %s', (_, draft, expected) => {
    expect(keyChanges(batch, draft)).toEqual(expected);
  });
});
