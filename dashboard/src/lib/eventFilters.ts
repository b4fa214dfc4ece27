import type { Schema } from '@/api/client';
import { isRange, type Range, type RangeName, ranges } from './range';
import { fieldClasses, modes, severities, views } from './rules';

type Event = Schema<'GuardrailEventBrief'>;

/** What the events on the page must be. An empty member asks for nothing. The names are those of the admin API. */
export interface EventFilters {
  guardrail_id: string;
  rule_name: string;
  api_key_id: string;
  provider_id: string;
  mode: '' | Event['mode'];
  action: '' | Event['action'];
  severity: '' | Event['severity'];
  direction: '' | Event['direction'];
  view: '' | Event['view'];
  field_class: '' | Event['field_class'];
  fingerprint: string;
  client_hash: string;
  call_id: string;
  q: string;
  /** How far back from now; empty where `start` and `end` say it, or where any time will do. */
  range: '' | RangeName;
  start: string;
  end: string;
}

export const noFilters: EventFilters = {
  guardrail_id: '',
  rule_name: '',
  api_key_id: '',
  provider_id: '',
  mode: '',
  action: '',
  severity: '',
  direction: '',
  view: '',
  field_class: '',
  fingerprint: '',
  client_hash: '',
  call_id: '',
  q: '',
  range: '',
  start: '',
  end: '',
};

interface Named<Value extends string> {
  value: Value;
  label: string;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** What a filter may ask for, by the filter's member, as people read it. */
export const choices = {
  action: [
    { value: 'rejected', label: 'Blocked' },
    { value: 'replaced', label: 'Redacted' },
    { value: 'pseudonymised', label: 'Pseudonymised' },
    { value: 'monitored', label: 'Monitored' },
  ] satisfies Named<Event['action']>[],
  severity: [...severities].reverse().map((value) => ({ value, label: capital(value) })),
  direction: [
    { value: 'request', label: 'Request' },
    { value: 'response', label: 'Answer' },
  ] satisfies Named<Event['direction']>[],
  view: views.map(({ value, label }) => ({ value, label })),
  field_class: fieldClasses.map(({ value, label }) => ({ value, label: `${value} · ${label}` })),
  mode: modes.map(({ value, label }) => ({ value, label })),
};

export type Choosable = keyof typeof choices;

/** What people call a value of a filter; the gateway's word where we have none. */
export const wordFor = (member: Choosable, value: string): string =>
  (choices[member] as readonly Named<string>[]).find((choice) => choice.value === value)?.label ?? value;

const names = Object.keys(noFilters) as (keyof EventFilters)[];

const one = <Value extends string>(asked: string | null, known: readonly Named<Value>[]): Value | '' =>
  known.find(({ value }) => value === asked)?.value ?? '';

/** Read the filters out of the page's address. What cannot be read asks for nothing. */
export function readFilters(address: URLSearchParams): EventFilters {
  const text = (name: keyof EventFilters) => address.get(name)?.trim() ?? '';
  const range = address.get('range');
  const start = Date.parse(text('start'));
  const end = Date.parse(text('end'));
  const isCustom = start < end;
  return {
    guardrail_id: text('guardrail_id'),
    rule_name: text('rule_name'),
    api_key_id: text('api_key_id'),
    provider_id: text('provider_id'),
    mode: one(address.get('mode'), choices.mode),
    action: one(address.get('action'), choices.action),
    severity: one(address.get('severity'), choices.severity),
    direction: one(address.get('direction'), choices.direction),
    view: one(address.get('view'), choices.view),
    field_class: one(address.get('field_class'), choices.field_class),
    fingerprint: isFingerprint(text('fingerprint')) ? text('fingerprint') : '',
    client_hash: isFingerprint(text('client_hash')) ? text('client_hash') : '',
    call_id: text('call_id'),
    q: text('q'),
    range: !isCustom && isRange(range) ? range : '',
    start: isCustom ? new Date(start).toISOString() : '',
    end: isCustom ? new Date(end).toISOString() : '',
  };
}

/** Whether a text is the form of a fingerprint: 32 hexadecimal digits. */
export const isFingerprint = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** The address with these filters in it; what else stands there stays. */
export function writeFilters(before: URLSearchParams, filters: EventFilters): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const name of names) {
    if (filters[name] === '') after.delete(name);
    else after.set(name, filters[name]);
  }
  return after;
}

/** Whether anything is asked for. */
export const isFiltered = (filters: EventFilters): boolean => names.some((name) => filters[name] !== '');

type Query = Partial<{ [Name in keyof Omit<EventFilters, 'range'>]: Exclude<EventFilters[Name], ''> }>;

/** The filters as the gateway takes them: a range that ends now becomes the time at which it starts. */
export function asQuery({ range, ...others }: EventFilters, now: number): Query {
  const start = range === '' ? others.start : new Date(now - ranges[range]).toISOString();
  return Object.fromEntries(Object.entries({ ...others, start }).filter(([, value]) => value !== ''));
}

/** What a range picker shows for the filters: null for any time. */
export function rangeOf(filters: EventFilters, now: number): Range | null {
  if (filters.range !== '')
    return {
      name: filters.range,
      start: new Date(now - ranges[filters.range]).toISOString(),
      end: new Date(now).toISOString(),
      bucket: 'day',
    };
  if (filters.start === '') return null;
  return { name: 'custom', start: filters.start, end: filters.end, bucket: 'day' };
}

/** Where the events that match can be downloaded. With their texts, that is put on record. */
export function exportAddress(filters: EventFilters, now: number, format: 'csv' | 'json', withTexts = false): string {
  const query = new URLSearchParams({ format, ...(withTexts && { text: 'true' }), ...asQuery(filters, now) });
  return `/admin/guardrail-events/export?${query.toString()}`;
}
