import { describe, expect, it } from 'vitest';
import {
  asQuery,
  exportAddress,
  isFiltered,
  noFilters,
  rangeOf,
  readFilters,
  wordFor,
  writeFilters,
} from './eventFilters';

const now = Date.parse('2026-03-01T12:00:00Z');
const read = (query: string) => readFilters(new URLSearchParams(query));

describe('filters in an address', () => {
  it('are none where the address says nothing', () => {
    expect(read('')).toEqual(noFilters);
    expect(isFiltered(read(''))).toBe(false);
  });

  it.each([
    ['mode=delete', {}],
    ['action=pass', {}],
    ['range=2y', {}],
    ['start=x&end=y', {}],
    ['start=2026-02-02T00:00:00Z&end=2026-02-01T00:00:00Z', {}],
    ['q=%20%20', {}],
    ['mode=reject', { mode: 'reject' }],
    ['action=replaced', { action: 'replaced' }],
    [
      'action=monitored&severity=critical&direction=response',
      { action: 'monitored', severity: 'critical', direction: 'response' },
    ],
    ['view=decoded&field_class=B&rule_name=Cards', { view: 'decoded', field_class: 'B', rule_name: 'Cards' }],
    ['view=sideways&field_class=Z&severity=worst&fingerprint=x', {}],
    ['q=%20a%20b%20', { q: 'a b' }],
    ['range=7d', { range: '7d' }],
    [
      'range=7d&start=2026-02-01&end=2026-02-02',
      { start: '2026-02-01T00:00:00.000Z', end: '2026-02-02T00:00:00.000Z' },
    ],
  ])('that cannot be read ask for nothing: %s', (query, expected) => {
    expect(read(query)).toEqual({ ...noFilters, ...expected });
  });

  it('come back as they were written, whatever they hold', () => {
    const filters = {
      ...noFilters,
      guardrail_id: '0198c1de-0000-7000-8000-000000000001',
      mode: 'replace' as const,
      q: '50% & "more" + ümlaut',
      range: '1h' as const,
    };
    expect(read(writeFilters(new URLSearchParams(), filters).toString())).toEqual(filters);
  });

  it('leave no trace when they are cleared, and leave alone what is not theirs', () => {
    const address = new URLSearchParams('q=a&mode=reject&range=7d&other=1');
    expect(writeFilters(address, noFilters).toString()).toBe('other=1');
    expect(address.get('q')).toBe('a');
  });
});

describe('filters for the gateway', () => {
  it('hold only what is asked for', () => {
    expect(asQuery(noFilters, now)).toEqual({});
    expect(asQuery({ ...noFilters, q: 'a', mode: 'reject' }, now)).toEqual({ q: 'a', mode: 'reject' });
  });

  it('are named for people', () => {
    expect([wordFor('action', 'rejected'), wordFor('view', 'decoded'), wordFor('mode', 'unheard')]).toEqual([
      'Blocked',
      'Decoded',
      'unheard',
    ]);
  });

  it('turn a range that ends now into its start, and leave its end open', () => {
    expect(asQuery({ ...noFilters, range: '24h' }, now)).toEqual({ start: '2026-02-28T12:00:00.000Z' });
  });

  it('make an address for a download, quoted', () => {
    expect(exportAddress({ ...noFilters, q: 'a&b=c' }, now, 'csv')).toBe(
      '/admin/guardrail-events/export?format=csv&q=a%26b%3Dc',
    );
    expect(exportAddress(noFilters, now, 'json', true)).toBe('/admin/guardrail-events/export?format=json&text=true');
  });
});

describe('the range that is shown', () => {
  it('is none for any time', () => {
    expect(rangeOf(noFilters, now)).toBeNull();
  });

  it('is the named one, or the custom one', () => {
    expect(rangeOf({ ...noFilters, range: '1h' }, now)?.name).toBe('1h');
    const custom = { ...noFilters, start: '2026-02-01T00:00:00.000Z', end: '2026-02-02T00:00:00.000Z' };
    expect(rangeOf(custom, now)).toMatchObject({ name: 'custom', start: custom.start, end: custom.end });
  });
});
