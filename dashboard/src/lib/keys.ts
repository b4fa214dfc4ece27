import type { Schema } from '@/api/client';
import { sorted, type Sorting } from './sorting';

export type Key = Schema<'ApiKey'>;
export type KeyState = 'active' | 'revoked' | 'provider missing';

/** The filters on offer, as they stand in the page's address; the first one is what is shown at first. */
export const keyFilters = ['active', 'revoked', 'all'] as const;
export type KeyFilter = (typeof keyFilters)[number];

/** Whether calls with the key can be answered. What providers there are may not be known yet. */
export function keyState(
  key: Pick<Key, 'revoked_at' | 'provider_id'>,
  providers: ReadonlySet<string> | null,
): KeyState {
  if (key.revoked_at) return 'revoked';
  return providers === null || providers.has(key.provider_id) ? 'active' : 'provider missing';
}

/** How many keys each filter would show. A key whose provider is missing is not revoked: it is among the active ones. */
export function filterCounts(keys: readonly Pick<Key, 'revoked_at'>[]): Record<KeyFilter, number> {
  const revoked = keys.filter((key) => key.revoked_at).length;
  return { active: keys.length - revoked, revoked, all: keys.length };
}

export interface KeyWanted {
  filter: KeyFilter;
  search: string;
  providerId: string | null;
}

/** The keys that match; the search looks into names and into what is shown of the key itself, whatever the case. */
export function matching<K extends Pick<Key, 'name' | 'display' | 'provider_id' | 'revoked_at'>>(
  keys: readonly K[],
  { filter, search, providerId }: KeyWanted,
): K[] {
  const words = search.toLocaleLowerCase('en').split(/\s+/).filter(Boolean);
  return keys.filter((key) => {
    if (filter !== 'all' && (filter === 'revoked') !== Boolean(key.revoked_at)) return false;
    if (providerId !== null && key.provider_id !== providerId) return false;
    const text = `${key.name} ${key.display}`.toLocaleLowerCase('en');
    return words.every((word) => text.includes(word));
  });
}

export type KeyOrder = 'created' | 'name' | 'used' | 'calls';

/** Sorted keys; those that were never used, or whose calls are not known, come last either way. */
export function orderedKeys<K extends Pick<Key, 'id' | 'name' | 'created_at' | 'last_used_at'>>(
  keys: readonly K[],
  { by, direction }: Sorting<KeyOrder>,
  calls: ReadonlyMap<string, number>,
): K[] {
  const instant = (iso: string | null | undefined) => (iso ? Date.parse(iso) : null);
  const value = {
    created: (key: K) => instant(key.created_at),
    name: (key: K) => key.name,
    used: (key: K) => instant(key.last_used_at),
    calls: (key: K) => calls.get(key.id) ?? null,
  }[by];
  return sorted(keys, value, direction);
}

/** How many days the sparkline of a key spans, today included. */
export const SPARK_DAYS = 14;
const DAY_MS = 86_400_000;

/** Where those days begin: at midnight UTC, in which the gateway counts days. */
export const sparkStart = (now: number): string =>
  new Date((Math.floor(now / DAY_MS) - SPARK_DAYS + 1) * DAY_MS).toISOString();

type Daily = Pick<Schema<'UsageSummary'>, 'start' | 'omitted_groups'> & {
  groups: readonly { group: string }[];
  series: readonly { start: string; group: string; calls: number }[];
};

/** Calls a day of each key, zeros where nothing happened. */
export function callsByDay(summary: Daily): Map<string, number[]> {
  const first = Math.floor(Date.parse(summary.start) / DAY_MS);
  const days = new Map(summary.groups.map(({ group }) => [group, Array.from({ length: SPARK_DAYS }, () => 0)]));
  for (const { start, group, calls } of summary.series) {
    const day = Math.floor(Date.parse(start) / DAY_MS) - first;
    const values = days.get(group);
    if (values && day >= 0 && day < SPARK_DAYS) values[day] = (values[day] ?? 0) + calls;
  }
  return days;
}

const NONE: readonly number[] = Array.from({ length: SPARK_DAYS }, () => 0);

/** The days of one key: zeros for one without calls, null when it may be among those that the summary left out. */
export function daysOf(
  id: string,
  days: ReadonlyMap<string, number[]>,
  omittedGroups: number,
): readonly number[] | null {
  return days.get(id) ?? (omittedGroups > 0 ? null : NONE);
}

export interface KeyDraft {
  name: string;
  provider_id: string | null;
  /** Requests a minute; empty is no limit. */
  rpm: number | '';
}

/** What a change sends: the members that differ. */
export function keyChanges(stored: Pick<Key, 'name' | 'provider_id' | 'rate_limit_rpm'>, draft: KeyDraft) {
  const rpm = draft.rpm || 0;
  return {
    ...(draft.name.trim() !== stored.name && { name: draft.name }),
    ...(draft.provider_id !== null && draft.provider_id !== stored.provider_id && { provider_id: draft.provider_id }),
    ...(rpm !== stored.rate_limit_rpm && { rate_limit_rpm: rpm }),
  };
}
