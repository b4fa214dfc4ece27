import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'react-router';
import { cache } from '@/api/queries';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { isFiltered } from '@/lib/eventFilters';
import { ActiveFilters } from './ActiveFilters';
import { Chain } from './Chain';
import { EventRows } from './EventRows';
import { Export } from './Export';
import { FilterBar } from './FilterBar';
import { FindSecret } from './FindSecret';
import { NoEvents } from './NoEvents';
import { Onward } from './Onward';
import { useEvents } from './useEvents';
import { useFilters } from './useFilters';

/** What guard rails found: a search without the texts. */
export function EventList() {
  const client = useQueryClient();
  const { search: address } = useLocation();
  const { filters, change, clear } = useFilters();
  const { search, events, stands } = useEvents(filters);
  const from = { from: address };
  return (
    <Page
      title="Events"
      about="What guard rails found, and what became of the call. The texts are sealed; each look at one is recorded."
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={() => void client.resetQueries({ queryKey: [...cache.events, 'search', filters] })}
          >
            Refresh
          </Button>
          <FindSecret />
          <Export filters={filters} />
        </>
      }
    >
      <Chain />
      <FilterBar filters={filters} onChange={change} />
      {isFiltered(filters) && <ActiveFilters filters={filters} onChange={change} onClear={clear} />}
      {search.error && !search.isFetchNextPageError && (
        <Failure error={search.error} title="The events could not be searched" retry={() => void search.refetch()} />
      )}
      {(events ?? search.isPending) && (
        <EventRows
          label="Guard-rail events"
          events={events}
          state={from}
          empty={<NoEvents filters={filters} stands={stands} onClear={clear} />}
          expected={8}
        />
      )}
      {events && <Onward search={search} stands={stands} shown={events.length} />}
    </Page>
  );
}
