import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { UsageFilters } from '@/lib/usage';
import { api, data } from './client';
import type { paths } from './schema';
import { cache } from './queries';

type SummaryQuery = NonNullable<paths['/admin/usage/summary']['get']['parameters']['query']>;

/** How often a page that watches the gateway asks again while it is visible, in milliseconds. */
export const WATCH_MS = 30_000;

/** Sums over a range; while those of another range are on their way, the former ones stay. */
export const useSummary = (query: SummaryQuery, options: { watched?: boolean; enabled?: boolean } = {}) =>
  useQuery({
    queryKey: [...cache.usage, 'summary', query],
    queryFn: ({ signal }) => data(api.GET('/admin/usage/summary', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: options.watched ? WATCH_MS : false,
    enabled: options.enabled ?? true,
  });

export const useAttention = () =>
  useQuery({
    queryKey: cache.attention,
    queryFn: ({ signal }) => data(api.GET('/admin/attention', { signal })),
    refetchInterval: WATCH_MS,
  });

/** The latest call that was ever counted; a page without records when there was none. */
export const useLatestCall = (enabled: boolean) =>
  useQuery({
    queryKey: [...cache.usage, 'latest'],
    queryFn: ({ signal }) => data(api.GET('/admin/usage', { params: { query: { limit: 1 } }, signal })),
    refetchInterval: WATCH_MS,
    enabled,
  });

/** Single calls, newest first, page by page. */
export const useCalls = (query: UsageFilters & { start: string; end: string; limit: number }) =>
  useInfiniteQuery({
    queryKey: [...cache.usage, 'calls', query],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET('/admin/usage', { params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } }, signal }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
