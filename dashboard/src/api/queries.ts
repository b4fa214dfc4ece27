import { useQuery } from '@tanstack/react-query';
import { remembered } from '@/lib/remembered';
import { api, data, type Schema } from './client';

/** How long a list is shown before it is asked for again, in milliseconds. */
export const FRESH_MS = 15_000;

/** The keys of the query cache: one place, so that a change of a noun refreshes all that shows it. */
export const cache = {
  session: ['session'] as const,
  providers: ['providers'] as const,
  keys: ['keys'] as const,
  guardrails: ['guardrails'] as const,
  packs: ['packs'] as const,
  events: ['events'] as const,
  usage: ['usage'] as const,
  attention: ['attention'] as const,
  log: ['log'] as const,
  about: ['about'] as const,
  settings: ['settings'] as const,
};

/** The session; null once it has ended here. */
export const useSession = () =>
  useQuery<Schema<'Session'> | null>({
    queryKey: cache.session,
    queryFn: ({ signal }) => (remembered.get() ? data(api.GET('/admin/session', { signal })) : null),
    retry: false,
    staleTime: Infinity,
  });

export const useProviders = () =>
  useQuery({ queryKey: cache.providers, queryFn: ({ signal }) => data(api.GET('/admin/providers', { signal })) });

export const useKeys = () =>
  useQuery({ queryKey: cache.keys, queryFn: ({ signal }) => data(api.GET('/admin/keys', { signal })) });

export const useGuardrails = () =>
  useQuery({ queryKey: cache.guardrails, queryFn: ({ signal }) => data(api.GET('/admin/guardrails', { signal })) });

/** Those of packs that are on and those that are built in as well. */
export const useAllGuardrails = () =>
  useQuery({
    queryKey: [...cache.guardrails, 'all'],
    queryFn: ({ signal }) =>
      data(api.GET('/admin/guardrails', { params: { query: { with_packs: true, with_built_in: true } }, signal })),
  });

export const usePacks = () =>
  useQuery({ queryKey: cache.packs, queryFn: ({ signal }) => data(api.GET('/admin/packs', { signal })) });

/** A pack with its rules, as they would be in force; nothing for no name. */
export const usePack = (name: string | null) =>
  useQuery({
    queryKey: [...cache.packs, name],
    queryFn: ({ signal }) => data(api.GET('/admin/packs/{name}', { params: { path: { name: name ?? '' } }, signal })),
    enabled: name !== null,
  });

export const useAbout = () =>
  useQuery({ queryKey: cache.about, queryFn: ({ signal }) => data(api.GET('/admin/about', { signal })) });
