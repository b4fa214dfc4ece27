import { Anchor, Button, Center, Group, Select, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { api, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { Copy } from '@/components/Copy';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { type Column, DataTable } from '@/components/Table';
import { Time } from '@/components/Time';
import { actName, acts, detailPairs, subjectLink, subjectWord } from '@/lib/acts';

type Act = Schema<'AdminAct'>;

const columns: Column<Act>[] = [
  { title: 'Time', render: ({ at }) => <Time value={at} />, width: 190 },
  { title: 'What', render: ({ action }) => <Text size="sm">{actName(action)}</Text>, width: 170 },
  { title: 'To what', render: (act) => <Subject act={act} />, width: 150 },
  { title: 'Details', render: ({ detail }) => <Detail detail={detail} /> },
  {
    title: 'From address',
    render: ({ remote }) => (
      <Text size="sm" ff="monospace">
        {remote || '–'}
      </Text>
    ),
    width: 140,
  },
];

function Subject({ act }: { act: Act }) {
  if (act.subject === '') return <Text c="dimmed">–</Text>;
  const link = subjectLink(act.action, act.subject);
  const short = subjectWord(act.subject);
  return (
    <Group gap={4} wrap="nowrap">
      {link ? (
        <Anchor component={Link} to={link} size="sm" ff="monospace">
          {short}
        </Anchor>
      ) : (
        <Text size="sm" ff="monospace">
          {short}
        </Text>
      )}
      <Copy value={act.subject} label="Copy the id" />
    </Group>
  );
}

function Detail({ detail }: { detail: string }) {
  const pairs = detailPairs(detail);
  if (pairs.length === 0) return <Text c="dimmed">–</Text>;
  return (
    <Stack gap={0}>
      {pairs.map(([name, value]) => (
        <Text key={name} size="xs" style={{ overflowWrap: 'anywhere' }} lineClamp={3}>
          {name && (
            <Text span inherit c="dimmed">
              {name}:{' '}
            </Text>
          )}
          {value}
        </Text>
      ))}
    </Stack>
  );
}

/** Who changed or looked at what. */
export function Activity() {
  const [query, setQuery] = useSearchParams();
  const action = query.get('action');
  const log = useInfiniteQuery({
    queryKey: [...cache.log, action],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/admin/log', {
          params: { query: { limit: 50, ...(action && { action }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });
  return (
    <Page
      title="Activity"
      about="Every change, and every look at a sealed text, by whoever held the admin token."
      actions={
        <Select
          aria-label="Kind of act"
          placeholder="All acts"
          data={acts.map((value) => ({ value, label: actName(value) }))}
          value={action}
          onChange={(value) => setQuery(value ? { action: value } : {})}
          clearable
          searchable
        />
      }
    >
      {log.error ? (
        <Failure error={log.error} title="The log could not be read" retry={() => void log.refetch()} />
      ) : (
        <DataTable
          label="Activity"
          columns={columns}
          rows={log.data?.pages.flatMap((page) => page.records)}
          rowKey={({ id }) => String(id)}
          expected={10}
          minWidth={820}
          empty={
            <Empty icon={IconHistory} title={action ? 'Nothing of this kind yet' : 'Nothing has been done yet'}>
              {action
                ? 'Choose another kind of act, or clear the filter.'
                : 'What is changed through the dashboard or the admin API is listed here.'}
            </Empty>
          }
        />
      )}
      {log.hasNextPage && (
        <Center>
          <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Older acts
          </Button>
        </Center>
      )}
    </Page>
  );
}
