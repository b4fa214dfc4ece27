import { Button } from '@mantine/core';
import { IconListSearch, IconShieldCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Empty } from '@/components/Empty';
import { type EventFilters, isFiltered } from '@/lib/eventFilters';
import { localTime } from '@/lib/format';
import type { Standing } from '@/lib/searched';

interface NoEventsProps {
  filters: EventFilters;
  stands: Standing;
  onClear: () => void;
}

/** Why there are no events, and what to do next. */
export function NoEvents({ filters, stands, onClear }: NoEventsProps) {
  if (!isFiltered(filters))
    return (
      <Empty
        icon={IconShieldCheck}
        title="Guard rails have found nothing"
        action={
          <Button component={Link} to="/guardrails/test" variant="default" mt="xs">
            Try your rules in the test bench
          </Button>
        }
      >
        When a rule matches in a request, what was found, where and in whose call is written here, before the call goes
        on.
      </Empty>
    );
  const clear = (
    <Button variant="default" onClick={onClear} mt="xs">
      Clear filters
    </Button>
  );
  if (stands.is !== 'end')
    return (
      <Empty icon={IconListSearch} title="No match so far" action={clear}>
        {stands.is === 'short' ? `Nothing matches back to ${localTime(stands.to)}. ` : ''}
        There are older events: search on below, or change the filters.
      </Empty>
    );
  return (
    <Empty icon={IconListSearch} title="No events match these filters" action={clear}>
      The sealed texts are not searched: look for a rule, a key, a model, a place or an id.
    </Empty>
  );
}
