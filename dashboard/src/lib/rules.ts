import type { Schema } from '@/api/client';

/** What a rule is made of. */
export type RuleFields = Omit<Schema<'DraftRule'>, 'id'>;
export type Mode = RuleFields['mode'];
export type FieldClass = RuleFields['field_classes'][number];
export type ViewName = RuleFields['views'][number];
export type Audience = RuleFields['scope']['only'];

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  about: string;
}

export const modes: readonly Choice<Mode>[] = [
  { value: 'reject', label: 'Reject', about: 'The call is refused with status 400 and nothing goes to the provider.' },
  {
    value: 'replace',
    label: 'Replace',
    about:
      'Each match is replaced and the call goes on. Where a text must not be changed, such as a name, an id or a key of an object, the call is refused.',
  },
  {
    value: 'pseudonymise',
    label: 'Pseudonymise',
    about:
      'The provider gets a placeholder, the same for the same value, and the client gets its value back in the answer, tool calls included.',
  },
  { value: 'monitor', label: 'Monitor', about: 'Nothing is changed. What is found is put on record.' },
];

export const severities = ['low', 'medium', 'high', 'critical'] as const;

export const fieldClasses: readonly Choice<FieldClass>[] = [
  { value: 'A', label: 'Text', about: 'messages, prompts, instructions, tool results, text files' },
  { value: 'B', label: 'Tool arguments', about: 'JSON in a string' },
  { value: 'C', label: 'Tool inputs and schemas', about: 'JSON objects' },
  { value: 'D', label: 'Labels', about: 'names, ids, metadata, stop sequences' },
  { value: 'E', label: 'Addresses', about: 'URLs of images, files and servers' },
  { value: 'F', label: 'Binary files', about: 'base64 of images, audio and other files' },
  { value: 'G', label: 'Credentials of tools', about: 'authorization of remote tools, where a secret belongs' },
  { value: 'H', label: 'Signed parts', about: 'what the provider would refuse when changed' },
  { value: 'I', label: 'Controls', about: 'model, enumerations, numbers' },
  { value: 'J', label: 'Headers and query', about: 'what stands beside the body' },
  { value: 'K', label: 'Unknown members', about: 'what no table knows' },
];

export const views: readonly Choice<ViewName>[] = [
  { value: 'raw', label: 'As written', about: 'the text itself' },
  { value: 'folded', label: 'As it looks', about: 'without invisible characters, look-alikes as plain letters' },
  { value: 'decoded', label: 'Decoded', about: 'base64, hex, percent, escapes and HTML entities, two deep' },
  { value: 'joined', label: 'Joined', about: 'across parts and messages, and strings put together by code' },
  { value: 'spaceless', label: 'Without spaces', about: 'for rules that only monitor' },
];

/** Validators that are often wanted; the gateway names all of them when it refuses one. */
export const validators = [
  'not_placeholder',
  'entropy>=3.5',
  'min_len>=16',
  'max_len<=128',
  'has_digit',
  'has_letter',
  'luhn',
  'iban',
];

const nobody = (): Audience => ({ keys: [], providers: [], models: [], endpoints: [] });

/** A rule that looks at every text of every request. */
export const emptyRule: RuleFields = {
  pattern: '',
  mode: 'reject',
  replace_by: '',
  enabled: true,
  name: '',
  description: '',
  severity: 'medium',
  template: 'go',
  secret_group: 0,
  validators: [],
  near: null,
  allow: { regexes: [], stopwords: [], hashes: [], values: [], target: 'secret' },
  directions: ['request'],
  field_classes: fieldClasses.map(({ value }) => value),
  views: ['raw', 'folded', 'decoded', 'joined'],
  scope: { only: nobody(), exempt: nobody() },
  history: 'same',
  examples: [],
};

/** What of a stored rule an editor changes. */
export function fieldsOf(rule: Schema<'Guardrail'>): RuleFields {
  const known: Record<string, unknown> = { ...rule };
  const fields = Object.keys(emptyRule).map((name) => [name, known[name]]);
  const written = Object.fromEntries(fields) as RuleFields;
  return { ...written, allow: { ...written.allow, values: [] } };
}

/** The same whatever the order of an object's members: the gateway has its own. */
const ordered = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

const same = (one: unknown, other: unknown) => JSON.stringify(one, ordered) === JSON.stringify(other, ordered);

/** What of a rule was changed: the body of a PATCH. */
export function changesOf(before: RuleFields, after: RuleFields): Partial<RuleFields> {
  const names = Object.keys(emptyRule) as (keyof RuleFields)[];
  return Object.fromEntries(
    names.filter((name) => !same(before[name], after[name])).map((name) => [name, after[name]]),
  );
}

/** In a few words, what of a rule's finer points is not as by default; for the head of what is folded away. */
export function finerPoints(rule: RuleFields): string[] {
  const told: [boolean, string][] = [
    [rule.secret_group !== 0, `group ${rule.secret_group} is the secret`],
    [rule.validators.length > 0, rule.validators.join(', ')],
    [rule.near !== null && rule.near !== undefined, 'words nearby'],
    [!same(rule.allow, emptyRule.allow), 'allow-list'],
    [rule.directions.includes('response'), rule.directions.length > 1 ? 'requests and answers' : 'answers only'],
    [rule.field_classes.length < fieldClasses.length, `${rule.field_classes.length} kinds of fields`],
    [!same([...rule.views].sort(), [...emptyRule.views].sort()), `views: ${rule.views.join(', ')}`],
    [!same(rule.scope, emptyRule.scope), 'some calls only'],
    [rule.history === 'redact', 'redacts earlier turns'],
    [rule.examples.length > 0, `${rule.examples.length} ${rule.examples.length === 1 ? 'example' : 'examples'}`],
  ];
  return told.filter(([isSo]) => isSo).map(([, words]) => words);
}

/** A group as it was typed: a number where it is one. */
export const groupOf = (typed: string): number | string => (/^\d{1,4}$/.test(typed) ? Number(typed) : typed || 0);
