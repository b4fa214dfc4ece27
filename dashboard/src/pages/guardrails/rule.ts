import type { QueryClient } from '@tanstack/react-query';
import type { Schema } from '@/api/client';
import { cache } from '@/api/queries';

export type Rule = Schema<'Guardrail'>;

/** Ask anew for all that shows rules. */
export async function refreshRules(client: QueryClient): Promise<void> {
  const shown = [cache.guardrails, cache.packs, cache.attention, cache.log];
  await Promise.all(shown.map((queryKey) => client.invalidateQueries({ queryKey })));
}
