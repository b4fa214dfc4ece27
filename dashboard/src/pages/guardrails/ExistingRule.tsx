import { Button, Card, Grid, Group, Skeleton, Stack } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, ApiError, data } from '@/api/client';
import { cache } from '@/api/queries';
import { Empty } from '@/components/Empty';
import { Failure } from '@/components/Failure';
import { Page } from '@/components/Page';
import { fieldsOf } from '@/lib/rules';
import { Editor } from './Editor';
import { Versions } from './Versions';

/** The editor of a stored rule: opened on what is stored now, never on what was read earlier. */
export function ExistingRule({ id }: { id: string }) {
  const rule = useQuery({
    queryKey: [...cache.guardrails, id],
    queryFn: ({ signal }) => data(api.GET('/admin/guardrails/{id}', { params: { path: { id } }, signal })),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (rule.data) return <Editor key={rule.data.version} start={fieldsOf(rule.data)} stored={rule.data} />;
  if (rule.error instanceof ApiError && rule.error.status === 404)
    return (
      <Page title="No such rule">
        <Card>
          <Empty
            icon={IconMapQuestion}
            title="There is no rule with this id"
            action={
              <Group>
                <Button component={Link} to={`/events?guardrail_id=${id}`} variant="default">
                  Its events
                </Button>
                <Button component={Link} to="/guardrails">
                  All rules
                </Button>
              </Group>
            }
          >
            It may have been deleted. The events of a deleted rule stay, and so do its versions: it can be restored
            below.
          </Empty>
        </Card>
        <Versions id={id} isDeleted />
      </Page>
    );
  return (
    <Page title="Edit rule">
      {rule.error ? (
        <Failure error={rule.error} title="The rule could not be read" retry={() => void rule.refetch()} />
      ) : (
        <Grid gap="lg">
          {[0, 1].map((column) => (
            <Grid.Col key={column} span={{ base: 12, lg: 6 }}>
              <Card>
                <Stack>
                  <Skeleton height={90} />
                  <Skeleton height={60} />
                  <Skeleton height={36} width="60%" />
                </Stack>
              </Card>
            </Grid.Col>
          ))}
        </Grid>
      )}
    </Page>
  );
}
