import { QueryClient } from '@tanstack/react-query';
import { ApiError, onSignedOut } from '@/api/client';
import { cache, FRESH_MS } from '@/api/queries';
import { remembered } from '@/lib/remembered';

const answered = (error: unknown) => error instanceof ApiError && error.status >= 400 && error.status < 500;

/** What the pages have read. A refusal is not asked for again; a gateway that does not answer is, twice. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: FRESH_MS, retry: (tries, error) => tries < 2 && !answered(error) },
  },
});

/** Forget everything that was read: nothing of a session outlives it. The frame watches the session, so that stays. */
export function forget() {
  remembered.clear();
  queries.setQueryData(cache.session, null);
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== cache.session[0] });
  queries.getMutationCache().clear();
}

onSignedOut(forget);
remembered.onCleared(forget);
