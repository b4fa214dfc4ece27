import type { Schema } from '@/api/client';

type Said = Partial<Schema<'RuleView'>>;

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** A member as it reads in a list of differences: a text as it is, nothing as a dash, all else as JSON. */
function written(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The members inside of a part, each by its path: `allow.stopwords`. Lists stand as they are. */
export function flat(said: object, path = ''): [string, unknown][] {
  return Object.entries(said).flatMap(([name, value]: [string, unknown]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flat(value, `${path}${name}.`)
      : [[`${path}${name}`, value]],
  );
}

// What tells of the version and not of what the rule says.
const about = new Set(['id', 'version', 'created_at', 'updated_at', 'created_by', 'updated_by', 'origin', 'pack']);

/** What a rule says otherwise than before, by member. */
export function differences(before: Said, after: Said): Difference[] {
  const old = new Map(flat(before));
  const now = new Map(flat(after));
  const names = [...new Set([...now.keys(), ...old.keys()])].filter((name) => !about.has(name));
  return names
    .map((name) => ({ name, before: written(old.get(name)), after: written(now.get(name)) }))
    .filter(({ before: was, after: is }) => was !== is);
}
