import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type EventFilters, noFilters, readFilters, writeFilters } from '@/lib/eventFilters';

/** The filters in the page's address, and what changes them there. */
export function useFilters() {
  const [address, setAddress] = useSearchParams();
  const filters = useMemo(() => readFilters(address), [address]);
  const change = (members: Partial<EventFilters>) =>
    setAddress((before) => writeFilters(before, { ...readFilters(before), ...members }), { replace: true });
  const clear = () => setAddress((before) => writeFilters(before, noFilters), { replace: true });
  return { filters, change, clear };
}
