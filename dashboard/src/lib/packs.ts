import type { Schema } from '@/api/client';
import { count } from './format';
import { type Rule, sourceOf } from './ruleList';

export type Pack = Schema<'PackBrief'>;
export type PackChange = Pick<Schema<'PackUpdate'>, 'enabled' | 'mode' | 'directions'>;

/** "personal-data" → "Personal data". */
export const packTitle = (name: string): string => {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** "1 rule", "181 rules". */
export const rulesIn = (number: number): string => `${count(number)} ${number === 1 ? 'rule' : 'rules'}`;

/** Whether the configuration's file sets the pack, so that nothing else may. */
export const isSetByFile = (pack: Pick<Pack, 'updated_by'>): boolean => pack.updated_by === 'file';

export const directionChoices = [
  { value: '', label: 'As each rule has it' },
  { value: 'request', label: 'Requests' },
  { value: 'response', label: 'Answers' },
  { value: 'both', label: 'Requests and answers' },
] as const;
export type DirectionChoice = (typeof directionChoices)[number]['value'];

/** The choice that a pack's directions are. */
export function directionChoice(directions: readonly string[] | null): DirectionChoice {
  if (directions === null) return '';
  if (directions.length > 1) return 'both';
  return directions[0] === 'response' ? 'response' : 'request';
}

/** The directions that a choice stands for. */
export const directionsOf = (choice: DirectionChoice): Pack['directions'] =>
  choice === '' ? null : choice === 'both' ? ['request', 'response'] : [choice];

/** What is found by rules: in the last day, and when at last. */
export interface Found {
  hits: number;
  lastHitAt: string | null;
}

export function foundBy(rules: readonly Rule[]): Found {
  const times = rules.flatMap(({ last_hit_at: at }) => (at ? [at] : []));
  return {
    hits: rules.reduce((sum, rule) => sum + rule.hits_24h, 0),
    lastHitAt: times.reduce<string | null>((last, at) => (last === null || at > last ? at : last), null),
  };
}

/** How many rules do what: [["replace", 160], ["monitor", 21]], the most first. */
export function modeCounts(rules: readonly Pick<Rule, 'mode' | 'enabled'>[]): [Rule['mode'], number][] {
  const counts = new Map<Rule['mode'], number>();
  for (const { mode, enabled } of rules) if (enabled) counts.set(mode, (counts.get(mode) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

export interface ImportedSet {
  /** As the rules' `pack` has it: `import:` and the name. */
  source: string;
  name: string;
  rules: Rule[];
}

/** The rule sets that were imported, by name. */
export function importedSets(rules: readonly Rule[]): ImportedSet[] {
  const sets = new Map<string, Rule[]>();
  for (const rule of rules) {
    const source = sourceOf(rule);
    if (source.startsWith('import:')) sets.set(source, [...(sets.get(source) ?? []), rule]);
  }
  return [...sets]
    .map(([source, members]) => ({ source, name: source.slice('import:'.length), rules: members }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
