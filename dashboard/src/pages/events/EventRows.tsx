import { Anchor, Card, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { ActionBadge, SeverityBadge } from '@/components/Badges';
import { DataTable } from '@/components/Table';
import { Time } from '@/components/Time';
import { type Brief, columns, Found, RuleName } from './columns';

interface EventRowsProps {
  /** What is listed, for people who do not see it. */
  label: string;
  /** undefined while loading. */
  events: readonly Brief[] | undefined;
  /** Stands in place of the list when there are none. */
  empty: ReactNode;
  /** Where the list stands, for the way back. */
  state?: { from: string };
  expected?: number;
}

/** Events, newest first: a table, or on a phone a card each, with its rule and what was found in sight. */
export function EventRows({ label, events, empty, state, expected = 5 }: EventRowsProps) {
  const navigate = useNavigate();
  const isPhone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  if (isPhone && events?.length !== 0)
    return <EventCards label={label} events={events} state={state} expected={expected} />;
  return (
    <DataTable
      label={label}
      columns={columns(state)}
      rows={events}
      rowKey={(event) => event.id}
      onRow={(event) => void navigate(`/events/${event.id}`, { state })}
      empty={empty}
      expected={expected}
      minWidth={1060}
    />
  );
}

type EventCardsProps = Omit<EventRowsProps, 'empty' | 'state' | 'expected'> & {
  state: EventRowsProps['state'];
  expected: number;
};

const EventCards = ({ label, events, state, expected }: EventCardsProps) => (
  <Stack
    component="ul"
    gap="xs"
    m={0}
    p={0}
    style={{ listStyle: 'none' }}
    aria-label={label}
    aria-busy={events === undefined}
  >
    {events?.map((event) => (
      <Card key={event.id} component="li" padding="sm">
        <Stack gap={8}>
          <Group justify="space-between" align="flex-start" wrap="nowrap">
            <RuleName event={event} width={210} />
            <ActionBadge action={event.action} />
          </Group>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Found event={event} />
            <SeverityBadge severity={event.severity} />
          </Group>
          <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>
            <Anchor component={Link} to={`/events/${event.id}`} state={state} inherit>
              <Time value={event.created_at} />
            </Anchor>{' '}
            · {event.api_key_name ?? event.api_key_id.slice(0, 8)} · {event.model || '–'} · {event.place || '–'}
          </Text>
        </Stack>
      </Card>
    )) ??
      Array.from({ length: expected }, (_, index) => (
        <Card key={index} component="li" padding="sm">
          <Skeleton height={72} />
        </Card>
      ))}
  </Stack>
);
