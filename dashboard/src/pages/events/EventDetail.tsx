import { Button, Card, Grid, Skeleton, Stack } from '@mantine/core';
import { IconArrowLeft, IconMapQuestion, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { api, data } from '@/api/client';
import { cache } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { DeleteEvent } from './DeleteEvent';
import { Facts } from './Facts';
import { Findings } from './Findings';
import { SealedText } from './SealedText';

/** One event: all that is known of it, and its text for who asks. */
export function EventDetail() {
  const { id = '' } = useParams();
  const { state } = useLocation() as { state: { from?: string } | null };
  const navigate = useNavigate();
  const [isDoomed, setDoomed] = useState(false);
  const found = useQuery({
    queryKey: [...cache.events, 'one', id],
    queryFn: ({ signal }) => data(api.GET('/admin/guardrail-events/search', { params: { query: { id } }, signal })),
  });
  const list = `/events${state?.from ?? ''}`;
  const event = found.data?.records[0];
  const back = (
    <Button component={Link} to={list} variant="default" leftSection={<IconArrowLeft size={16} aria-hidden />}>
      Events
    </Button>
  );
  if (found.data && !event)
    return (
      <Page title="No such event" actions={back}>
        <Card>
          <Empty icon={IconMapQuestion} title="There is no event with this id">
            It may have been deleted: the activity log says so.
          </Empty>
        </Card>
      </Page>
    );
  return (
    <Page
      title="Event"
      about="What one rule found in one text of one call."
      actions={
        <>
          {back}
          <Button
            variant="light"
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={!event}
            onClick={() => setDoomed(true)}
          >
            Delete
          </Button>
        </>
      }
    >
      {found.error && (
        <Failure error={found.error} title="The event could not be read" retry={() => void found.refetch()} />
      )}
      <Grid gap="lg" align="flex-start">
        <Grid.Col span={{ base: 12, lg: 5 }}>
          {event ? <Facts event={event} /> : found.isPending && <Waiting rows={9} />}
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          {event ? (
            <Stack gap="lg">
              <Findings event={event} />
              <SealedText key={event.id} event={event} />
            </Stack>
          ) : (
            found.isPending && <Waiting rows={3} />
          )}
        </Grid.Col>
      </Grid>
      {event && isDoomed && (
        <DeleteEvent id={event.id} onClose={() => setDoomed(false)} onDeleted={() => void navigate(list)} />
      )}
    </Page>
  );
}

const Waiting = ({ rows }: { rows: number }) => (
  <Card>
    <Stack gap="md">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={30} />
      ))}
    </Stack>
  </Card>
);
