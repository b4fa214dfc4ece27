import { useCallback, useRef, useState } from 'react';
import { ApiError, request } from '@/api/client';
import { bodyOf, type ChatMessage, type ChatOptions, type ChatUsage, said } from '@/lib/chat';
import { EventReader } from '@/lib/sse';

export interface Turn {
  id: number;
  question: string;
  /** The body that was sent, as JSON: the same text can be judged again. */
  body: string;
  answer: string;
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';
  error: ApiError | null;
  usage: ChatUsage | null;
  /** Milliseconds until the first text, and until the end. */
  firstTextMs: number | null;
  totalMs: number | null;
  finish: string | null;
  callId: string | null;
  /** How many findings the gateway redacted, by its own word. */
  redacted: number;
}

const redactedIn = (headers: Headers) => Number(/redacted=(\d+)/.exec(headers.get('x-llmp-guardrail') ?? '')?.[1] ?? 0);

/** The conversation so far: only turns that were answered are sent again. */
export function history(turns: readonly Turn[]): ChatMessage[] {
  return turns
    .filter((turn) => turn.answer !== '' && turn.state !== 'failed')
    .flatMap((turn): ChatMessage[] => [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: turn.answer },
    ]);
}

/** A conversation through the real data path of a key. */
export function useChat(keyId: string | null, options: ChatOptions) {
  const [turns, setTurns] = useState<Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  const nextId = useRef(1);

  const change = useCallback((id: number, changes: Partial<Turn> | ((turn: Turn) => Partial<Turn>)) => {
    setTurns((before) =>
      before.map((turn) =>
        turn.id === id ? { ...turn, ...(typeof changes === 'function' ? changes(turn) : changes) } : turn,
      ),
    );
  }, []);

  const send = async (question: string) => {
    if (!keyId || running.current) return;
    const body = JSON.stringify(bodyOf(options, [...history(turns), { role: 'user', content: question }]));
    const id = nextId.current++;
    setTurns((before) => [...before, { ...blank, id, question, body }]);
    const stopper = new AbortController();
    running.current = stopper;
    const started = performance.now();
    try {
      const response = await request(`/admin/playground/${keyId}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: stopper.signal,
      });
      change(id, {
        state: 'streaming',
        callId: response.headers.get('x-llmp-call-id'),
        redacted: redactedIn(response.headers),
      });
      for await (const json of events(response)) {
        const news = said(json);
        if (news.error) throw new ApiError(news.error, 200, null, null, response.headers.get('x-request-id'));
        const now = performance.now() - started;
        change(id, (turn) => ({
          answer: turn.answer + news.text,
          firstTextMs: turn.firstTextMs ?? (news.text ? now : null),
          usage: news.usage ?? turn.usage,
          finish: news.finish ?? turn.finish,
        }));
      }
      change(id, { state: 'done' });
    } catch (error) {
      if (stopper.signal.aborted) change(id, { state: 'stopped' });
      else change(id, { state: 'failed', error: error instanceof ApiError ? error : broken() });
    } finally {
      change(id, { totalMs: performance.now() - started });
      running.current = null;
    }
  };

  return {
    turns,
    busy: turns.at(-1)?.totalMs === null,
    send,
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
}

const blank: Omit<Turn, 'id' | 'question' | 'body'> = {
  answer: '',
  state: 'waiting',
  error: null,
  usage: null,
  firstTextMs: null,
  totalMs: null,
  finish: null,
  callId: null,
  redacted: 0,
};

const broken = () => new ApiError('The answer broke off: the connection to the gateway was lost.', 0);

/** The events of a stream, or the one document of an answer that is none. */
async function* events(response: Response): AsyncGenerator<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
    yield await response.text();
    return;
  }
  const reader = response.body.getReader();
  const parser = new EventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parser.feed(value);
  }
}
