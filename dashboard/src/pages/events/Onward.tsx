import { Button, Group, Stack, Text } from '@mantine/core';
import { Failure } from '@/components/Failure';
import { Time } from '@/components/Time';
import { count } from '@/lib/format';
import type { Standing } from '@/lib/searched';

interface OnwardProps {
  search: {
    error: Error | null;
    isFetchNextPageError: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => Promise<unknown>;
  };
  stands: Standing;
  shown: number;
}

/** How far the search has come, and the way on. */
export function Onward({ search, stands, shown }: OnwardProps) {
  const onward = () => void search.fetchNextPage();
  const told = `${count(shown)} ${shown === 1 ? 'event' : 'events'}`;
  if (stands.is === 'end')
    return shown === 0 ? null : (
      <Text size="sm" c="dimmed" role="status">
        {told}, back to the first
      </Text>
    );
  return (
    <Stack gap="sm">
      {search.isFetchNextPageError && (
        <Failure error={search.error} title="Older events could not be read" retry={onward} />
      )}
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" role="status" component="div">
          {stands.is === 'short' ? (
            <>
              {shown > 0 && `${told}. `}Searched back to <Time value={stands.to} />. There may be more.
            </>
          ) : (
            `${told} so far`
          )}
        </Text>
        <Button variant="default" onClick={onward} loading={search.isFetchingNextPage}>
          {stands.is === 'short' ? 'Search on' : 'Older events'}
        </Button>
      </Group>
    </Stack>
  );
}
