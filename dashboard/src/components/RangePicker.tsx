import { Button, Group, Popover, SegmentedControl, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconCalendar } from '@tabler/icons-react';
import dayjs from 'dayjs';
import { useState } from 'react';
import { isRange, type Range, type RangeName, ranges } from '@/lib/range';

interface RangePickerProps {
  /** null: any time, for who gives `onAny`. */
  range: Range | null;
  onChoose: (name: RangeName) => void;
  onCustom: (start: Date, end: Date) => void;
  /** Offer any time as well. */
  onAny?: () => void;
}

const ANY = 'any';


/** The last hour to the last 30 days, or from one instant to another, in the reader's zone. */
export function RangePicker({ range, onChoose, onCustom, onAny }: RangePickerProps) {
  const [opened, setOpened] = useState(false);
  const [start, setStart] = useState<string | null>(null);
  const [end, setEnd] = useState<string | null>(null);
  const isCustom = range?.name === 'custom';
  const isValid = start !== null && end !== null && dayjs(start).isBefore(dayjs(end));
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
            onClick={() => {
              setStart(dayjs(range?.start ?? dayjs().subtract(1, 'day')).format('YYYY-MM-DD HH:mm:ss'));
              setEnd(dayjs(range?.end).format('YYYY-MM-DD HH:mm:ss'));
              setOpened(!opened);
            }}
          >
            {isCustom
              ? `${dayjs(range.start).format('D MMM HH:mm')} – ${dayjs(range.end).format('D MMM HH:mm')}`
              : 'Custom'}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm" w={280}>
            <DateTimePicker label="From" value={start} onChange={setStart} popoverProps={{ withinPortal: false }} />
            <DateTimePicker label="Until" value={end} onChange={setEnd} popoverProps={{ withinPortal: false }} />
            {!isValid && (
              <Text size="xs" c="red">
                The range must end after it starts.
              </Text>
            )}
            <Button
              disabled={!isValid}
              onClick={() => {
                onCustom(dayjs(start).toDate(), dayjs(end).toDate());
                setOpened(false);
              }}
            >
              Show
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </Group>
  );
}
