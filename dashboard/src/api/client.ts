import createClient, { type Middleware } from 'openapi-fetch';
import { isUnattended } from '@/lib/attended';
import type { components, paths } from './schema';

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** What the gateway said when it refused, in its own words. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string | null = null,
    readonly param: string | null = null,
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Read the gateway's error shape; anything else (a proxy's page, nothing at all) becomes a sentence of ours. */
export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  try {
    const { error } = (await response.clone().json()) as { error: { message: string; code?: string; param?: string } };
    return new ApiError(error.message, response.status, error.code ?? null, error.param ?? null, requestId);
  } catch {
    return new ApiError(`The gateway answered with status ${response.status}.`, response.status, null, null, requestId);
  }
}

const listeners = new Set<() => void>();

/** Be told when the session has ended; returns what undoes it. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** `fetch` with the session's cookie; raises ApiError for whatever is no success. */
export async function request(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, { ...init, credentials: 'same-origin', redirect: 'error' });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('The gateway cannot be reached. Check that it is running, then try again.', 0);
  }
  if (response.ok) return response;
  if (response.status === 401) listeners.forEach((listener) => listener());
  throw await errorOf(response);
}

/** A page that is left alone asks on, but says so: what nobody asked for must not keep the session alive. */
const honest: Middleware = {
  onRequest({ request: asked }) {
    if (isUnattended()) asked.headers.set('x-llmp-unattended', '1');
    return asked;
  },
};

const refusing: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return undefined;
    if (response.status === 401) listeners.forEach((listener) => listener());
    throw await errorOf(response);
  },
  onError({ error }) {
    if (error instanceof ApiError) return error;
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return new ApiError('The gateway cannot be reached. Check that it is running, then try again.', 0);
  },
};

/** The admin API, typed by the gateway's own description of it. */
export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin', redirect: 'error' });
api.use(honest, refusing);

/** The answer of a successful call; a failed one has raised ApiError already. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  const answer = await call;
  if (answer.data === undefined) throw new ApiError('The gateway sent an empty answer.', 502);
  return answer.data;
}
