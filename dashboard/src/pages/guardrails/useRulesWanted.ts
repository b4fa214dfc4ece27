import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { anyRule, type RulesWanted, wantedIn, writtenOut } from '@/lib/ruleList';

/**
 * Which rules to show. What is chosen counts at once, and is written into the page's address; what is typed, when nobody
 * has typed for a moment. An address that comes from elsewhere is followed.
 */
export function useRulesWanted() {
  const [query, setQuery] = useSearchParams();
  const asked = query.toString();
  const [wanted, setWanted] = useState(() => wantedIn(query));
  const [told, setTold] = useState(asked);
  const [seen, setSeen] = useState(asked);
  if (asked !== seen) {
    setSeen(asked);
    // What comes back as it was told is our own; more may have been chosen since.
    if (asked !== told) {
      setTold(asked);
      setWanted(wantedIn(query));
    }
  }
  const tell = (next: RulesWanted) => {
    const address = writtenOut(next);
    setTold(address.toString());
    setQuery(address, { replace: true, preventScrollReset: true });
  };
  const tellLate = useDebouncedCallback(tell, 400);
  const choose = (changes: Partial<RulesWanted>) => {
    const next = { ...wanted, ...changes };
    tellLate.cancel();
    setWanted(next);
    tell(next);
  };
  return {
    wanted,
    onSearch: (search: string) => {
      const next = { ...wanted, search };
      setWanted(next);
      tellLate(next);
    },
    onFilter: choose,
    clear: () => choose(anyRule),
  };
}
