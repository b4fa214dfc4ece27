/** One turn of the conversation as it is sent. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What the reader of the page has chosen; an empty parameter is left to the provider. */
export interface ChatOptions {
  model: string;
  system: string;
  temperature: number | '';
  topP: number | '';
  maxTokens: number | '';
  stream: boolean;
}

export interface ChatBody {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  stream_options?: { include_usage: boolean };
  temperature?: number;
  top_p?: number;
  max_tokens?: number;
}

/** The request body of a conversation. */
export function bodyOf(options: ChatOptions, turns: readonly ChatMessage[]): ChatBody {
  const system: ChatMessage[] = options.system.trim() === '' ? [] : [{ role: 'system', content: options.system }];
  return {
    model: options.model,
    messages: [...system, ...turns],
    ...(options.stream && { stream: true, stream_options: { include_usage: true } }),
    ...(options.temperature !== '' && { temperature: options.temperature }),
    ...(options.topP !== '' && { top_p: options.topP }),
    ...(options.maxTokens !== '' && { max_tokens: options.maxTokens }),
  };
}

export interface ChatUsage {
  prompt: number;
  completion: number;
  total: number;
}

/** What one chunk of a stream, or a whole answer, says. */
export interface Said {
  text: string;
  usage: ChatUsage | null;
  error: string | null;
  finish: string | null;
}

interface Part {
  content?: unknown;
  refusal?: unknown;
  tool_calls?: { function?: { name?: string; arguments?: string } }[];
}

interface Answer {
  choices?: { delta?: Part; message?: Part; finish_reason?: string | null }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number; total_tokens?: number } | null;
  error?: { message?: string };
}

/** Read a chunk or an answer in OpenAI's form; a tool call is told as text. */
export function said(json: string): Said {
  const nothing: Said = { text: '', usage: null, error: null, finish: null };
  if (json === '[DONE]') return nothing;
  let answer: Answer;
  try {
    answer = JSON.parse(json) as Answer;
  } catch {
    return { ...nothing, error: 'The provider sent something that is not JSON.' };
  }
  if (answer.error) return { ...nothing, error: answer.error.message ?? 'The provider reported an error.' };
  const choice = answer.choices?.[0];
  const part = choice?.delta ?? choice?.message;
  const calls = (part?.tool_calls ?? []).map((call) => `${call.function?.name ?? ''}${call.function?.arguments ?? ''}`);
  const texts = [part?.content, part?.refusal].filter((text): text is string => typeof text === 'string');
  const usage = answer.usage;
  return {
    text: [...texts, ...calls].join(''),
    usage: usage
      ? {
          prompt: usage.prompt_tokens ?? 0,
          completion: usage.completion_tokens ?? 0,
          total: usage.total_tokens ?? 0,
        }
      : null,
    error: null,
    finish: choice?.finish_reason ?? null,
  };
}

export const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The call as a shell command. The key is not ours to tell: it comes from the environment. */
export const asCurl = (origin: string, body: ChatBody): string =>
  [
    `curl ${origin}/v1/chat/completions${body.stream ? ' --no-buffer' : ''} \\`,
    '  -H "Authorization: Bearer $OPENAI_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellQuoted(JSON.stringify(body, null, 2))}`,
  ].join('\n');

/** A value as Python writes it. */
export function pythonLiteral(value: unknown, indent = 0): string {
  const pad = ' '.repeat(indent + 4);
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  // A JSON string is a Python string, but for the escapes of lone surrogates, which mean the same in both.
  if (typeof value === 'string' || typeof value === 'number') return JSON.stringify(value);
  if (Array.isArray(value))
    return value.length === 0
      ? '[]'
      : `[\n${value.map((item) => `${pad}${pythonLiteral(item, indent + 4)},\n`).join('')}${' '.repeat(indent)}]`;
  const members = Object.entries(value as Record<string, unknown>);
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item, indent)}`).join(', ')}}`;
}

/** The call with the official Python client. */
export function asPython(origin: string, body: ChatBody): string {
  const members = Object.entries(body).map(([name, value]) => `    ${name}=${pythonLiteral(value, 4)},`);
  const reading = body.stream
    ? [
        'for chunk in answer:',
        '    for choice in chunk.choices:',
        '        print(choice.delta.content or "", end="", flush=True)',
      ]
    : ['print(answer.choices[0].message.content)'];
  return [
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${origin}/v1")  # the key comes from OPENAI_API_KEY`,
    '',
    'answer = client.chat.completions.create(',
    ...members,
    ')',
    ...reading,
  ].join('\n');
}
