import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { type KeyFilter, keyFilters, type KeyWanted } from '@/lib/keys';

/** Which keys to show. State and provider stand in the page's address; the search is gone with the page. */
export function useKeyWanted() {
  const [query, setQuery] = useSearchParams();
  const [search, setSearch] = useState('');
  const filter = keyFilters.find((one) => one === query.get('state')) ?? keyFilters[0];
  const providerId = query.get('provider') || null;
  const wanted = useMemo<KeyWanted>(() => ({ filter, search, providerId }), [filter, search, providerId]);
  const put = (changes: { state?: KeyFilter; provider?: string | null }) =>
    setQuery(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === keyFilters[0]) after.delete(name);
          else after.set(name, value);
        }
        return after;
      },
      { replace: true, preventScrollReset: true },
    );
  return {
    wanted,
    onSearch: setSearch,
    onFilter: (state: KeyFilter) => put({ state }),
    onProvider: (provider: string | null) => put({ provider }),
    clear: () => {
      setSearch('');
      put({ state: 'all', provider: null });
    },
  };
}
