import { Anchor, Badge, Code, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { ActionBadge, SeverityBadge } from '@/components/Badges';
import { Pattern } from '@/components/Pattern';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { wordFor } from '@/lib/eventFilters';
import { count } from '@/lib/format';
import { fieldClasses } from '@/lib/rules';

export type Brief = Schema<'GuardrailEventBrief'>;

const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;

/** A link inside of a row that leads elsewhere than the row. */
const apart = { onClick: (event: { stopPropagation: () => void }) => event.stopPropagation() };

/** Which rule it was: by its name, where it has one. */
export function RuleName({ event, width = 200 }: { event: Brief; width?: number }) {
  if (event.rule_name === '')
    return <Pattern value={event.pattern} to={`/guardrails/${event.guardrail_id}`} width={width} />;
  return (
    <Anchor
      component={Link}
      to={`/guardrails/${event.guardrail_id}`}
      size="sm"
      underline="hover"
      title={event.rule_name}
      style={{ ...cut, display: 'block', maxWidth: width }}
    >
      {event.rule_name}
    </Anchor>
  );
}

/** The first secret, masked, and how many there are besides. */
export const Found = ({ event }: { event: Brief }) => (
  <Stack gap={2}>
    <Group gap={6} wrap="nowrap">
      {event.previews[0] ? (
        <Pattern value={event.previews[0]} width={150} />
      ) : (
        <Text size="sm">{count(event.matches)}</Text>
      )}
      {event.previews.length > 1 && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          +{count(event.matches - 1)}
        </Text>
      )}
    </Group>
    {event.view !== 'raw' && (
      <div>
        <Badge color="grape" size="sm">
          {wordFor('view', event.view)}
        </Badge>
      </div>
    )}
  </Stack>
);

const Who = ({ event }: { event: Brief }) => (
  <Stack gap={2} maw={150}>
    <Text size="sm" title={event.api_key_name ?? event.api_key_id} style={cut}>
      {event.api_key_name ?? <Code>{event.api_key_id.slice(0, 8)}</Code>}
    </Text>
    <Text size="xs" c="dimmed" title={event.model} style={cut}>
      {event.model || '–'}
    </Text>
  </Stack>
);

const fieldName = (letter: Brief['field_class']) => fieldClasses.find(({ value }) => value === letter)?.label ?? letter;

const Where = ({ event }: { event: Brief }) => (
  <Stack gap={2}>
    <Pattern value={event.place || '–'} width={190} />
    <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
      {wordFor('direction', event.direction)} · {fieldName(event.field_class)}
    </Text>
  </Stack>
);

/** What a list tells of each event. `state`: where the list stands, for the way back. */
export const columns = (state: { from: string } | undefined): Column<Brief>[] => [
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
      <div style={{ minWidth: 112 }}>
        <ActionBadge action={event.action} />
      </div>
    ),
    width: 130,
  },
  {
    title: 'Severity',
    render: (event) => (
      <div style={{ minWidth: 84 }}>
        <SeverityBadge severity={event.severity} />
      </div>
    ),
    width: 116,
  },
  {
    title: 'Rule',
    render: (event) => (
      <span {...apart}>
        <RuleName event={event} />
      </span>
    ),
  },
  { title: 'Found', render: (event) => <Found event={event} /> },
  { title: 'Key and model', render: (event) => <Who event={event} /> },
  { title: 'Where', render: (event) => <Where event={event} /> },
];
