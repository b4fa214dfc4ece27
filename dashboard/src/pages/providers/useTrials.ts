import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data } from '@/api/client';
import { cache } from '@/api/queries';
import type { Tested } from '@/lib/providers';

/** A test of one provider: on its way, answered, or not even asked. */
export type Trial = { pending: true } | { pending: false; result: Tested } | { pending: false; error: unknown };

/** The tests that were asked for on this page, by provider; several may be on their way at once. */
export function useTrials() {
  const client = useQueryClient();
  const [trials, setTrials] = useState<ReadonlyMap<string, Trial>>(new Map());
  const put = (id: string, trial: Trial | null) =>
    setTrials((before) => {
      const after = new Map(before);
      if (trial) after.set(id, trial);
      else after.delete(id);
      return after;
    });
  const run = async (id: string) => {
    put(id, { pending: true });
    try {
      const result = await data(api.POST('/admin/providers/{id}/test', { params: { path: { id } } }));
      put(id, { pending: false, result });
    } catch (error) {
      put(id, { pending: false, error });
    }
    await client.invalidateQueries({ queryKey: cache.log });
  };
  return { of: (id: string) => trials.get(id), run, forget: (id: string) => put(id, null) };
}

export type Trials = ReturnType<typeof useTrials>;
