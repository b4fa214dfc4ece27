import { emptyRule } from './rules';
import { flat } from './versions';

const words: Record<string, string> = {
  'provider.create': 'Provider created',
  'provider.update': 'Provider changed',
  'provider.delete': 'Provider deleted',
  'provider.test': 'Provider tested',
  'key.create': 'Key created',
  'key.update': 'Key changed',
  'key.revoke': 'Key revoked',
  'guardrail.create': 'Guard rail created',
  'guardrail.update': 'Guard rail changed',
  'guardrail.delete': 'Guard rail deleted',
  'guardrail.restore': 'Guard rail restored',
  'guardrail.import': 'Guard rails imported',
  'guardrail.backtest': 'Draft run over events',
  'guardrail.shadow': 'Shadow run started',
  'guardrail.shadow_end': 'Shadow run ended',
  'pack.update': 'Pack changed',
  'event.reveal': 'Event text shown',
  'event.delete': 'Event deleted',
  'event.export': 'Event export begun',
  'event.exported': 'Events exported',
  'audit.purge': 'Old events deleted',
  'session.login': 'Logged in',
  'session.logout': 'Logged out',
};

/** The acts one can filter by, each with its name; the gateway's word where we have none. */
export const acts = Object.keys(words);
export const actName = (action: string): string => words[action] ?? action;

/** Where the thing that was acted on is shown; null where nothing is. */
export function subjectLink(action: string, subject: string): string | null {
  if (subject === '') return null;
  const noun = action.split('.')[0];
  if (action.endsWith('.delete')) return null;
  if (noun === 'event') return `/events/${subject}`;
  if (noun === 'guardrail') return `/guardrails/${subject}`;
  if (noun === 'pack') return `/guardrails/packs?pack=${encodeURIComponent(subject)}`;
  if (noun === 'key') return '/keys';
  return noun === 'provider' ? '/providers' : null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** What was acted on, as it fits into a list: an id by its first digits, a name as it is. */
export const subjectWord = (subject: string): string => (UUID.test(subject) ? subject.slice(0, 8) : subject);

const byDefault = new Map(flat(emptyRule));

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list as its members, in whatever order they came; all else as JSON has it. */
const alike = (one: unknown, other: unknown) => {
  const [first, second] = [one, other].map((value) =>
    Array.isArray(value) ? [...(value as unknown[])].sort() : value,
  );
  return JSON.stringify(first) === JSON.stringify(second);
};

function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const isPlain = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return isPlain ? value.join(', ') : JSON.stringify(value);
}

const isNothing = (value: unknown) => value === null || written(value) === '';

/** What an object says, each member by its path. Of a draft rule, its mode and what is not as by default. */
function inside(name: string, value: object): [string, string][] {
  const leaves = flat(value).filter(([path, leaf]) =>
    name === 'draft' ? path === 'mode' || !alike(leaf, byDefault.get(path)) : !isNothing(leaf),
  );
  const told = leaves.map(([path, leaf]): [string, string] => [`${name}.${path}`, written(leaf)]);
  return told.length > 0 ? told : [[name, '–']];
}

/** The details of an act as "name: value" pairs, null left out; a text that is no object stands as it is. */
export function detailPairs(detail: string): [string, string][] {
  if (detail === '') return [];
  try {
    const told: unknown = JSON.parse(detail);
    if (isObject(told))
      return Object.entries(told)
        .filter(([, value]) => value !== null)
        .flatMap(([name, value]: [string, unknown]): [string, string][] =>
          isObject(value) ? inside(name, value) : [[name, written(value) || '–']],
        );
  } catch {
    // An imported or older entry may hold plain text.
  }
  return [['', detail]];
}
