import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type EventFilters, noFilters, readFilters, writeFilters } from '@/lib/eventFilters';

/** The filters in the page's address, and what changes them there. */
export function useFilters() {
  const [address, setAddress] = useSearchParams();
  const filters = useMemo(() => readFilters(address), [address]);
  /** What is picked can be undone with Back; what is typed changes the entry that there is. */
  const change = (members: Partial<EventFilters>, isTyped = false) =>
    setAddress((before) => writeFilters(before, { ...readFilters(before), ...members }), { replace: isTyped });
  const clear = () => setAddress((before) => writeFilters(before, noFilters));
  return { filters, change, clear };
}
