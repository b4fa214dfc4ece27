import { useInfiniteQuery } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { cache } from '@/api/queries';
import { asQuery, type EventFilters } from '@/lib/eventFilters';
import { standing } from '@/lib/searched';

const PAGE = 50;

/** The events that match, newest first, a page at a time. What was loaded stays until it is asked for anew. */
export function useEvents(filters: EventFilters) {
  const search = useInfiniteQuery({
    queryKey: [...cache.events, 'search', filters],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET('/admin/guardrail-events/search', {
          params: {
            query: { ...asQuery(filters, Date.now()), limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchOnWindowFocus: false,
  });
  const pages = search.data?.pages;
  return { search, events: pages?.flatMap((page) => page.records), stands: standing(pages ?? [], PAGE) };
}
