import { Alert, Button, Container, Group, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useRouteError } from 'react-router';
import { Failure } from '@/components/Failure';

const reload = () => window.location.reload();

/** How browsers say that a chunk is gone. */
const GONE = /failed to fetch dynamically imported module|error loading dynamically imported module/i;

/** A page that failed: a chunk of an earlier release that is gone, or a fault of ours. Reloading cures the first. */
export function Broken() {
  const error = useRouteError();
  return (
    <Container py="xl">
      {error instanceof Error && GONE.test(error.message) ? (
        <Updated />
      ) : (
        <Failure error={error} title="This page could not be shown" retry={reload} />
      )}
    </Container>
  );
}

function Updated() {
  return (
    <Alert title="The gateway was updated" icon={<IconRefresh size={18} />} role="alert">
      <Text size="sm">Reload the page to use the new version.</Text>
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={reload}>
          Reload
        </Button>
      </Group>
    </Alert>
  );
}
