import { useQueryClient } from '@tanstack/react-query';
import { cache } from './queries';

/** What a change of a provider, or of a key, shows in: each noun that tells of it is read anew. */
export function useChanged() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [cache.providers, cache.keys, cache.attention, cache.log, cache.about].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
}
