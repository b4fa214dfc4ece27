import { Container } from '@mantine/core';
import { useRouteError } from 'react-router';
import { Failure } from '@/components/Failure';

/** A page that failed: a chunk of an earlier release that is gone, or a fault of ours. Reloading cures the first. */
export function Broken() {
  return (
    <Container py="xl">
      <Failure error={useRouteError()} title="This page could not be shown" retry={() => window.location.reload()} />
    </Container>
  );
}
