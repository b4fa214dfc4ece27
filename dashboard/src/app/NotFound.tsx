import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';

/** An address that names no page. */
export function NotFound() {
  return (
    <Page title="Page not found">
      <Empty
        icon={IconMapQuestion}
        title="There is no page at this address"
        action={
          <Button component={Link} to="/">
            Go to the overview
          </Button>
        }
      >
        The address may be mistyped, or the page may have moved.
      </Empty>
    </Page>
  );
}
