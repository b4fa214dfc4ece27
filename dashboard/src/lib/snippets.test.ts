import { describe, expect, it } from 'vitest';
import type { Kind } from './providers';
import { snippets } from './snippets';

const origin = 'https://llm.example.com';
const key = 'llmp-1a2b3c';
const all = (kind: Kind, at = origin, secret = key) =>
  Object.fromEntries(snippets(at, secret, kind).map(({ title, code }) => [title, code]));

describe('the snippets of a new key', () => {
  it('call the gateway with it', () => {
    expect(all('openai')).toEqual({
      curl: [
        `curl 'https://llm.example.com/v1/chat/completions' \\`,
        `  -H 'Authorization: Bearer llmp-1a2b3c' \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{`,
        `    "model": "gpt-4o-mini",`,
        `    "messages": [{"role":"user","content":"Say hello."}]`,
        `  }'`,
      ].join('\n'),
      Python: expect.stringContaining('    api_key="llmp-1a2b3c",') as string,
      JavaScript: expect.stringContaining('  baseURL: "https://llm.example.com/v1",') as string,
      Environment: `export OPENAI_BASE_URL='https://llm.example.com/v1'\nexport OPENAI_API_KEY='llmp-1a2b3c'`,
    });
  });

  it('set what the Anthropic client reads when its provider is Anthropic, and only then', () => {
    expect(all('anthropic').Environment).toContain(
      `export ANTHROPIC_BASE_URL='https://llm.example.com'\nexport ANTHROPIC_API_KEY='llmp-1a2b3c'`,
    );
    expect(all('sandbox').Environment).not.toContain('ANTHROPIC');
  });

  it.each(['openai', 'anthropic', 'azure', 'sandbox'] as const)('name a model that %s may have', (kind) => {
    expect(all(kind).curl).toMatch(/"model": "[a-z0-9-]+"/);
  });
});

describe('what would end a literal', () => {
  const hostile = `a'"\\$(id)\`\n`;

  it('ends none of the shell', () => {
    expect(all('openai', origin, hostile).Environment).toContain(`OPENAI_API_KEY='a'\\''"\\$(id)\`\n'`);
    expect(all('openai', origin, hostile).curl).toContain(`-H 'Authorization: Bearer a'\\''"\\$(id)\`\n'`);
  });

  it('ends none of Python or JavaScript', () => {
    const { Python, JavaScript } = all('openai', origin, hostile);
    expect(Python).toContain('api_key="a\'\\"\\\\$(id)`\\n",');
    expect(JavaScript).toContain('apiKey: "a\'\\"\\\\$(id)`\\n",');
  });
});
