import { Anchor, Badge, Box, Button, Group, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconReceipt } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Schema } from '@/api/client';
import { useCalls } from '@/api/usage';
import { StatusBadge } from '@/components/Badges';
import { Copy } from '@/components/Copy';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { type Column, DataTable } from '@/components/Table';
import { Time } from '@/components/Time';
import { count, duration } from '@/lib/format';
import { sources, statusMeaning, type UsageFilters } from '@/lib/usage';

type Call = Schema<'UsageRecord'>;

const PAGE = 30;

interface CallsProps {
  period: { start: string; end: string };
  filters: UsageFilters;
  isFiltered: boolean;
}

/** The single calls, newest first. */
export function Calls({ period, filters, isFiltered }: CallsProps) {
  const calls = useCalls({ ...period, ...filters, limit: PAGE });
  const rows = calls.data?.pages.flatMap((page) => page.records);
  const total = calls.data?.pages[0]?.total;
  return (
    <Stack gap="sm" component="section" aria-label="Calls">
      <Group justify="space-between" align="baseline">
        <Title order={2} size="h4">
          Calls
        </Title>
        <Text size="sm" c="dimmed" mih={22} style={{ fontVariantNumeric: 'tabular-nums' }}>
          {rows && total !== undefined && total > 0 && `${count(rows.length)} of ${count(total)}, newest first`}
        </Text>
      </Group>
      {calls.error && !rows ? (
        <Failure error={calls.error} title="The calls could not be read" retry={() => void calls.refetch()} />
      ) : (
        <Box style={{ opacity: calls.isPlaceholderData ? 0.6 : 1, transition: 'opacity 150ms ease 300ms' }}>
          <DataTable
            label="Calls"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            expected={8}
            minWidth={1040}
            empty={<Nothing isFiltered={isFiltered} />}
          />
        </Box>
      )}
      {calls.error && rows && (
        <Failure error={calls.error} title="Older calls could not be read" retry={() => void calls.fetchNextPage()} />
      )}
      {calls.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={calls.isFetchingNextPage} onClick={() => void calls.fetchNextPage()}>
            Older calls
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return (
    <Empty
      icon={IconReceipt}
      title={isFiltered ? 'No calls match' : 'No calls in this range'}
      action={
        !isFiltered && (
          <Button component={Link} to="/playground" variant="default">
            Open the playground
          </Button>
        )
      }
    >
      {isFiltered
        ? 'Take away a filter, or choose a longer range.'
        : 'Choose a longer range, or send a call from the playground. Calls that were blocked or rate limited are not among them: they reached no provider.'}
    </Empty>
  );
}

const nowrap = { whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' } as const;

/** What matters, and below it what belongs to it. */
const Two = ({ first, second, width }: { first: string; second: string; width?: number }) => (
  <>
    <Text size="sm" truncate maw={width} title={width ? first : undefined} style={nowrap}>
      {first === '' ? '–' : first}
    </Text>
    <Text size="xs" c="dimmed" truncate maw={width} title={width ? second : undefined} style={nowrap}>
      {second}
    </Text>
  </>
);

const columns: readonly Column<Call>[] = [
  { title: 'Time', render: ({ created_at }) => <Time value={created_at} /> },
  {
    title: 'Key, provider',
    render: (call) => (
      <Two first={call.api_key_name ?? call.api_key_id} second={call.provider_name ?? call.provider_id} width={170} />
    ),
  },
  {
    title: 'Model, endpoint',
    render: ({ model, endpoint, is_streaming }) => (
      <Two first={model} second={is_streaming ? `${endpoint} · streamed` : endpoint} width={210} />
    ),
  },
  {
    title: 'Tokens in',
    align: 'right',
    render: (call) => (
      <Two
        first={count(call.prompt_tokens)}
        second={call.cached_tokens > 0 ? `${count(call.cached_tokens)} cached` : ''}
      />
    ),
  },
  {
    title: 'Tokens out',
    align: 'right',
    render: (call) => (
      <Two
        first={count(call.completion_tokens)}
        second={call.reasoning_tokens > 0 ? `${count(call.reasoning_tokens)} reasoning` : ''}
      />
    ),
  },
  {
    title: 'Counted by',
    render: ({ source }) => (
      <Tooltip label={sources[source]} multiline maw={260}>
        <Badge color={source === 'provider' ? 'teal' : 'gray'} tabIndex={0} miw="max-content">
          {source}
        </Badge>
      </Tooltip>
    ),
  },
  {
    title: 'Status',
    render: ({ status, http_status }) => (
      <Tooltip label={statusMeaning(status, http_status)} multiline maw={260}>
        <Group gap={6} wrap="nowrap" tabIndex={0} w="max-content">
          <StatusBadge status={status} />
          <Text size="xs" c="dimmed" style={nowrap}>
            {http_status === 0 ? '' : http_status}
          </Text>
        </Group>
      </Tooltip>
    ),
  },
  {
    title: 'Duration',
    align: 'right',
    render: ({ duration_ms, first_byte_ms }) => (
      <Two
        first={duration(duration_ms)}
        second={first_byte_ms === null ? '' : `first byte ${duration(first_byte_ms)}`}
      />
    ),
  },
  {
    title: 'Call',
    render: ({ id }) => (
      <Group gap={4} wrap="nowrap">
        <Tooltip label="The guard rail events of this call">
          <Anchor
            component={Link}
            to={`/events?call_id=${encodeURIComponent(id)}`}
            size="xs"
            ff="monospace"
            style={nowrap}
            aria-label={`Events of call ${id}`}
          >
            {id.slice(0, 8)}…
          </Anchor>
        </Tooltip>
        <Copy value={id} label={`Copy the id of call ${id}`} />
      </Group>
    ),
  },
];
