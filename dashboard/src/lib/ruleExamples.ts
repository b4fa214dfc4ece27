import type { paths } from '@/api/schema';
import { emptyRule, type RuleFields } from './rules';

export interface RuleExample extends Pick<RuleFields, 'pattern' | 'mode' | 'replace_by'> {
  /** Its name in an address. */
  name: string;
  title: string;
  about: string;
}

/** Rules to start from. */
export const ruleExamples: readonly RuleExample[] = [
  {
    name: 'aws-key',
    title: 'AWS access key ids',
    about: 'Refuse every call that carries one.',
    pattern: 'AKIA[0-9A-Z]{16}',
    mode: 'reject',
    replace_by: '',
  },
  {
    name: 'email',
    title: 'E-mail addresses',
    about: 'Send [EMAIL] in their place.',
    pattern: '(?i)\\b[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}\\b',
    mode: 'replace',
    replace_by: '[EMAIL]',
  },
  {
    name: 'card',
    title: 'Card-like numbers',
    about: 'Keep the last four digits, hide the others.',
    pattern: '\\b(?:[0-9][ -]?){9,15}([0-9]{4})\\b',
    mode: 'replace',
    replace_by: '[CARD $1]',
  },
];

/** The rule that an editor begins with: the example of that name, or an empty one. */
export function ruleToStartFrom(name: string | null): RuleFields {
  const example = ruleExamples.find((known) => known.name === name);
  if (!example) return emptyRule;
  const { title, pattern, mode, replace_by } = example;
  return { ...emptyRule, name: title, pattern, mode, replace_by };
}

export const sampleText = 'Mail someone@example.com the key AKIAIOSFODNN7EXAMPLE, card 4111 1111 1111 1111.';

/** The endpoints that take a body, by the gateway's own description. */
export type Endpoint = {
  [Path in keyof paths]: Path extends `/v1/${infer Name}`
    ? paths[Path] extends { post: object }
      ? Name
      : never
    : never;
}[keyof paths];

const asked = [{ role: 'user', content: sampleText }];

const bodies: Record<Endpoint, object> = {
  'chat/completions': {
    model: 'gpt-4.1-mini',
    messages: [
      { role: 'system', content: 'You are a support agent. Be brief.' },
      ...asked,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'send_mail', arguments: '{"to": "someone@example.com"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sent' },
    ],
  },
  completions: { model: 'gpt-3.5-turbo-instruct', prompt: sampleText },
  embeddings: { model: 'text-embedding-3-small', input: ['Nothing to see here.', sampleText] },
  responses: { model: 'gpt-4.1-mini', instructions: 'Be brief.', input: asked },
  messages: { model: 'claude-sonnet-4-5', max_tokens: 256, system: 'Be brief.', messages: asked },
  moderations: { model: 'omni-moderation-latest', input: sampleText },
  'images/generations': { model: 'gpt-image-1', prompt: `A postcard that says: ${sampleText}` },
  'audio/speech': { model: 'gpt-4o-mini-tts', voice: 'alloy', input: sampleText },
};

export const endpoints = Object.keys(bodies) as Endpoint[];

const said = { role: 'assistant', content: sampleText };

/** What is answered; where rules look at no answers, or at none with texts, the sample is a request's. */
const answers: Partial<Record<Endpoint, object>> = {
  'chat/completions': { object: 'chat.completion', choices: [{ index: 0, message: said, finish_reason: 'stop' }] },
  completions: { object: 'text_completion', choices: [{ index: 0, text: sampleText, finish_reason: 'stop' }] },
  responses: {
    object: 'response',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: sampleText }] }],
  },
  messages: { type: 'message', role: 'assistant', content: [{ type: 'text', text: sampleText }] },
};

export type Direction = 'request' | 'response';

/** A body to try rules on, as a client of that endpoint would send it, or as a provider would answer. */
export const sampleBody = (endpoint: Endpoint, direction: Direction = 'request'): string =>
  JSON.stringify((direction === 'response' ? answers[endpoint] : undefined) ?? bodies[endpoint], null, 2);

/** Why a text is not a JSON object, in the browser's words; null when it is one. */
export function jsonFault(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
    return 'A body is a JSON object: { … }.';
  } catch (error) {
    return `This is not JSON yet. ${error instanceof Error ? error.message : ''}`.trim();
  }
}
