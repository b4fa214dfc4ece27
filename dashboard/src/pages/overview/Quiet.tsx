import { Button, Card } from '@mantine/core';
import { IconMoonStars } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Empty } from '@/components/Empty';
import { Time } from '@/components/Time';
import type { Range } from '@/lib/range';
import { inRange } from '@/lib/rangeWords';

interface QuietProps {
  range: Range;
  /** When the latest call was. */
  last: string;
  onWiden: () => void;
}

/** A range in which nothing happened, though something did at another time. */
export function Quiet({ range, last, onWiden }: QuietProps) {
  return (
    <Card>
      <Empty
        icon={IconMoonStars}
        title={`No calls ${inRange(range)}`}
        action={
          range.name === '30d' ? (
            <Button component={Link} to="/playground" variant="default">
              Open the playground
            </Button>
          ) : (
            <Button variant="default" onClick={onWiden}>
              Show the last 30 days
            </Button>
          )
        }
      >
        The latest call was <Time value={last} relative />.
      </Empty>
    </Card>
  );
}
