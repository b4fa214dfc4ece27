import { Box, Button, Group, Popover, SegmentedControl, Skeleton } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import dayjs from 'dayjs';
import { lazy, Suspense, useState } from 'react';
import { isRange, type Range, type RangeName, ranges } from '@/lib/range';

interface RangePickerProps {
  /** null: any time, for who gives `onAny`. */
  range: Range | null;
  onChoose: (name: RangeName) => void;
  onCustom: (start: Date, end: Date) => void;
  /** Offer any time as well. */
  onAny?: () => void;
}

const CustomRange = lazy(async () => ({ default: (await import('./CustomRange')).CustomRange }));

const ANY = 'any';

/** The last hour to the last 30 days, or from one instant to another, in the reader's zone. */
export function RangePicker({ range, onChoose, onCustom, onAny }: RangePickerProps) {
  const [opened, setOpened] = useState(false);
  const isCustom = range?.name === 'custom';
  return (
    <Group gap="xs">
      <SegmentedControl
        aria-label="Time range"
        data={[...(onAny ? [{ value: ANY, label: 'Any time' }] : []), ...Object.keys(ranges)]}
        value={isCustom ? '' : (range?.name ?? ANY)}
        onChange={(name) => {
          if (name === ANY) onAny?.();
          else if (isRange(name)) onChoose(name);
        }}
      />
      <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus shadow="md">
        <Popover.Target>
          <Button
            variant={isCustom ? 'light' : 'default'}
            leftSection={<IconCalendar size={16} />}
            onClick={() => setOpened(!opened)}
          >
            {isCustom
              ? `${dayjs(range.start).format('D MMM HH:mm')} – ${dayjs(range.end).format('D MMM HH:mm')}`
              : 'Custom'}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Box w={280} mih={176}>
            <Suspense fallback={<Skeleton height={176} />}>
              {opened && (
                <CustomRange
                  range={range}
                  onCustom={(start, end) => {
                    onCustom(start, end);
                    setOpened(false);
                  }}
                />
              )}
            </Suspense>
          </Box>
        </Popover.Dropdown>
      </Popover>
    </Group>
  );
}
