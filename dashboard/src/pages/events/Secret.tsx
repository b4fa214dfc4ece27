import { Button, Card, Code, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft, IconRoute } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { api, ApiError, data, type Schema } from '@/api/client';
import { cache } from '@/api/queries';
import { Copy } from '@/components/Copy';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Figure } from '@/components/Figure';
import { Page } from '@/components/Page';
import { Time } from '@/components/Time';
import { wordFor } from '@/lib/eventFilters';
import { count } from '@/lib/format';
import { EventRows } from './EventRows';
import { FindSecret } from './FindSecret';
import { Sightings } from './Sightings';

const PAGE = 25;

const useSightings = (fingerprint: string) =>
  useInfiniteQuery({
    queryKey: [...cache.events, 'secret', fingerprint],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET('/admin/fingerprints/{fingerprint}', {
          params: { path: { fingerprint }, query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchOnWindowFocus: false,
    retry: false,
  });

/** Where else did this secret go? Every call in which it was found, told apart by what one asks first. */
export function Secret() {
  const { fingerprint = '' } = useParams();
  const sightings = useSightings(fingerprint);
  const told = sightings.data?.pages[0];
  const isNone = told?.count === 0 || (sightings.error instanceof ApiError && sightings.error.status === 404);
  return (
    <Page
      title="Where a secret went"
      about="Every call in which it was found, known by its fingerprint alone: no text is unsealed for this."
      actions={
        <>
          <Button component={Link} to="/events" variant="default" leftSection={<IconArrowLeft size={16} aria-hidden />}>
            Events
          </Button>
          <FindSecret />
        </>
      }
    >
      {sightings.error && !isNone && (
        <Failure
          error={sightings.error}
          title="The secret could not be traced"
          retry={() => void sightings.refetch()}
        />
      )}
      {isNone ? (
        <Card>
          <Empty icon={IconRoute} title="It was never found">
            No event that is kept found a secret with this fingerprint. Older events may have been deleted, and what no
            rule looks for leaves none.
          </Empty>
        </Card>
      ) : (
        !sightings.error && <Told told={told} fingerprint={fingerprint} />
      )}
      {told && told.count > 0 && <Records sightings={sightings} />}
    </Page>
  );
}

const spread = (found: readonly unknown[] | undefined) => found && (found.length < 100 ? count(found.length) : '100+');

function Told({ told, fingerprint }: { told: Schema<'SecretSightings'> | undefined; fingerprint: string }) {
  return (
    <>
      <Card padding="md">
        <Group gap="sm" justify="space-between">
          <Group gap="sm">
            {told ? <Code fz="md">{told.preview || '–'}</Code> : <Skeleton height={24} width={140} />}
            <Text size="sm" c="dimmed">
              masked
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap" miw={0}>
            <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {fingerprint}
            </Text>
            <Copy value={fingerprint} label="Copy the fingerprint" />
          </Group>
        </Group>
      </Card>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <Figure
          label="Events"
          value={told && count(told.count)}
          detail={told?.actions.map(({ value, count: of }) => `${count(of)} ${outcome(value)}`).join(', ')}
        />
        <Figure
          label="Keys"
          value={told && spread(told.keys)}
          detail={told && `to ${told.providers.length} ${told.providers.length === 1 ? 'provider' : 'providers'}`}
        />
        <Figure
          label="First seen"
          value={told && <Time value={told.first_seen} relative />}
          detail={told && <Time value={told.first_seen} />}
        />
        <Figure
          label="Last seen"
          value={told && <Time value={told.last_seen} relative />}
          detail={told && <Time value={told.last_seen} />}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
        <Sightings title="Keys" found={told?.keys} to={(id) => `/events?api_key_id=${id}`} />
        <Sightings title="Providers" found={told?.providers} to={(id) => `/events?provider_id=${id}`} />
        <Sightings title="Models" found={told?.models} />
        <Sightings title="Rules" found={told?.rules} to={(id) => `/guardrails/${id}`} />
        <Sightings title="Places" found={told?.places} isCode />
        <Sightings title="Endpoints" found={told?.endpoints} isCode />
        <Sightings title="Outcomes" found={told?.actions} word={(value) => wordFor('action', value)} />
        <Sightings title="Directions" found={told?.directions} word={(value) => wordFor('direction', value)} />
        <Sightings title="Views" found={told?.views} word={(value) => wordFor('view', value)} />
      </SimpleGrid>
    </>
  );
}

const outcome = (action: string) => wordFor('action', action).toLowerCase();

function Records({ sightings }: { sightings: ReturnType<typeof useSightings> }) {
  const events = sightings.data?.pages.flatMap((page) => page.records) ?? [];
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Its events
      </Title>
      <EventRows label="Events of this secret" events={events} empty={null} />
      {sightings.isFetchNextPageError && <Failure error={sightings.error} title="Older events could not be read" />}
      {sightings.hasNextPage && (
        <Group justify="flex-end">
          <Button
            variant="default"
            loading={sightings.isFetchingNextPage}
            onClick={() => void sightings.fetchNextPage()}
          >
            Older events
          </Button>
        </Group>
      )}
    </Stack>
  );
}
