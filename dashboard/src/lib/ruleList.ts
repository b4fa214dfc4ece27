import type { Schema } from '@/api/client';
import { severities } from './rules';
import { sorted, type Sorting } from './sorting';

export type Rule = Schema<'Guardrail'>;

/** What a rule is called: its name, or its pattern where it has none. */
export const calledBy = ({ name, pattern }: Pick<Rule, 'name' | 'pattern'>): string => name || pattern;

/** Where a rule comes from: `api`, `file`, `built-in`, `pack:secrets`, `import:gitleaks.toml`. */
export function sourceOf({ origin, pack }: Pick<Rule, 'origin' | 'pack'>): string {
  if (origin === 'pack') return `pack:${pack}`;
  return origin === 'api' && pack !== '' ? pack : origin;
}

const sources: Record<string, string> = { api: 'Made here', file: 'File', 'built-in': 'Built in' };

/** The same for people: "Pack secrets", "Import gitleaks.toml". */
export function sourceWord(source: string): string {
  const [kind = '', ...name] = source.split(':');
  if (name.length === 0) return sources[kind] ?? kind;
  return `${kind === 'pack' ? 'Pack' : 'Import'} ${name.join(':')}`;
}

/** Why what a rule says is not changed here, and where it is; null for one that is. */
export function lockOf({ origin, pack }: Pick<Rule, 'origin' | 'pack'>): string | null {
  switch (origin) {
    case 'file':
      return 'It comes from the file of GUARDRAILS_FILE. Change it there: it is read at each start.';
    case 'pack':
      return `It comes with the pack ${pack}, so what it says stays. Here it is switched; to change more, make a copy.`;
    case 'built-in':
      return 'It protects the gateway’s own keys and credentials and is always applied. SELF_DEFENCE=off ends it.';
    case 'api':
      return null;
  }
}

/** What of the rules' states can be asked for, as it stands in the page's address; at first, any. */
export const ruleStates = ['any', 'on', 'off', 'hit', 'quiet', 'noisy'] as const;
export type RuleState = (typeof ruleStates)[number];

const inState: Record<RuleState, (rule: Rule) => boolean> = {
  any: () => true,
  on: (rule) => rule.enabled,
  off: (rule) => !rule.enabled,
  hit: (rule) => rule.hits_24h > 0,
  quiet: (rule) => rule.last_hit_at == null,
  noisy: (rule) => rule.warnings.length > 0,
};

export interface RulesWanted {
  search: string;
  /** Empty is any, as in the next two. */
  mode: string;
  severity: string;
  source: string;
  state: RuleState;
}

export const anyRule: RulesWanted = { search: '', mode: '', severity: '', source: '', state: 'any' };

const inAddress = { search: 'q', mode: 'mode', severity: 'severity', source: 'from', state: 'state' } as const;

/** What an address asks for. */
export const wantedIn = (query: URLSearchParams): RulesWanted => ({
  search: query.get(inAddress.search) ?? '',
  mode: query.get(inAddress.mode) ?? '',
  severity: query.get(inAddress.severity) ?? '',
  source: query.get(inAddress.source) ?? '',
  state: ruleStates.find((one) => one === query.get(inAddress.state)) ?? anyRule.state,
});

/** What is asked for, as an address: nothing where anything is. */
export function writtenOut(wanted: RulesWanted): URLSearchParams {
  const names = Object.keys(inAddress) as (keyof RulesWanted)[];
  return new URLSearchParams(
    names
      .map((name) => [inAddress[name], wanted[name].trim(), anyRule[name]] as const)
      .filter(([, value, any]) => value !== any)
      .map(([name, value]) => [name, value]),
  );
}

/** How many of the filters beside the search narrow the list down. */
export const filtersSet = (wanted: RulesWanted): number =>
  [wanted.mode, wanted.severity, wanted.source].filter(Boolean).length + Number(wanted.state !== 'any');

/** The rules that match; all words are looked for in names, patterns, descriptions, packs and ids, whatever the case. */
export function matchingRules(rules: readonly Rule[], wanted: RulesWanted): Rule[] {
  const words = wanted.search.toLocaleLowerCase('en').split(/\s+/).filter(Boolean);
  return rules.filter((rule) => {
    if (wanted.mode !== '' && rule.mode !== wanted.mode) return false;
    if (wanted.severity !== '' && rule.severity !== wanted.severity) return false;
    if (wanted.source !== '' && sourceOf(rule) !== wanted.source) return false;
    if (!inState[wanted.state](rule)) return false;
    const text = `${rule.name}\n${rule.pattern}\n${rule.description}\n${rule.pack}\n${rule.id}`.toLocaleLowerCase('en');
    return words.every((word) => text.includes(word));
  });
}

export type RuleOrder = 'listed' | 'name' | 'severity' | 'hits' | 'last' | 'cost';

/** What all calls together waited for a rule, in µs; null where nobody has measured. */
const waited = ({ meter }: Rule): number | null =>
  meter?.time_us_per_call == null ? null : meter.time_us_per_call * meter.calls;

/**
 * Sorted rules; `listed` is as the gateway lists them, one's own first. By cost: those that took most of the time on real
 * traffic, then those that take most for ordinary text.
 */
export function orderedRules(rules: readonly Rule[], { by, direction }: Sorting<RuleOrder>): Rule[] {
  switch (by) {
    case 'listed':
      return [...rules];
    case 'name':
      return sorted(rules, calledBy, direction);
    case 'severity':
      return sorted(rules, (rule) => severities.indexOf(rule.severity), direction);
    case 'hits':
      return sorted(
        sorted(rules, (rule) => rule.meter?.hits ?? 0, direction),
        (rule) => rule.hits_24h,
        direction,
      );
    case 'last':
      return sorted(rules, (rule) => (rule.last_hit_at ? Date.parse(rule.last_hit_at) : null), direction);
    case 'cost':
      return sorted(
        sorted(rules, (rule) => rule.cost_us_per_kb, direction),
        waited,
        direction,
      );
  }
}

/** The sources that there are, each with the number of its rules: one's own first, then the others by name. */
export function sourcesOf(rules: readonly Rule[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const rule of rules) counts.set(sourceOf(rule), (counts.get(sourceOf(rule)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => Number(b === 'api') - Number(a === 'api') || a.localeCompare(b, 'en'));
}

/** A rule's time on a call, as measured: "< 0.1 µs", "3.2 µs", "1.2 ms". */
export function perCall(us: number): string {
  if (us >= 1000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 0.1) return '< 0.1 µs';
  return `${us < 10 ? us.toFixed(1) : us.toFixed(0)} µs`;
}
