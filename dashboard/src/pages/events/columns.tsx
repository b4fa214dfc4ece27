import { Anchor, Code, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { ActionBadge } from '@/components/Badges';
import { Pattern } from '@/components/Pattern';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';

export type Brief = Schema<'GuardrailEventBrief'>;

const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;

/** A link inside of a row that leads elsewhere than the row. */
const apart = { onClick: (event: { stopPropagation: () => void }) => event.stopPropagation() };

/** What the list tells of each event. `state`: where the list stands, for the way back. */
export const columns = (state: { from: string }): Column<Brief>[] => [
  {
    title: 'Time',
    render: (event) => (
      <Anchor component={Link} to={`/events/${event.id}`} state={state} size="sm" {...apart}>
        <Time value={event.created_at} />
      </Anchor>
    ),
    width: 175,
  },
  {
    title: 'Outcome',
    render: (event) => (
      // A badge shrinks before its column does.
      <div style={{ minWidth: 84 }}>
        <ActionBadge action={event.action} />
      </div>
    ),
    width: 104,
  },
  {
    title: 'Rule',
    render: (event) => (
      <span {...apart}>
        <Pattern value={event.pattern} to={`/guardrails/${event.guardrail_id}`} width={190} />
      </span>
    ),
  },
  {
    title: 'Key',
    render: (event) => (
      <Text size="sm" maw={130} title={event.api_key_name ?? event.api_key_id} style={cut}>
        {event.api_key_name ?? <Code>{event.api_key_id.slice(0, 8)}</Code>}
      </Text>
    ),
  },
  {
    title: 'Model',
    render: (event) => (
      <Text size="sm" maw={130} title={event.model} style={cut}>
        {event.model || '–'}
      </Text>
    ),
  },
  { title: 'Place', render: (event) => <Pattern value={event.place || '–'} width={200} /> },
  {
    title: 'Matches',
    render: (event) => <span style={{ fontVariantNumeric: 'tabular-nums' }}>{count(event.matches)}</span>,
    align: 'right',
    width: 90,
  },
];
