import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { Page } from '@/components/Page';
import { Bench } from './Bench';

/** The rules in force, tried on a text. */
export function StandAloneBench() {
  return (
    <Page
      title="Test bench"
      about="What the rules in force would do to a text or a request."
      actions={
        <Button component={Link} to="/guardrails" variant="default">
          All rules
        </Button>
      }
    >
      <Bench />
    </Page>
  );
}
