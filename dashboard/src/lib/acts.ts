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

/** The details of an act as "name: value" pairs, null left out; a text that is no object stands as it is. */
export function detailPairs(detail: string): [string, string][] {
  if (detail === '') return [];
  try {
    const told: unknown = JSON.parse(detail);
    if (typeof told === 'object' && told !== null && !Array.isArray(told))
      return Object.entries(told)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  } catch {
    // An imported or older entry may hold plain text.
  }
  return [['', detail]];
}
