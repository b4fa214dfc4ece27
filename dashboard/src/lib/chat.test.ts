import { describe, expect, it } from 'vitest';
import { asCurl, asPython, bodyOf, type ChatOptions, pythonLiteral, said } from './chat';

const options: ChatOptions = { model: 'm', system: '', temperature: '', topP: '', maxTokens: '', stream: true };

describe('the body of a call', () => {
  it('leaves out what was not chosen', () => {
    expect(bodyOf({ ...options, stream: false }, [{ role: 'user', content: 'hi' }])).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  it('puts the system prompt first and keeps a temperature of 0', () => {
    const body = bodyOf({ ...options, system: 'be brief', temperature: 0 }, [{ role: 'user', content: 'hi' }]);
    expect(body.messages[0]).toEqual({ role: 'system', content: 'be brief' });
    expect(body.temperature).toBe(0);
    expect(body.stream_options).toEqual({ include_usage: true });
  });
});

describe('what an answer says', () => {
  it.each([
    ['{"choices":[{"delta":{"content":"a"}}]}', { text: 'a' }],
    ['{"choices":[{"message":{"content":"a","refusal":null},"finish_reason":"stop"}]}', { text: 'a', finish: 'stop' }],
    [
      '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}',
      { usage: { prompt: 1, completion: 2, total: 3 } },
    ],
    ['{"error":{"message":"no"}}', { error: 'no' }],
    ['{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}', { text: 'f{}' }],
    ['[DONE]', { text: '', error: null }],
    ['not json', { error: 'The provider sent something that is not JSON.' }],
  ])('%s', (json, expected) => {
    expect(said(json)).toMatchObject(expected);
  });
});

describe('a call to be copied', () => {
  const body = bodyOf({ ...options, stream: false }, [{ role: 'user', content: `it's "$HOME" \\ \n` }]);

  it('is one argument for a shell whatever the text holds', () => {
    const quoted = /-d '([\s\S]*)'$/.exec(asCurl('https://gateway.example', body))?.[1] ?? '';
    expect(JSON.parse(quoted.replaceAll("'\\''", "'"))).toEqual(body);
  });

  it('is Python that says the same', () => {
    const code = asPython('https://gateway.example', body);
    expect(code).toContain('base_url="https://gateway.example/v1"');
    expect(code).toContain(String.raw`"it's \"$HOME\" \\ \n"`);
  });

  it('writes what Python calls otherwise', () => {
    expect(pythonLiteral({ a: [true, false, null, 1.5] })).toBe(
      '{"a": [\n    True,\n    False,\n    None,\n    1.5,\n]}',
    );
  });
});
