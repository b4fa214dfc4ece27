import { Button } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Empty } from '@/components/Empty';

/** What stands where a key cannot be made yet. */
export function NoProvider() {
  return (
    <Empty
      icon={IconPlugConnected}
      title="A key needs a provider first"
      action={
        <Button component={Link} to="/providers">
          Go to Providers
        </Button>
      }
    >
      A key says which provider its calls go to. Add one, then come back.
    </Empty>
  );
}
