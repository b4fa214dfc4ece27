import { pythonLiteral, shellQuoted } from './chat';
import type { Kind } from './providers';

export interface Snippet {
  title: string;
  code: string;
}

/** A model that a provider of the kind is likely to have; of Azure nothing can be guessed but that it is a deployment. */
export const exampleModel: Record<Kind, string> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-5',
  azure: 'your-deployment',
  sandbox: 'sandbox-echo',
};

const PROMPT = 'Say hello.';

function asCurl(origin: string, key: string, model: string): string {
  const messages = JSON.stringify([{ role: 'user', content: PROMPT }]);
  const body = `{\n    "model": ${JSON.stringify(model)},\n    "messages": ${messages}\n  }`;
  return [
    `curl ${shellQuoted(`${origin}/v1/chat/completions`)} \\`,
    `  -H ${shellQuoted(`Authorization: Bearer ${key}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuoted(body)}`,
  ].join('\n');
}

const asPython = (origin: string, key: string, model: string): string =>
  [
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url=${pythonLiteral(`${origin}/v1`)},`,
    `    api_key=${pythonLiteral(key)},`,
    ')',
    'answer = client.chat.completions.create(',
    `    model=${pythonLiteral(model)},`,
    `    messages=[{"role": "user", "content": ${pythonLiteral(PROMPT)}}],`,
    ')',
    'print(answer.choices[0].message.content)',
  ].join('\n');

const asJavaScript = (origin: string, key: string, model: string): string =>
  [
    `import OpenAI from 'openai';`,
    '',
    'const client = new OpenAI({',
    `  baseURL: ${JSON.stringify(`${origin}/v1`)},`,
    `  apiKey: ${JSON.stringify(key)},`,
    '});',
    'const answer = await client.chat.completions.create({',
    `  model: ${JSON.stringify(model)},`,
    `  messages: [{ role: 'user', content: ${JSON.stringify(PROMPT)} }],`,
    '});',
    'console.log(answer.choices[0].message.content);',
  ].join('\n');

/** The names by which the official clients read their settings. Anthropic's append `/v1/…` to the base themselves. */
function asEnvironment(origin: string, key: string, kind: Kind): string {
  const settings: [string, string][] = [
    ['OPENAI_BASE_URL', `${origin}/v1`],
    ['OPENAI_API_KEY', key],
  ];
  if (kind === 'anthropic') settings.push(['ANTHROPIC_BASE_URL', origin], ['ANTHROPIC_API_KEY', key]);
  return settings.map(([name, value]) => `export ${name}=${shellQuoted(value)}`).join('\n');
}

/** Ways to use a key at once, ready to be pasted. `origin` is where the gateway is, without a slash at its end. */
export function snippets(origin: string, key: string, kind: Kind): Snippet[] {
  const model = exampleModel[kind];
  return [
    { title: 'curl', code: asCurl(origin, key, model) },
    { title: 'Python', code: asPython(origin, key, model) },
    { title: 'JavaScript', code: asJavaScript(origin, key, model) },
    { title: 'Environment', code: asEnvironment(origin, key, kind) },
  ];
}
