import '@mantine/dates/styles.css';
import { Button, Stack, Text } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import dayjs from 'dayjs';
import { useState } from 'react';
import type { Range } from '@/lib/range';

const PICKED = 'YYYY-MM-DD HH:mm:ss';

interface CustomRangeProps {
  range: Range | null;
  onCustom: (start: Date, end: Date) => void;
}

/** From one instant to another, in the reader's zone. Loaded when it is asked for: calendars are large. */
export function CustomRange({ range, onCustom }: CustomRangeProps) {
  const [start, setStart] = useState<string | null>(() =>
    dayjs(range?.start ?? dayjs().subtract(1, 'day')).format(PICKED),
  );
  const [end, setEnd] = useState<string | null>(() => dayjs(range?.end).format(PICKED));
  const isValid = start !== null && end !== null && dayjs(start).isBefore(dayjs(end));
  return (
    <Stack gap="sm">
      <DateTimePicker label="From" value={start} onChange={setStart} popoverProps={{ withinPortal: false }} />
      <DateTimePicker label="Until" value={end} onChange={setEnd} popoverProps={{ withinPortal: false }} />
      {!isValid && (
        <Text size="xs" c="red">
          The range must end after it starts.
        </Text>
      )}
      <Button disabled={!isValid} onClick={() => onCustom(dayjs(start).toDate(), dayjs(end).toDate())}>
        Show
      </Button>
    </Stack>
  );
}
