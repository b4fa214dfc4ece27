import { ActionIcon, Anchor, Badge, Button, Code, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Column } from '@/components/Table';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';
import { health, healths, kinds, type Provider } from '@/lib/providers';
import { Outcome } from './Outcome';
import type { Trials } from './useTrials';

interface Acts {
  now: number;
  trials: Trials;
  onEdit: (provider: Provider) => void;
  onDelete: (provider: Provider) => void;
}

const name = (provider: Provider, { onEdit }: Acts) => (
  <Anchor
    component="button"
    type="button"
    size="sm"
    fw={550}
    ta="left"
    miw={140}
    style={{ overflowWrap: 'anywhere' }}
    onClick={() => onEdit(provider)}
  >
    {provider.name}
  </Anchor>
);

const kind = (provider: Provider) => (
  <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
    {kinds[provider.kind]}
  </Text>
);

const keyCount = (provider: Provider) =>
  provider.key_count === 0 ? (
    <Text span inherit c="dimmed">
      0
    </Text>
  ) : (
    <Anchor
      component={Link}
      to={`/keys?provider=${provider.id}`}
      size="sm"
      aria-label={`${count(provider.key_count)} keys of ${provider.name}`}
    >
      {count(provider.key_count)}
    </Anchor>
  );

function condition(provider: Provider, { now, trials }: Acts) {
  const { word, color } = healths[health(provider, now)];
  const { last_success_at: success, last_error_at: failure, last_error_status: status } = provider;
  return (
    <Stack gap={4} align="flex-start">
      <Badge color={color}>{word}</Badge>
      {success && (
        <Text size="xs" c="dimmed">
          Last success <Time value={success} relative />
        </Text>
      )}
      {failure && (
        <Text size="xs" c="dimmed">
          Last error <Time value={failure} relative />
          {status != null && ` · status ${status}`}
        </Text>
      )}
      <Outcome trial={trials.of(provider.id)} />
    </Stack>
  );
}

const actions = (provider: Provider, { trials, onEdit, onDelete }: Acts) => (
  <Group gap={4} justify="flex-end" wrap="nowrap">
    <Button
      variant="default"
      size="xs"
      leftSection={<IconPlugConnected size={14} aria-hidden />}
      aria-label={`Test the connection to ${provider.name}`}
      loading={trials.of(provider.id)?.pending ?? false}
      onClick={() => void trials.run(provider.id)}
    >
      Test
    </Button>
    <Tooltip label="Edit">
      <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${provider.name}`} onClick={() => onEdit(provider)}>
        <IconPencil size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
    <Tooltip label="Delete">
      <ActionIcon
        variant="subtle"
        color="red"
        aria-label={`Delete ${provider.name}`}
        onClick={() => onDelete(provider)}
      >
        <IconTrash size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  </Group>
);

/** What the list tells of each provider, and what can be done with it. */
export const columns = (acts: Acts): Column<Provider>[] => [
  { title: 'Name', render: (provider) => name(provider, acts) },
  {
    title: 'Base URL',
    render: (provider) => <Code style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>{provider.base_url}</Code>,
    width: 225,
  },
  { title: 'Kind', render: kind, width: 155 },
  { title: 'Keys', render: keyCount, align: 'right', width: 64 },
  { title: 'Health', render: (provider) => condition(provider, acts), width: 250 },
  { title: 'Created', render: (provider) => <Time value={provider.created_at} relative />, width: 110 },
  { title: 'Actions', hideTitle: true, render: (provider) => actions(provider, acts), width: 170 },
];
